"""Whether the parts of a document are mappings, lists and texts where OpenAPI wants them: a line for each that is not.

Everything that reads a spec takes a part of another kind for an empty one. Here it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from spec.navigate import METHODS, Node, mapping, resolve, schemas, sequence

SECTIONS = ("schemas", "parameters", "responses", "requestBodies", "headers", "securitySchemes", "pathItems")
OPERATION_MAPPINGS, OPERATION_LISTS = ("responses", "requestBody"), ("parameters", "tags", "security", "servers")
SCHEMA_MAPPINGS = ("properties", "patternProperties", "$defs")
SCHEMA_TEXTS = ("pattern", "format", "description")
SCHEMA_NUMBERS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems"),
)
SCHEMA_LISTS = ("required", "enum", "allOf", "anyOf", "oneOf")


def shape_problems(spec: Node) -> Iterator[str]:
    """A line for each part that is of the wrong kind, with its place."""
    yield from _wrong(spec, "", mappings=("info", "paths", "components"), lists=("tags", "servers", "security"))
    for position, tag in enumerate(sequence(spec.get("tags"))):
        yield from _not_a_mapping(tag, f"tags[{position}]")
    components = mapping(spec.get("components"))
    yield from _wrong(components, "components", mappings=SECTIONS)
    for section in SECTIONS:
        for name, node in mapping(components.get(section)).items():
            if section != "schemas" or not isinstance(node, bool):
                yield from _not_a_mapping(node, f"components.{section}.{name}")
        yield from _numbers_as_names(components.get(section), f"components.{section}")
    yield from _numbers_as_names(spec.get("paths"), "paths")
    for path, item in mapping(spec.get("paths")).items():
        yield from _path_problems(spec, f"paths.{path}", item)
    for place, schema in schemas(spec):
        yield from _wrong(schema, place, mappings=SCHEMA_MAPPINGS, lists=SCHEMA_LISTS)
        yield from _wrong_values(schema, place)
        yield from _numbers_as_names(schema.get("properties"), f"{place}.properties")
        for name, field in mapping(schema.get("properties")).items():
            if not isinstance(field, bool):
                yield from _not_a_mapping(field, f"{place}.properties.{name}")
    yield from _reference_problems(spec, "")


def _path_problems(spec: Node, place: str, item: object) -> Iterator[str]:
    yield from _not_a_mapping(item, place)
    if "$ref" in mapping(item) and not resolve(spec, item):
        yield f"{place}: $ref leads back to itself"
    yield from _wrong(mapping(item), place, mappings=METHODS, lists=("parameters",))
    for holder, where in ((mapping(item), place), *((mapping(mapping(item).get(m)), f"{place}.{m}") for m in METHODS)):
        yield from _wrong(holder, where, mappings=OPERATION_MAPPINGS, lists=OPERATION_LISTS)
        for position, parameter in enumerate(sequence(holder.get("parameters"))):
            yield from _not_a_mapping(parameter, f"{where}.parameters[{position}]")
        for status, response in mapping(holder.get("responses")).items():
            yield from _not_a_mapping(response, f"{where}.responses.{status}")


def _reference_problems(node: object, place: str) -> Iterator[str]:
    """Each `$ref` beside a place for names that is not a text."""
    for key, value in mapping(node).items():
        inner = f"{place}.{key}" if place else str(key)
        if key == "$ref" and not isinstance(value, str | dict):
            yield f"{inner}: a text is needed, found {_kind(value)}"
        else:
            yield from _reference_problems(cast("object", value), inner)
    for position, value in enumerate(sequence(node)):
        yield from _reference_problems(value, f"{place}[{position}]")


def _wrong(node: Node, place: str, *, mappings: tuple[str, ...] = (), lists: tuple[str, ...] = ()) -> Iterator[str]:
    for key in (key for key in (*mappings, *lists) if key in node):
        kind, word = (dict, "a mapping") if key in mappings else (list, "a list")
        if not isinstance(node[key], kind):
            yield f"{place}.{key}".lstrip(".") + f": {word} is needed, found {_kind(node[key])}"


def _numbers_as_names(named: object, place: str) -> Iterator[str]:
    """The names that YAML takes for numbers."""
    for name in cast("dict[object, object]", mapping(named)):
        if not isinstance(name, str):
            yield f"{place}.{name}: a text is needed as the name: put it in quotes"


def _wrong_values(schema: Node, place: str) -> Iterator[str]:
    """The texts and numbers of a schema that are something else."""
    kinds = schema.get("type", "")
    for kind in kinds if isinstance(kinds, list) else [kinds]:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(kind, str):
            yield f"{place}.type: a text is needed, found {_kind(kind)}"  # pyright: ignore[reportUnknownArgumentType]
    for keys, kind, word in ((SCHEMA_TEXTS, str, "text"), (SCHEMA_NUMBERS, int | float, "number")):
        for key in (key for key in keys if not isinstance(schema.get(key, "" if kind is str else 0), kind)):
            yield f"{place}.{key}: a {word} is needed, found {_kind(schema[key])}"


def _not_a_mapping(node: object, place: str) -> Iterator[str]:
    if not isinstance(node, dict):
        yield f"{place}: a mapping is needed, found {_kind(node)}"


def _kind(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else "a text" if isinstance(value, str) else str(value).lower()
