"""Rules that a spec must obey so that the generator and our templates make right code of it: a line for each breach.

The generator drops or renames what it does not understand, mostly without a message.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import Any

from spec.navigate import (
    JSON,
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
    return opening or [*_schema_problems(spec), *_operation_problems(spec)]


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
    sent = _sent(spec)
    for place, schema in schemas(spec):
        yield from _property_problems(spec, place, schema, set(named))
        if "requestBod" in place or place.removeprefix("components.schemas.").split(".")[0] in sent:
            yield from _null_problems(spec, place, schema)
        yield from _value_problems(place, schema)


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
    if schema.get("format") == "binary":
        yield f"{place}.format: JSON cannot carry binary data; send text, such as base64"
    yield from _default_problems(place, schema)


def _default_problems(place: str, schema: Node) -> Iterator[str]:
    default = schema.get("default")
    kinds = [kind for kind in map(str, (schema.get("type"), *sequence(schema.get("type")))) if kind in PYTHON_TYPES]
    if any(isinstance(item, (dict, list)) for item in sequence(default)) or mapping(default):
        yield f"{place}.default: only an empty object, or a list of plain values, can be a default"
    elif default is not None and kinds and not any(type(default) in PYTHON_TYPES[kind] for kind in kinds):
        yield f"{place}.default: is no {' or '.join(kinds)}"


def _operation_problems(spec: Node) -> Iterator[str]:
    places: dict[str, str] = {}
    for place, path, _, operation in operations(spec):
        name = operation.get("operationId")
        if name is None:
            yield f"{place}: operationId is missing: it is the name of a method"
        elif not _is_plain_name(name) or _function_name(name) != name:
            yield f"{place}: operationId {name} becomes a method: use an identifier in snake_case, not one of Python's"
        elif name in places:
            yield f"{place}: operationId {name} is also at {places[name]}"
        places.setdefault(str(name), place)
        if len(sequence(operation.get("tags"))) != 1:
            yield f"{place}: give it exactly one tag"
        if re.search(r"[{}]", re.sub(r"\{\w+\}", "", path)):
            yield f"{place}: braces in a path only stand around the name of a parameter"
        for declared in operation["parameters"]:
            yield from _parameter_problems(spec, place, resolve(spec, declared))
        yield from _body_problems(spec, place, resolve(spec, operation.get("requestBody")))
        yield from _response_problems(spec, place, mapping(operation.get("responses")))


def _parameter_problems(spec: Node, place: str, parameter: Node) -> Iterator[str]:
    name, where = parameter.get("name"), parameter.get("in")
    place = f"{place}: parameter {name}"
    schema = resolve(spec, parameter.get("schema"))
    if where not in ("path", "query"):
        yield f"{place} in {where}: only path and query parameters become arguments"
    elif not _is_plain_name(name) or name in ("self", "body") or name in TAKEN_NAMES:
        yield f"{place} becomes an argument: use an identifier that is not taken, as self and body are"
    elif not schema:
        yield f"{place}: a schema is needed"
    elif parameter.get("style", "form" if where == "query" else "simple") not in ("form", "simple") or (
        where == "query" and parameter.get("explode", True) is not True
    ):
        yield f"{place}: a list is only sent by repeating the key: style form, explode true"
    elif not _is_plain_value(spec, parameter["schema"], lists=where == "query"):
        yield f"{place}: only a plain value can stand in a path, and one or a list of them in a query"


def _is_plain_value(spec: Node, declared: object, *, lists: bool) -> bool:
    options = list(options_of(spec, declared))
    return bool(options) and all(_is_plain_option(spec, option, lists=lists) for option in options)


def _is_plain_option(spec: Node, schema: Node, *, lists: bool) -> bool:
    kinds = schema.get("type")
    if kinds == "array" and lists:
        return _is_plain_value(spec, schema.get("items"), lists=False)
    is_structured = any(kind in ("array", "object") for kind in (kinds, *sequence(kinds)))
    return bool(kinds or "enum" in schema or "const" in schema) and not is_structured


def _body_problems(spec: Node, place: str, body: Node) -> Iterator[str]:
    if not body:
        return
    if list(mapping(body.get("content"))) != [JSON] or not body.get("required"):
        yield f"{place}: requestBody: only a required body of {JSON} can be sent"
    elif not properties_of(spec, mapping(body["content"][JSON]).get("schema")):
        yield f"{place}: requestBody: only an object with properties of its own can be sent"


def _response_problems(spec: Node, place: str, responses: Node) -> Iterator[str]:
    schemas: list[Any] = []
    for status, declared in responses.items():
        content = mapping(resolve(spec, declared).get("content"))
        if str(status).startswith("2"):
            schemas.append(mapping(content.get(JSON)).get("schema"))
            if content and not schemas[-1]:
                yield f"{place}: responses.{status}: only {JSON} with a schema can be read"
    if not schemas:
        yield f"{place}: responses: a 2xx response is needed"
    elif any(schema != schemas[0] for schema in schemas):
        yield f"{place}: responses: the 2xx responses differ: a method returns one type"


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


def _function_name(name: object) -> str:
    from openapi_python_client.strings import PythonIdentifier

    return PythonIdentifier(str(name), "")


def _member_name(value: str) -> str:
    from openapi_python_client.strings import snake_case

    return snake_case(value.upper()).upper() if value[:1].isalpha() else value
