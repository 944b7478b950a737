"""The spec as the generator reads it right: what it would look for elsewhere, or not see, is put where it does.

Nothing here changes what is on the wire: where a name becomes another, the name on the wire stands beside it.
"""

from __future__ import annotations

import copy
from typing import Any

from codegen.normal_form import NormalForm
from codegen.operation_input import package_data, paths_for_the_generator
from spec.envelopes import envelopes
from spec.navigate import Node, mapping, operations, resolve, schema_holders, sequence
from spec.python_names import class_aliases
from spec.service import INDISPENSABLE
from spec.unions import PREFIX
from spec.wire import response_of


def for_the_generator(spec: Node) -> Node:
    """A copy of the spec to generate from."""
    original, spec = spec, with_class_names(spec)
    _mark_envelopes(spec)
    form = NormalForm(copy.deepcopy(spec))
    spec["paths"] = paths_for_the_generator(spec)
    spec["components"] = {}
    spec["x-package"] = package_data(original)
    for place, holder in schema_holders(spec):
        holder["schema"] = form.schema(holder["schema"], _hint(place))
    spec["components"] = {"schemas": form.named()}
    return spec


def with_class_names(spec: Node) -> Node:
    """A copy in which each named schema has the name of its class."""
    aliases = class_aliases(mapping(mapping(spec.get("components")).get("schemas")))
    renamed = {name: alias for name, alias in aliases.items() if name != alias}
    copied: Node = copy.deepcopy(spec)
    if renamed:
        named = copied["components"]["schemas"]
        copied["components"]["schemas"] = {aliases[name]: schema for name, schema in named.items()}
        for name, schema in named.items():
            if name in renamed and isinstance(schema, dict):
                schema["x-wire-name"] = name
        _rename(copied, {f"{PREFIX}{_escaped(name)}": f"{PREFIX}{alias}" for name, alias in renamed.items()}, renamed)
    return copied


def _mark_envelopes(spec: Node) -> None:
    """Mark the field of each envelope that holds the result: a response without it is refused."""
    wrapped, _ = envelopes(spec)
    for _, _, method, operation in operations(spec):
        response, envelope = response_of(spec, operation, method), wrapped[str(operation["operationId"])]
        if response is not None and envelope.field:
            resolve(spec, response.schema)[INDISPENSABLE] = [envelope.field]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _rename(node: Any, references: dict[str, str], names: dict[str, str], *, are_names: bool = False) -> None:
    """Rename what references and discriminators refer to."""
    for key, value in mapping(node).items():
        if key == "$ref" and isinstance(value, str):
            node[key] = references.get(value, value)
        elif key == "discriminator" and not are_names:
            targets = mapping(mapping(value).get("mapping"))
            for tag, target in targets.items():
                targets[tag] = references.get(target, names.get(target, target))
        elif are_names or key not in ("const", "default", "enum", "example", "examples", "value"):
            _rename(value, references, names, are_names=key == "properties" and not are_names)
    for value in sequence(node):
        _rename(value, references, names)


def _hint(place: str) -> str:
    """What the classes of the schemas at a place are named after."""
    words = place.replace("components.", "").replace("/", ".").replace("{", "").replace("}", "").split(".")
    return "".join(word[:1].upper() + word[1:] for word in words if word.isidentifier())
