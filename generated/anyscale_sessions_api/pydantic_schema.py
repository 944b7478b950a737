# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""Models in pydantic, for example in FastAPI. Only pydantic imports this module, so the package does not need it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self, TypeVar, cast

import msgspec

from .codec import DecodeError
from .secret import Secret
from .wire import UnionMeta

if TYPE_CHECKING:
    from pydantic_core import CoreSchema


class Readable(Protocol):
    """What is needed of a model. `types`, which has the models' base, imports this module."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self: ...

    def public_dict(self) -> dict[str, Any]: ...


M = TypeVar("M", bound=Readable)


def core_schema_of(model: type[M]) -> CoreSchema:
    """The schema of pydantic for a model: read by `from_dict`, and written by `public_dict`."""
    from pydantic_core import core_schema

    def read(data: Any) -> M:
        secret = Secret(data)
        del data  # no frame of an error may hold it
        return _read(model, secret)

    return core_schema.no_info_plain_validator_function(
        read,
        ref=f"{model.__module__}.{model.__qualname__}",
        serialization=core_schema.plain_serializer_function_ser_schema(model.public_dict),
    )


def json_schema_of(model: type[Any], hidden: frozenset[str] | None) -> dict[str, Any]:
    """The JSON Schema of a model as it is written, without the fields that are `hidden`, or as it is read if that is `None`."""
    declared = next(kind for kind in model.__mro__ if "__attrs_attrs__" in vars(kind))
    ref, components = msgspec.json.schema_components([declared], schema_hook=_schema_of, ref_template="{name}")
    for name, component in components.items():
        _use_wire_names(getattr(sys.modules[declared.__module__.rpartition(".")[0]], name, declared), component)
    return {**_inlined(ref[0], components, (), hidden), "title": model.__name__}


def _schema_of(kind: Any) -> dict[str, Any]:
    """The schema of a tagged union, for which msgspec has none."""
    if not isinstance(kind, UnionMeta):
        raise NotImplementedError
    return {"description": f"One of {', '.join(member.__name__ for member in kind.classes().values())}."}


def _use_wire_names(kind: Any, component: dict[str, Any]) -> None:
    """Give the properties of a model their names in JSON."""
    rules = getattr(kind, "__wire__", None)
    if rules is None or "properties" not in component:
        return
    properties = {rules.names.get(name, name): item for name, item in component["properties"].items()}
    extra = properties.pop(rules.extra, None)
    component["properties"] = properties
    component["required"] = [rules.names.get(name, name) for name in component.get("required", ())]
    if extra is not None:
        component["additionalProperties"] = extra.get("additionalProperties", True)


def _read(model: type[M], data: Secret[Any]) -> M:
    if isinstance(data.value, model):
        return data.value
    problems: list[tuple[str, str]]
    if isinstance(data.value, Mapping):
        try:
            return model.from_dict(data.value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        except DecodeError as error:
            problems = [(error.path.removeprefix("$").lstrip("."), error.reason)]
        except ValueError as error:
            # A subclass with rules of its own reports each problem with its field.
            found = getattr(error, "problems", ())
            problems = [(problem.field, f"{problem.rule}; {problem.remedy}") for problem in found] or [("", str(error))]
    else:
        problems = [("", f"must be an object, not {type(data.value).__name__}")]
    _refuse(model.__name__, problems)


def _refuse(name: str, problems: list[tuple[str, str]]) -> NoReturn:
    """Raise the error of pydantic for these problems. It never quotes the data, which may hold secrets."""
    from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

    details = [
        InitErrorDetails(
            type=PydanticCustomError("invalid", "{problem}", {"problem": text}),
            loc=(field,) if field else (),
            input=None,
        )
        for field, text in problems
    ]
    raise ValidationError.from_exception_data(name, details)


def _inlined(node: Any, components: Mapping[str, Any], within: tuple[str, ...], hidden: frozenset[str] | None) -> Any:
    """A part of a schema with all references replaced by what they refer to, as far as that is no ring."""
    if isinstance(node, list):
        return [_inlined(item, components, within, hidden) for item in node]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(node, dict):
        return node
    schema = cast("dict[str, Any]", node)
    name = schema.get("$ref")
    if name in within:
        return {"title": name, "type": "object"}
    if name is not None:
        return _inlined(components[name], components, (*within, name), hidden)
    if hidden is not None and "enum" in schema:  # a newer server may send another value
        return {"title": schema["title"], "type": "string", "examples": schema["enum"]}
    schema = {key: _inlined(item, components, within, hidden) for key, item in schema.items()}
    if isinstance(schema.get("description"), str):
        schema["description"] = cleandoc(schema["description"])
    if isinstance(schema.get("pattern"), str):
        schema["pattern"] = schema["pattern"].replace(r"\Z", "$")
    if hidden is not None and isinstance(schema.get("properties"), dict):
        schema["properties"] = {key: item for key, item in schema["properties"].items() if key not in hidden}
        schema["required"] = [key for key in schema.get("required", ()) if key not in hidden]
    return schema
