"""What a spec must keep to, so that the generator and our templates turn it into right code: a line for each breach.

The generator drops or renames what it does not understand, mostly without a word; these rules say it first.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# A model inherits these, and its annotations are evaluated where a field of the same name would hide the type.
TAKEN_FIELD_NAMES = frozenset({"to_dict", "from_dict", "to_json", "from_json"}) | frozenset(
    {"str", "int", "float", "bool", "bytes", "list", "dict", "field", "define"}
)


def problems_of(spec: dict[str, Any]) -> list[str]:
    """Every breach in the spec, each with its place; empty where there is none."""
    opening = list(_opening_problems(spec))
    return opening or [*_schema_problems(spec), *_operation_problems(spec)]


def _opening_problems(spec: dict[str, Any]) -> Iterator[str]:
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


def _schema_problems(spec: dict[str, Any]) -> Iterator[str]:
    for name, schema in ((spec.get("components") or {}).get("schemas") or {}).items():
        place = f"components.schemas.{name}"
        if not str(name).isidentifier() or keyword.iskeyword(name) or not name[0].isupper():
            yield f"{place}: the name of a schema becomes a class: use a capitalised identifier"
        for field in (schema.get("properties") or {}) if isinstance(schema, dict) else {}:
            if not _is_plain_name(field):
                yield f"{place}.properties.{field}: becomes an attribute: use an identifier that is no keyword"
            elif field in TAKEN_FIELD_NAMES:
                yield f"{place}.properties.{field}: models use this name themselves: choose another"


def _operation_problems(spec: dict[str, Any]) -> Iterator[str]:
    places: dict[str, str] = {}
    for path, item in spec["paths"].items():
        for method in METHODS:
            operation = (item or {}).get(method)
            if operation is None:
                continue
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
            if len(operation.get("tags") or []) != 1:
                yield f"{place}: give it exactly one tag"
            yield from _exchange_problems(spec, place, operation, item.get("parameters") or [])


def _exchange_problems(
    spec: dict[str, Any], place: str, operation: dict[str, Any], shared: list[dict[str, Any]]
) -> Iterator[str]:
    for declared in [*shared, *(operation.get("parameters") or [])]:
        parameter = resolve(spec, declared)
        name, where = parameter.get("name", "?"), parameter.get("in")
        if where not in ("path", "query"):
            yield f"{place}: parameter {name} in {where}: only path and query parameters become arguments"
        elif not _is_plain_name(name) or name in ("self", "body"):
            yield f"{place}: parameter {name} becomes an argument: use an identifier other than self and body"
    body = resolve(spec, operation.get("requestBody") or {})
    if body and (list(body.get("content") or {}) != ["application/json"] or not body.get("required")):
        yield f"{place}: requestBody: only a required body of application/json can be sent"
    for status, declared in (operation.get("responses") or {}).items():
        content = resolve(spec, declared).get("content") or {}
        if str(status).startswith("2") and content and "application/json" not in content:
            yield f"{place}: responses.{status}: only application/json can be read"


def _is_plain_name(name: Any) -> bool:
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def resolve(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node that a local `$ref` points to; an empty one where it points nowhere (the generator says so itself)."""
    found: Any = node
    for _ in range(10):
        if not isinstance(found, dict) or "$ref" not in found:
            break
        target: Any = spec
        for step in str(found["$ref"]).removeprefix("#/").split("/"):
            target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
        found = target
    return found if isinstance(found, dict) else {}
