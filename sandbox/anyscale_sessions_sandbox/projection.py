"""A reply cut to the shape that the spec gives it: known fields only, null where nothing is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from .spec import NULL, Document, Pointer, Spec

# What a field that must be set, and is not, is filled with, as the upstream server does with `cluster_config`.
PLAINEST: Document = {"string": "", "boolean": False, "integer": 0, "number": 0, "array": [], "object": {}}
# Schemas without any of these pass values as they are.
INNER = ("anyOf", "oneOf", "items", "properties")


class Field(NamedTuple):
    """A field of a reply: where its schema stands, if its value is cut too, and what stands for one that is not set."""

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
        if "properties" in schema and isinstance(value, dict):
            return self._object(pointer, cast("dict[str, object]", value))
        return value

    def _object(self, pointer: Pointer, value: Mapping[str, object]) -> dict[str, object]:
        if pointer not in self._known:
            self._known[pointer] = tuple(self._fields(pointer))
        shown: dict[str, object] = {}
        for field in self._known[pointer]:
            given = value.get(field.name)
            if given is None:
                shown.update(field.unset)
            else:
                shown[field.name] = given if field.schema is None else self.cut(field.schema, given)
        return shown

    def _fields(self, pointer: Pointer) -> Iterator[Field]:
        schema: Document = self._spec.at(pointer)
        for name in schema["properties"]:
            place = self._spec.follow((*pointer, "properties", name))
            field: Document = self._spec.at(place)
            unset: Document = {}
            if "null" in field.get("type", ()) or any(NULL in field.get(keyword, ()) for keyword in ("anyOf", "oneOf")):
                unset = {name: None}
            elif name in schema.get("required", ()) and str(field.get("type")) in PLAINEST:
                unset = {name: PLAINEST[field["type"]]}
            yield Field(name, place if any(key in field for key in INNER) else None, unset)
