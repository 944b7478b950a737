"""Rules that a spec must obey so that the generator and our templates make right code of it: a line for each breach.

The generator drops or renames what it does not understand, mostly without a message.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

from spec.exchange_rules import binary_schemas
from spec.navigate import (
    Node,
    mapping,
    not_json,
    operations,
    options_of,
    properties_of,
    references,
    resolve,
    schemas,
    sequence,
    target_of,
)
from spec.operation_rules import operation_problems
from spec.service import service_problems

# Modules of the package import these; a class, a field or an argument of the same name would take their place.
TAKEN_NAMES = frozenset(
    {"ABC", "ABSENT", "Annotated", "Any", "AsyncApi", "AsyncPage", "Date", "DateTime", "Final", "Literal", "Meta"}
    | {"Model", "OpenEnum", "Operation", "Page", "Promised", "Required", "SyncApi", "T", "TypedDict", "UUID"}
)
# A model inherits these, and its annotations are evaluated where a field of the same name would hide the type.
TAKEN_FIELD_NAMES = TAKEN_NAMES | frozenset(
    {"to_dict", "from_dict", "to_json", "from_json", "self", "field", "define", "masked"}
    | {"str", "int", "float", "bool", "bytes", "list", "dict"}
)

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def problems_of(spec: Node) -> list[str]:
    """Every breach in the spec, each with its place; empty where there is none."""
    opening = list(_opening_problems(spec))
    return opening or [*_schema_problems(spec), *service_problems(spec), *operation_problems(spec)]


def _opening_problems(spec: Node) -> Iterator[str]:
    declared = spec.get("openapi")
    if declared is None:
        yield "not an OpenAPI document: the key `openapi` is missing"
    elif not str(declared).startswith("3.1."):
        yield f"openapi: {declared} is declared; write the spec in OpenAPI 3.1, and declare 3.1.0"
    for key in ("info", "paths"):
        if not isinstance(spec.get(key), dict):
            yield f"{key}: a mapping is needed"
    if isinstance(spec.get("info"), dict) and not isinstance(spec["info"].get("version"), str):
        yield "info.version: a string is needed"
    for place, value in not_json(spec):
        yield f"{place}: {value} is no value of JSON: put it in quotes"
    for place, reference in references(spec):
        if not str(reference).startswith("#/") or target_of(spec, reference) is None:
            yield f"{place}: $ref {reference} points nowhere in this document"


def _schema_problems(spec: Node) -> Iterator[str]:
    named = mapping(mapping(spec.get("components")).get("schemas"))
    modules: dict[str, str] = {}
    for name in named:
        place = f"components.schemas.{name}"
        class_name, module = _class_and_module(name)
        if not _is_plain_name(name) or class_name != name or name in TAKEN_NAMES:
            yield f"{place}: becomes a class: use a capitalised word that the package does not use itself"
        elif module in modules:
            yield f"{place}: becomes the same module as {modules[module]}: choose another name"
        modules[module] = name
    sent, binary = _sent(spec), binary_schemas(spec)
    for place, schema in schemas(spec):
        yield from _property_problems(spec, place, schema, set(named))
        if "requestBod" in place or place.removeprefix("components.schemas.").split(".")[0] in sent:
            yield from _null_problems(spec, place, schema)
        yield from _value_problems(place, schema)
        if schema.get("format") == "binary" and id(schema) not in binary:
            yield f"{place}.format: JSON cannot carry binary data; send text, such as base64"


def _property_problems(spec: Node, place: str, schema: Node, classes: set[str]) -> Iterator[str]:
    fields = mapping(schema.get("properties"))
    for field in fields:
        if not _is_plain_name(field):
            yield f"{place}.properties.{field}: becomes an attribute: use an identifier that is no keyword"
        elif field in TAKEN_FIELD_NAMES or field in classes:
            yield f"{place}.properties.{field}: models use this name themselves: choose another"
    if fields and isinstance(schema.get("additionalProperties"), dict):
        yield f"{place}.additionalProperties: an object has either fields of its own or values by any name"
    if "properties" in schema or "allOf" in schema:
        for field in map(str, sequence(schema.get("required"))):
            if field not in properties_of(spec, schema):
                yield f"{place}.required: {field} is none of the properties"


def _null_problems(spec: Node, place: str, schema: Node) -> Iterator[str]:
    fields = properties_of(spec, schema)
    for field in map(str, sequence(schema.get("required"))):
        if field in fields and _admits_null(spec, fields[field]):
            yield f"{place}.{field}: a request leaves null out, so that a field cannot both admit it and be required"


def _value_problems(place: str, schema: Node) -> Iterator[str]:
    values = sequence(schema.get("enum"))
    if not all(isinstance(value, str) and value.isprintable() for value in values):
        null = "for null write anyOf: [{$ref: ...}, {type: 'null'}]"
        yield f"{place}.enum: only printable strings become an enum; {null}"
    else:
        members: dict[str, str] = {}
        for value in values:
            member = _member_name(value)
            if member in members:
                yield f"{place}.enum: {members[member]!r} and {value!r} would both be the member {member}"
            members[member] = value
    yield from _default_problems(place, schema)


def _default_problems(place: str, schema: Node) -> Iterator[str]:
    default = schema.get("default")
    kinds = [kind for kind in map(str, (schema.get("type"), *sequence(schema.get("type")))) if kind in PYTHON_TYPES]
    if any(isinstance(item, (dict, list)) for item in sequence(default)) or mapping(default):
        yield f"{place}.default: only an empty object, or a list of plain values, can be a default"
    elif default is not None and kinds and not any(type(default) in PYTHON_TYPES[kind] for kind in kinds):
        yield f"{place}.default: is no {' or '.join(kinds)}"


def _sent(spec: Node) -> set[str]:
    """The names of the schemas that a request can carry."""
    waiting = [
        reference for _, _, _, operation in operations(spec) for _, reference in references(_body(spec, operation))
    ]
    found: set[str] = set()
    while waiting:
        name = str(waiting.pop()).removeprefix("#/components/schemas/")
        schema = target_of(spec, f"#/components/schemas/{name}")
        if mapping(schema) and name not in found:
            found.add(name)
            waiting += [reference for _, reference in references(schema)]
    return found


def _body(spec: Node, operation: Node) -> object:
    return resolve(spec, operation.get("requestBody")).get("content")


def _admits_null(spec: Node, declared: object) -> bool:
    return any("null" in (schema.get("type"), *sequence(schema.get("type"))) for schema in options_of(spec, declared))


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


# The generator's own spelling of names, asked of itself. It is imported when its version has been checked.


def _class_and_module(name: object) -> tuple[str, str]:
    from openapi_python_client.strings import ClassName, PythonIdentifier

    class_name = ClassName(str(name), "")
    return class_name, PythonIdentifier(class_name, "")


def _member_name(value: str) -> str:
    from openapi_python_client.strings import snake_case

    return snake_case(value.upper()).upper() if value[:1].isalpha() else value
