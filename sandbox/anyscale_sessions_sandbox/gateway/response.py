"""A response cut to the shape that the spec gives it: known fields only, null where nothing is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from ..spec import NULL, Document, Pointer, Spec

# What a field that must be set, and is not, is filled with, as the upstream server does with `cluster_config`.
PLAINEST: Document = {"string": "", "boolean": False}
PLAINEST_BY_FORMAT = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
# Schemas without any of these pass values as they are.
INNER = ("allOf", "anyOf", "oneOf", "items", "properties")


class Field(NamedTuple):
    """A field of a response: where its schema stands, if its value is cut too, and what stands for one that is not set."""

    name: str
    schema: Pointer | None
    unset: Document


class Projection:
    """Cuts values to the schemas of one spec."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._known: dict[Pointer, tuple[Field, ...]] = {}

    def cut(self, pointer: Pointer, value: object) -> object:
        """The value as the schema at `pointer` shows it; what the schema leaves open is passed as it is."""
        pointer = self._spec.shape(pointer)
        schema: Document = self._spec.at(pointer)
        if "items" in schema and isinstance(value, list):
            return [self.cut((*pointer, "items"), item) for item in cast("list[object]", value)]
        if isinstance(value, dict):
            return self._object(pointer, cast("dict[str, object]", value))
        return value

    def _object(self, pointer: Pointer, value: Mapping[str, object]) -> Mapping[str, object]:
        if pointer not in self._known:
            self._known[pointer] = tuple(self._fields(pointer))
        if not self._known[pointer]:
            return value
        shown: dict[str, object] = {}
        for field in self._known[pointer]:
            given = value.get(field.name)
            if given is None:
                shown.update(field.unset)
            else:
                shown[field.name] = given if field.schema is None else self.cut(field.schema, given)
        return shown

    def _fields(self, pointer: Pointer) -> Iterator[Field]:
        required = self._spec.required(pointer)
        for name, declared in self._spec.properties(pointer).items():
            place = self._spec.follow(declared)
            field: Document = self._spec.at(place)
            unset: Document = {}
            if "null" in field.get("type", ()) or any(NULL in field.get(keyword, ()) for keyword in ("anyOf", "oneOf")):
                unset = {name: None}
            elif name in required:
                unset = {name: self._plainest(place)}
            yield Field(name, place if any(key in field for key in INNER) else None, unset)

    def _plainest(self, pointer: Pointer) -> object:
        """The plainest value that a schema admits, as far as its type, its values and its format tell."""
        pointer = self._spec.shape(pointer)
        schema: Document = self._spec.at(pointer)
        match schema.get("type"):
            case _ if "const" in schema or "enum" in schema:
                return schema["const"] if "const" in schema else schema["enum"][0]
            case "array":
                return [self._plainest((*pointer, "items"))] * schema.get("minItems", 0)
            case "integer" | "number":
                return max(0, schema.get("minimum", 0))
            case "string" | "boolean" as kind:
                return PLAINEST_BY_FORMAT.get(schema.get("format", ""), PLAINEST[kind])
            case _:
                fields = self._spec.properties(pointer)
                return {name: self._plainest(fields[name]) for name in sorted(self._spec.required(pointer))}
