"""The Python types of what the spec describes, as the code that the generated modules hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import Reference, Schema

# What msgspec cannot read of a model by itself.
MAPPED = frozenset({"x-wire-names", "x-extra", "x-union"})


class PropertyTypes:
    """The types of the properties in one spec.

    Args:
        openapi: the spec, as the generator has parsed it.
        root: where the modules of the models are, as their imports say it.
        qualifier: what stands before the name of each generated class, such as `models.`.
    """

    def __init__(self, openapi: GeneratorData, *, root: str, qualifier: str = "") -> None:
        self._root, self._qualifier = root, qualifier
        self._models = {str(model.class_info.name): model for model in openapi.models}
        endpoints = [
            each for collection in openapi.endpoint_collections_by_tag.values() for each in collection.endpoints
        ]
        self._sent = self._reachable(body.prop for endpoint in endpoints for body in endpoint.bodies)
        self._received = self._reachable(response.prop for endpoint in endpoints for response in successes(endpoint))
        self._mapped = self._with_holders(name for name, model in self._models.items() if set(extra_of(model)) & MAPPED)

    def is_sent(self, model: ModelProperty) -> bool:
        """Whether a request can carry the model."""
        return str(model.class_info.name) in self._sent

    def is_received(self, model: ModelProperty) -> bool:
        """Whether a response to success can carry the model."""
        return str(model.class_info.name) in self._received

    def is_mapped(self, model: ModelProperty) -> bool:
        """Whether the model holds something that msgspec cannot read by itself."""
        return str(model.class_info.name) in self._mapped

    def has_class(self, model: ModelProperty) -> bool:
        """Whether the model becomes a class; an object without declared properties is a dict."""
        return not self._dict_type(model)

    def fields_of(self, property_: Property) -> list[Property]:
        """The fields of the model that a property holds; none where it holds no model."""
        found = self._model_of(property_)
        return [*(found.required_properties or []), *(found.optional_properties or [])] if found else []

    def type_of(self, property_: Property, *, is_read: bool = False) -> str:
        """The type of a property: dates are aware, objects without properties are dicts, `None` comes last.

        `is_read`: a constant is of its type only, because a newer server may send another one.
        """
        if isinstance(property_, UnionProperty):
            options = list(
                dict.fromkeys(self.type_of(option, is_read=is_read) for option in property_.inner_properties)
            )
            return " | ".join(sorted(options, key=lambda option: option == "None"))
        if isinstance(property_, ListProperty):
            return f"list[{self.type_of(property_.inner_property, is_read=is_read)}]"
        if isinstance(property_, ModelProperty) and (free := self._dict_type(property_)):
            return free
        if isinstance(property_, ConstProperty) and is_read:
            return type(property_.value.raw_value).__name__
        if isinstance(property_, (EnumProperty, ModelProperty)):
            return f"{self._qualifier}{property_.class_info.name}"
        if isinstance(property_, FileProperty):
            return "bytes"
        code = property_.get_type_string(no_optional=True).as_unembedded_code()
        return code.replace("datetime.datetime", "DateTime").replace("datetime.date", "Date")

    def imports_of(self, properties: Iterable[Property]) -> tuple[list[str], list[str]]:
        """The imports of the enums and of the models that the types of these properties name."""
        enums: dict[str, None] = {}
        models: dict[str, None] = {}
        for part in (part for property_ in properties for part in self._parts(property_)):
            if isinstance(part, (EnumProperty, ModelProperty)) and not self._dict_type(part):
                line = f"from {self._root}models.{part.class_info.module_name} import {part.class_info.name}"
                (enums if isinstance(part, EnumProperty) else models)[line] = None
        return list(enums), list(models)

    def import_of(self, name: str) -> str:
        """The import of a model by the name of its class."""
        return f"from {self._root}models.{self._models[name].class_info.module_name} import {name}"

    def _model_of(self, property_: Property) -> ModelProperty | None:
        """The full model that a property refers to: a reference holds only its name."""
        return self._models.get(str(property_.class_info.name)) if isinstance(property_, ModelProperty) else None

    def _dict_type(self, property_: Property) -> str:
        """The type of an object without declared properties; empty for everything else."""
        found = self._model_of(property_)
        if found is None or found.additional_properties is None or self.fields_of(found):
            return ""
        return f"dict[str, {self.type_of(found.additional_properties)}]"

    def _parts(self, property_: Property) -> Iterator[Property]:
        """What the type of a property is made of: itself, its options, its items, the values of its map."""
        yield property_
        if isinstance(property_, UnionProperty):
            for option in property_.inner_properties:
                yield from self._parts(option)
        if isinstance(property_, ListProperty):
            yield from self._parts(property_.inner_property)
        model = self._model_of(property_)
        if model is not None and model.additional_properties is not None and not self.fields_of(model):
            yield from self._parts(model.additional_properties)

    def _reachable(self, properties: Iterable[Property]) -> set[str]:
        """The names of the models in these properties, and in those of these models."""
        found: set[str] = set()
        waiting = [name for property_ in properties for name in self._model_names(property_)]
        while waiting:
            name = waiting.pop()
            if name in self._models and name not in found:
                found.add(name)
                waiting += self._inner_names(self._models[name])
        return found

    def _with_holders(self, names: Iterable[str]) -> set[str]:
        """The names of these models, and of those that hold one of them, at any depth."""
        holders: dict[str, list[str]] = {}
        for name, model in self._models.items():
            for inner in self._inner_names(model):
                holders.setdefault(inner, []).append(name)
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += holders.get(name, [])
        return found

    def _inner_names(self, model: ModelProperty) -> list[str]:
        """The names of the models that a model holds itself."""
        extra = [model.additional_properties] if model.additional_properties is not None else []
        union: dict[str, Any] = extra_of(model).get("x-union", {})
        members: list[str] = [name for _, name in union.get("members", ())]
        members += [union["fallback"]] if union.get("fallback") else []
        return [name for part in (*self.fields_of(model), *extra) for name in self._model_names(part)] + members

    def _model_names(self, property_: Property) -> list[str]:
        return [str(part.class_info.name) for part in self._parts(property_) if isinstance(part, ModelProperty)]


def successes(endpoint: Endpoint) -> list[Response]:
    """The responses to success of an operation."""
    ranges = [(response, response.status_code.range) for response in endpoint.responses.patterns]
    return [response for response, codes in ranges if codes is not None and codes[0] // 100 == 2]


def extra_of(model: ModelProperty) -> dict[str, Any]:
    """What stands in the schema of a model beyond what the generator knows."""
    return model.data.model_extra or {}


def optional(kind: str) -> str:
    """A type that also admits `None`."""
    return kind if kind.endswith("None") else f"{kind} | None"


def without_none(kind: str) -> str:
    """A type without the `None` at its end."""
    return kind.removesuffix(" | None")


def schemas_of(model: ModelProperty) -> dict[str, Schema | Reference]:
    """The schema of each field of a model, by name."""
    return {name.get_untrusted_value(): schema for name, schema in (model.data.properties or {}).items()}
