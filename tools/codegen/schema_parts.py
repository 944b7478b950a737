"""Parts of schemas, and the names of those that are taken out of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spec.navigate import Node, mapping, options_of, parts_of, sequence
from spec.python_names import TAKEN_NAMES
from spec.unions import ANNOTATIONS, TYPE_KEYS, is_union, name_of

# A rule that a list or a value obeys, whatever its type.
LIMITS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems"}
    | {"maxItems", "format", "multipleOf", "uniqueItems"}
)


def fields_of(spec: Node, node: Node) -> Node:
    """The fields of an object. One that only adds rules to that of an included object keeps the rest of it."""
    if is_union(node):
        return {}
    found: Node = {}
    for part in parts_of(spec, node):
        for name, field in mapping(part.get("properties")).items():
            before, now = mapping(found.get(name)), mapping(field)
            adds = before and not TYPE_KEYS & set(now)
            found[name] = {**before, **now} if adds else field
    return found


def without_wrapping(node: Node) -> Node:
    """A schema whose `allOf` or the like holds one reference, with annotations beside it, as that reference."""
    keys = [key for key in ("allOf", "anyOf", "oneOf") if key in node]
    if len(keys) != 1 or len(sequence(node[keys[0]])) != 1 or not name_of(sequence(node[keys[0]])[0]):
        return node
    rest = {key: value for key, value in node.items() if key != keys[0]}
    is_plain = all(key in ANNOTATIONS or key.startswith("x-") for key in rest)
    return {**sequence(node[keys[0]])[0], **rest} if is_plain else node


def limits(spec: Node, target: Node) -> Node:
    """The limits of the values of a schema."""
    whole: Node = {}
    for part in parts_of(spec, target):
        whole |= {key: value for key, value in part.items() if key in LIMITS and key != "format"}
    return whole


def with_limits(reference: Node, beside: Node) -> Node:
    """A reference with limits beside it, where the generator sees them."""
    rest = {key: value for key, value in reference.items() if key != "$ref"}
    return {**rest, **beside, "allOf": [{"$ref": reference["$ref"]}]}


def is_marked(spec: Node, field: Node, key: str) -> bool:
    """Whether a field, or a schema that it refers to or includes, has a mark such as `readOnly`."""
    return any(mapping(part).get(key) is True for part in parts_of(spec, field))


def forbidden_in(spec: Node, field: Node) -> str:
    """The pattern that must not be found in a text: the one under its `not`; empty without one."""
    patterns = [mapping(option.get("not")).get("pattern") for option in options_of(spec, field)]
    return next((str(pattern) for pattern in patterns if pattern), "")


def without_null(node: Node) -> Node:
    """An enum without null."""
    kinds = [kind for kind in sequence(node.get("type")) if kind != "null"]
    values = [value for value in sequence(node["enum"]) if value is not None]
    rest = {key: value for key, value in node.items() if key not in ("title", "default")}
    return {**rest, "enum": values, **({"type": kinds[0]} if len(kinds) == 1 else {})}


def kept(node: Node, *keys: str) -> Node:
    """Some keys of a schema."""
    return {key: node[key] for key in keys if key in node}


def any_of(name: str) -> str:
    """The name of the union of all objects that include one."""
    return f"Any{name}"


def pascal(name: str) -> str:
    """A name as a part of the name of a class."""
    from openapi_python_client.strings import pascal_case

    return str(pascal_case(name))


def free_name(name: str, schema: Node, taken: Mapping[str, Any]) -> str:
    """A name that no other schema has."""
    made = name if name not in TAKEN_NAMES else f"{name}Model"
    number = 2
    while made in taken and taken[made] != schema:
        made, number = f"{name}{number}", number + 1
    return made
