"""What a spec must keep to, so that the generator and our templates turn it into right code: a line for each breach.

The generator drops or renames what it does not understand, mostly without a word; these rules say it first.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from typing import Any, cast

Node = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# A model inherits these, and its annotations are evaluated where a field of the same name would hide the type.
TAKEN_FIELD_NAMES = frozenset({"to_dict", "from_dict", "to_json", "from_json"}) | frozenset(
    {"str", "int", "float", "bool", "bytes", "list", "dict", "field", "define"}
)


def problems_of(spec: Node) -> list[str]:
    """Every breach in the spec, each with its place; empty where there is none."""
    opening = list(_opening_problems(spec))
    return opening or [*_schema_problems(spec), *_operation_problems(spec)]


def _opening_problems(spec: Node) -> Iterator[str]:
    declared = spec.get("openapi")
    if declared is None:
        yield "not an OpenAPI document: the key `openapi` is missing"
    elif not str(declared).startswith("3.1."):
        yield f"openapi: {declared} is declared; write the spec in OpenAPI 3.1"
    for key in ("info", "paths"):
        if not isinstance(spec.get(key), dict):
            yield f"{key}: a mapping is needed"
    if isinstance(spec.get("info"), dict) and not isinstance(spec["info"].get("version"), str):
        yield "info.version: a string is needed"


def _schema_problems(spec: Node) -> Iterator[str]:
    for name, schema in mapping(mapping(spec.get("components")).get("schemas")).items():
        place = f"components.schemas.{name}"
        if not _is_plain_name(name) or not name[0].isupper():
            yield f"{place}: the name of a schema becomes a class: use a capitalised identifier"
        for field in mapping(mapping(schema).get("properties")):
            if not _is_plain_name(field):
                yield f"{place}.properties.{field}: becomes an attribute: use an identifier that is no keyword"
            elif field in TAKEN_FIELD_NAMES:
                yield f"{place}.properties.{field}: models use this name themselves: choose another"


def _operation_problems(spec: Node) -> Iterator[str]:
    places: dict[str, str] = {}
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method not in mapping(item):
                continue
            operation = mapping(item[method])
            place = f"paths.{path}.{method}"
            name = operation.get("operationId")
            if name is None:
                yield f"{place}: operationId is missing: it is the name of a method"
            elif not _is_plain_name(name) or name != name.lower():
                yield f"{place}: operationId {name} becomes a method: use an identifier in snake_case"
            elif name in places:
                yield f"{place}: operationId {name} is also at {places[name]}"
            else:
                places[name] = place
            if len(sequence(operation.get("tags"))) != 1:
                yield f"{place}: give it exactly one tag"
            yield from _exchange_problems(spec, place, operation, sequence(item.get("parameters")))


def _exchange_problems(spec: Node, place: str, operation: Node, shared: list[Any]) -> Iterator[str]:
    for declared in [*shared, *sequence(operation.get("parameters"))]:
        parameter = resolve(spec, declared)
        name, where = parameter.get("name", "?"), parameter.get("in")
        if where not in ("path", "query"):
            yield f"{place}: parameter {name} in {where}: only path and query parameters become arguments"
        elif not _is_plain_name(name) or name in ("self", "body"):
            yield f"{place}: parameter {name} becomes an argument: use an identifier other than self and body"
    body = resolve(spec, operation.get("requestBody"))
    if body and (list(mapping(body.get("content"))) != ["application/json"] or not body.get("required")):
        yield f"{place}: requestBody: only a required body of application/json can be sent"
    for status, declared in mapping(operation.get("responses")).items():
        content = mapping(resolve(spec, declared).get("content"))
        if str(status).startswith("2") and content and "application/json" not in content:
            yield f"{place}: responses.{status}: only application/json can be read"


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def resolve(spec: Node, node: object) -> Node:
    """The node that a local `$ref` points to; an empty one where it points nowhere (the generator says so itself)."""
    found = mapping(node)
    seen: set[str] = set()
    while "$ref" in found and str(found["$ref"]) not in seen:
        seen.add(str(found["$ref"]))
        target: object = spec
        for step in str(found["$ref"]).removeprefix("#/").split("/"):
            target = mapping(target).get(step.replace("~1", "/").replace("~0", "~"))
        found = mapping(target)
    return found


def mapping(value: object) -> Node:
    """The value where it is a mapping, else an empty one."""
    return cast("Node", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return list(cast("Iterable[Any]", value)) if isinstance(value, list) else []
