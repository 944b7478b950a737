"""Rewrite a document of OpenAPI 3.0 in OpenAPI 3.1: everything else in the tools knows 3.1 only.

Three things differ in a way that matters here. A schema says `nullable` where 3.1 has the type `null`,
`exclusiveMinimum` and `exclusiveMaximum` are marks on the limit beside them, and nothing stands beside a `$ref`. Many
documents write `nullable` beside a `$ref`, an `allOf` or an `enum` nevertheless. It is taken as it is meant: null is
one of the values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spec.lint import too_deep
from spec.navigate import COMBINING, DATA_KEYS, Node, mapping, sequence

VERSION = "3.1.0"
# Under these keys, the next keys are names.
NAMED = frozenset(
    {"callbacks", "content", "encoding", "headers", "links", "parameters", "paths", "requestBodies", "responses"}
)
# Keywords that 3.0 does not have, and that would mean something in 3.1.
NEWER = (
    *("const", "if", "then", "else", "dependentRequired", "dependentSchemas", "prefixItems", "contains"),
    *("patternProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "$defs", "$id", "$anchor"),
    *("contentEncoding", "contentMediaType", "contentSchema"),
)
# What describes a value without a rule for it: it may stand beside a `$ref`, and beside a choice.
ANNOTATIONS = frozenset(
    {"title", "description", "default", "deprecated", "example", "externalDocs", "readOnly", "writeOnly", "nullable"}
)
EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def in_31(document: Node) -> tuple[Node, list[str]]:
    """The document in OpenAPI 3.1, and a line for each part of a document of 3.0 that cannot be rewritten.

    A document of another version comes back as it is; so does one that is nested too deeply to be read.
    """
    if not str(document.get("openapi")).startswith("3.0.") or too_deep(document):
        return document, []
    problems: list[str] = []
    return {**_part(document, "", problems), "openapi": VERSION}, problems


def _part(node: Any, place: str, problems: list[str], *, named: bool = False) -> Any:
    """A part of the document outside of its schemas."""
    items = sequence(node)
    if items:
        return [_part(value, f"{place}[{position}]", problems) for position, value in enumerate(items)]
    rewritten: Node = {}
    for key, value in mapping(node).items():
        inner = f"{place}.{key}".lstrip(".")
        if not named and (key in DATA_KEYS or key == "examples" or str(key).startswith("x-")):
            rewritten[key] = value
        elif inner == "components.schemas":
            rewritten[key] = _each(value, inner, problems)
        elif not named and key == "schema":
            rewritten[key] = _schema(value, inner, problems)
        else:
            names_follow = place == "components" or (key in NAMED and not named)
            rewritten[key] = _part(value, inner, problems, named=names_follow)
    return rewritten or node


def _each(named: Any, place: str, problems: list[str]) -> Any:
    return {name: _schema(schema, f"{place}.{name}", problems) for name, schema in mapping(named).items()} or named


def _schema(node: Any, place: str, problems: list[str]) -> Any:
    """A schema with those inside it; what is none is left to those who say so."""
    schema = dict(mapping(node))
    if not schema:
        return node
    problems += _problems(schema, place)
    for key in ("items", "additionalProperties", "not"):
        if key in schema:
            schema[key] = _schema(schema[key], f"{place}.{key}", problems)
    for key in (key for key in COMBINING if isinstance(schema.get(key), list)):
        options = enumerate(sequence(schema[key]))
        schema[key] = [_schema(option, f"{place}.{key}[{position}]", problems) for position, option in options]
    if "properties" in schema:
        schema["properties"] = _each(schema["properties"], f"{place}.properties", problems)
    for mark, limit in EXCLUSIVE.items():
        if schema.pop(mark, False) is True and limit in schema:
            schema[mark] = schema.pop(limit)
    return _or_null(schema) if schema.pop("nullable", False) is True else schema


def _problems(schema: Node, place: str) -> Iterator[str]:
    """What the schema has that OpenAPI 3.0 does not, or that 3.0 ignores."""
    remedy = "declare openapi: 3.1.0 and write all schemas in 3.1, or remove it"
    for key in (key for key in NEWER if key in schema):
        yield f"{place}.{key}: is of OpenAPI 3.1, and 3.0 is declared: {remedy}"
    if schema.get("type") == "null" or isinstance(schema.get("type"), list):
        yield f"{place}.type: null and lists of types are of OpenAPI 3.1, and 3.0 is declared: write nullable: true"
    for key in (*EXCLUSIVE, "nullable"):
        if not isinstance(schema.get(key, False), bool):
            yield f"{place}.{key}: true or false is needed in OpenAPI 3.0, found {schema[key]}"
    for key in schema if "$ref" in schema else ():
        if key != "$ref" and _is_rule(key):
            yield f"{place}.{key}: OpenAPI 3.0 ignores what stands beside $ref: move both into an allOf"


def _is_rule(key: object) -> bool:
    return key not in ANNOTATIONS and not str(key).startswith("x-")


def _or_null(schema: Node) -> Node:
    """The schema with null as one more value."""
    rules = set(filter(_is_rule, schema))
    if "enum" in rules and None not in sequence(schema["enum"]):
        schema = {**schema, "enum": [*sequence(schema["enum"]), None]}
    if isinstance(schema.get("type"), str) and not rules & {*COMBINING, "$ref", "not"}:
        return {**schema, "type": [schema["type"], "null"]}
    if rules <= {"enum"}:
        return schema
    if rules == {"anyOf"}:
        return {**schema, "anyOf": [*sequence(schema["anyOf"]), {"type": "null"}]}
    value = {key: schema[key] for key in schema if key in rules}
    if rules == {"allOf"} and len(sequence(schema["allOf"])) == 1:
        value = sequence(schema["allOf"])[0]
    return {**{key: schema[key] for key in schema if key not in rules}, "anyOf": [value, {"type": "null"}]}
