"""Response bodies in the shape that the OpenAPI document declares: known fields only, null where nothing is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..spec import NULL, Document, Pointer, Spec

# Values for a required field that is not set, as upstream's server fills in `cluster_config`.
PLACEHOLDERS: Document = {"string": "", "boolean": False}
PLACEHOLDERS_BY_FORMAT = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
# A schema without any of these keywords returns values unchanged.
NESTED_KEYWORDS = ("allOf", "anyOf", "oneOf", "items", "properties")


class ResponseShape:
    """A compiled response schema."""

    def __init__(self) -> None:
        self.items: ResponseShape | None = None
        # The declared fields of an object, with the shapes of their values, or None for values that are not changed.
        self.fields: dict[str, ResponseShape | None] = {}
        # The fields that are in the response even if they are not set, with their values then.
        self.unset: dict[str, object] = {}

    def shape(self, value: object) -> object:
        """The value with the declared fields only. What the schema does not describe is returned unchanged."""
        if self.items is not None and isinstance(value, list):
            return [self.items.shape(item) for item in cast("list[object]", value)]
        if self.fields and isinstance(value, dict):
            return self._object(cast("Mapping[str, object]", value))
        return value

    def _object(self, value: Mapping[str, object]) -> dict[str, object]:
        shaped = self.unset.copy()
        for name, item in value.items():
            if item is not None and name in self.fields:
                shape = self.fields[name]
                shaped[name] = item if shape is None else shape.shape(item)
        return shaped


class ShapeCompiler:
    """Compiles the schemas of one OpenAPI document, each of them once."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._compiled: dict[Pointer, ResponseShape] = {}

    def compile(self, pointer: Pointer) -> ResponseShape:
        """The shape that the schema at `pointer` declares."""
        compiled = self._compiled.get(pointer)
        if compiled is None:
            target = self._spec.shape(pointer)
            compiled = self._compiled[pointer] = self._compiled.get(target) or self._compile(target)
        return compiled

    def _compile(self, pointer: Pointer) -> ResponseShape:
        # It is registered before its parts are compiled, because a schema may refer to itself.
        compiled = self._compiled[pointer] = ResponseShape()
        if "items" in self._spec.at(pointer):
            compiled.items = self.compile((*pointer, "items"))
        required = self._spec.required(pointer)
        for name, declared in self._spec.properties(pointer).items():
            place = self._spec.follow(declared)
            schema: Document = self._spec.at(place)
            compiled.fields[name] = self.compile(place) if any(key in schema for key in NESTED_KEYWORDS) else None
            if _is_nullable(schema):
                compiled.unset[name] = None
            elif name in required:
                compiled.unset[name] = self._placeholder(place)
        return compiled

    def _placeholder(self, pointer: Pointer) -> object:
        """A simple value that fits the type, the permitted values and the format of a schema."""
        pointer = self._spec.shape(pointer)
        schema: Document = self._spec.at(pointer)
        match schema.get("type"):
            case _ if "const" in schema or "enum" in schema:
                return schema["const"] if "const" in schema else schema["enum"][0]
            case "array":
                return [self._placeholder((*pointer, "items"))] * schema.get("minItems", 0)
            case "integer" | "number":
                return max(0, schema.get("minimum", 0))
            case "string" | "boolean" as kind:
                return PLACEHOLDERS_BY_FORMAT.get(schema.get("format", ""), PLACEHOLDERS[kind])
            case _:
                fields = self._spec.properties(pointer)
                return {name: self._placeholder(fields[name]) for name in sorted(self._spec.required(pointer))}


def _is_nullable(schema: Document) -> bool:
    return "null" in schema.get("type", ()) or any(NULL in schema.get(keyword, ()) for keyword in ("anyOf", "oneOf"))
