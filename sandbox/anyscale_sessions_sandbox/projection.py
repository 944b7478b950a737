"""A reply cut to the shape that the spec gives it: known fields only, null where nothing is set."""

from __future__ import annotations

from typing import Any, cast

from .spec import Document, Pointer, Spec

# What a field that must be set, and is not, is filled with, as the upstream server does with `cluster_config`.
PLAINEST: Document = {"string": "", "boolean": False, "integer": 0, "number": 0, "array": [], "object": {}}
NULL = {"type": "null"}


class Projection:
    """Cuts values to the schemas of one spec."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def cut(self, pointer: Pointer, value: Any) -> Any:
        """The value as the schema at `pointer` shows it; what the schema leaves open is passed as it is."""
        pointer = self._spec.follow(pointer)
        schema: Document = self._spec.at(pointer)
        if "anyOf" in schema and value is not None:
            # The spec writes a nullable reference as the reference or null.
            branch = next(index for index, branch in enumerate(schema["anyOf"]) if branch != NULL)
            return self.cut((*pointer, "anyOf", branch), value)
        if isinstance(value, list) and "items" in schema:
            items: list[Any] = value
            return [self.cut((*pointer, "items"), item) for item in items]
        if isinstance(value, dict) and "properties" in schema:
            fields: Document = value
            return self._object(pointer, schema, fields)
        return cast("Any", value)

    def _object(self, pointer: Pointer, schema: Document, value: Document) -> Document:
        shown: Document = {}
        for name in schema["properties"]:
            place = (*pointer, "properties", name)
            if value.get(name) is not None:
                shown[name] = self.cut(place, value[name])
                continue
            field = self._spec.at(self._spec.follow(place))
            if _nullable(field):
                shown[name] = None
            elif name in schema.get("required", ()) and field.get("type") in PLAINEST:
                shown[name] = PLAINEST[field["type"]]
        return shown


def _nullable(schema: Document) -> bool:
    return "null" in schema.get("type", ()) or NULL in schema.get("anyOf", ())
