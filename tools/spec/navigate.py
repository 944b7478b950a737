"""Ways through a spec: what a `$ref` stands for; every operation and schema, with its place; an object's properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any, cast

Node = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
COMBINING = ("allOf", "anyOf", "oneOf")
# What stands below these keys is data, not part of the document.
DATA_KEYS = frozenset({"const", "default", "enum", "example", "value"})


def mapping(value: object) -> Node:
    """The value where it is a mapping, else an empty one."""
    return cast("Node", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return list(cast("Iterable[Any]", value)) if isinstance(value, list) else []


def target_of(spec: Node, reference: object) -> object:
    """What a local reference points to; `None` where it points nowhere."""
    found: object = spec
    for step in str(reference).removeprefix("#/").split("/"):
        found = mapping(found).get(step.replace("~1", "/").replace("~0", "~"))
    return found


def resolve(spec: Node, node: object) -> Node:
    """The node itself, or what its `$ref` stands for; an empty one where that points nowhere or in a ring."""
    found = mapping(node)
    seen: set[str] = set()
    while "$ref" in found:
        if str(found["$ref"]) in seen:
            return {}
        seen.add(str(found["$ref"]))
        found = mapping(target_of(spec, found["$ref"]))
    return found


def references(node: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every `$ref` of the document, with the place of the node that it stands in."""
    for key, value in mapping(node).items():
        if key == "$ref" and isinstance(value, str):
            yield place, value
        elif key not in DATA_KEYS or place.endswith(".properties"):
            yield from references(value, f"{place}.{key}" if place else str(key))
    for position, value in enumerate(sequence(node)):
        yield from references(value, f"{place}[{position}]")


def not_json(node: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every value of the document that JSON does not have, with its place: YAML takes some texts for dates, say."""
    for key, value in mapping(node).items():
        inner = f"{place}.{key}" if place else str(key)
        if type(key) not in (str, int):
            yield inner, key
        yield from not_json(value, inner)
    for position, value in enumerate(sequence(node)):
        yield from not_json(value, f"{place}[{position}]")
    if not (node is None or isinstance(node, (dict, list, str, int)) or (isinstance(node, float) and isfinite(node))):
        yield place, node


def operations(spec: Node) -> Iterator[tuple[str, str, str, Node]]:
    """Every operation: its place, path, method and node, in which the parameters of its path are among its own."""
    for path, declared_item in mapping(spec.get("paths")).items():
        item = path_item(spec, declared_item)
        for method in METHODS:
            if method in item:
                operation = mapping(item[method])
                own = sequence(operation.get("parameters"))
                named = {_parameter_key(spec, declared) for declared in own}
                shared = [
                    declared
                    for declared in sequence(item.get("parameters"))
                    if _parameter_key(spec, declared) not in named
                ]
                yield f"paths.{path}.{method}", path, method, {**operation, "parameters": [*own, *shared]}


def path_item(spec: Node, declared: object) -> Node:
    """A path item, with what its `$ref` stands for; what stands beside the `$ref` wins."""
    item = mapping(declared)
    if "$ref" not in item or not resolve(spec, item):
        return item
    return {**resolve(spec, item), **{key: item[key] for key in item if key != "$ref"}}


def with_path_items(spec: Node) -> Node:
    """A spec in whose paths no item is a `$ref`."""
    return {**spec, "paths": {path: path_item(spec, item) for path, item in mapping(spec.get("paths")).items()}}


def _parameter_key(spec: Node, declared: object) -> tuple[str, str]:
    parameter = resolve(spec, declared)
    return str(parameter.get("name")), str(parameter.get("in"))


def schemas(spec: Node) -> Iterator[tuple[str, Node]]:
    """Every schema of the document, those within others too, each with its place. A `$ref` is not followed."""
    for name, schema in mapping(mapping(spec.get("components")).get("schemas")).items():
        yield from _with_inner(f"components.schemas.{name}", schema)
    for place, holder in schema_holders(spec):
        yield from _with_inner(place, holder.get("schema"))


def schema_holders(spec: Node) -> Iterator[tuple[str, Node]]:
    """Every place that holds a schema outside of other schemas, with the node that has it under `schema`."""
    components = mapping(spec.get("components"))
    for name, parameter in mapping(components.get("parameters")).items():
        yield f"components.parameters.{name}", mapping(parameter)
    bodies = [("components.requestBodies", components.get("requestBodies"))]
    bodies += [("components.responses", components.get("responses"))]
    for path, item in mapping(spec.get("paths")).items():
        for position, parameter in enumerate(sequence(mapping(item).get("parameters"))):
            yield f"paths.{path}.parameters[{position}]", mapping(parameter)
        for method in METHODS:
            operation, place = mapping(mapping(item).get(method)), f"paths.{path}.{method}"
            for position, parameter in enumerate(sequence(operation.get("parameters"))):
                yield f"{place}.parameters[{position}]", mapping(parameter)
            bodies += [(place, {"requestBody": operation.get("requestBody")})]
            bodies += [(f"{place}.responses", operation.get("responses"))]
    for place, exchanges in bodies:
        for name, exchange in mapping(exchanges).items():
            for kind, medium in mapping(mapping(exchange).get("content")).items():
                yield f"{place}.{name}.{kind}", mapping(medium)


def _with_inner(place: str, schema: object) -> Iterator[tuple[str, Node]]:
    node = mapping(schema)
    if not node:
        return
    yield place, node
    for name, inner in mapping(node.get("properties")).items():
        yield from _with_inner(f"{place}.properties.{name}", inner)
    for key in ("items", "additionalProperties"):
        yield from _with_inner(f"{place}.{key}", node.get(key))
    for key in (*COMBINING, "prefixItems"):
        for position, inner in enumerate(sequence(node.get(key))):
            yield from _with_inner(f"{place}.{key}[{position}]", inner)


def properties_of(spec: Node, schema: object) -> Node:
    """The properties of an object, with those that come through `$ref` and `allOf`; the nearest of a name wins."""
    return {name: field for part in parts_of(spec, schema) for name, field in mapping(part.get("properties")).items()}


def required_of(spec: Node, schema: object) -> list[str]:
    """The names of the properties that an object must have, in order."""
    return list(dict.fromkeys(str(name) for part in parts_of(spec, schema) for name in sequence(part.get("required"))))


def parts_of(spec: Node, schema: object, seen: frozenset[str] = frozenset()) -> Iterator[Node]:
    """What an object is made of through `$ref` and `allOf`, and last the object itself."""
    node = mapping(schema)
    reference = str(node.get("$ref"))
    if "$ref" in node and reference not in seen:
        yield from parts_of(spec, target_of(spec, reference), seen | {reference})
    for part in sequence(node.get("allOf")):
        yield from parts_of(spec, part, seen)
    yield node


def options_of(spec: Node, schema: object, seen: frozenset[str] = frozenset()) -> Iterator[Node]:
    """The schemas that a value can follow, or must: those of `allOf`, `anyOf` and `oneOf`, or else itself."""
    node = mapping(schema)
    reference = str(node.get("$ref"))
    parts = [part for key in COMBINING for part in sequence(node.get(key))]
    if "$ref" in node:
        parts = [target_of(spec, reference)] if reference not in seen else []
    elif not parts:
        yield node
    for part in parts:
        yield from options_of(spec, part, seen | {reference})


def is_secret(spec: Node, schema: object, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a value, or one within it that has no field of its own, is marked as never to be shown."""
    node = mapping(schema)
    if node.get("format") == "password" or node.get("writeOnly"):
        return True
    reference = str(node.get("$ref"))
    inner = [node.get("items"), node.get("additionalProperties")]
    inner += [part for key in (*COMBINING, "prefixItems") for part in sequence(node.get(key))]
    if "$ref" in node and reference not in seen:
        inner.append(target_of(spec, reference))
    return any(is_secret(spec, part, seen | {reference}) for part in inner if mapping(part))
