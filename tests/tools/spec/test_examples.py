"""tools/spec/examples.py: values and calls that the spec allows are made from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from spec.examples import arguments_of, body_of, example_of, values_of

SPEC: dict[str, Any] = {
    "paths": {
        "/things/{thing_id}": {
            "parameters": [{"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "operationId": "put_thing",
                "parameters": [
                    {"name": "kind", "in": "query", "required": True, "example": "big", "schema": {"type": "string"}},
                    {"name": "count", "in": "query", "schema": {"type": "integer"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
            },
            "get": {"operationId": "get_thing"},
        }
    },
    "components": {
        "schemas": {
            "Thing": {"required": ["size"], "properties": {"size": {"type": "integer", "minimum": 7}, "note": {}}},
            "Colour": {"enum": ["red", "blue"]},
        }
    },
}


class Thing(SimpleNamespace):
    """A model."""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Thing:
        """The model of this data."""
        return cls(**data)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 3}, 3),
        ({"example": "e"}, "e"),
        ({"default": False}, False),
        ({"$ref": "#/components/schemas/Colour"}, "red"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"oneOf": [{"type": "boolean"}]}, True),
        ({"$ref": "#/components/schemas/Thing"}, {"size": 7}),
        ({"type": "string"}, "x1"),
        ({"type": ["string", "null"], "minLength": 4}, "x1xx"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "number"}, 1),
        ({"type": "array", "items": {"type": "null"}, "minItems": 2}, [None, None]),
        ({"type": "object"}, {}),
    ],
)
def test_example_is_what_the_schema_allows(schema: dict[str, Any], value: object) -> None:
    """The example of a schema is the simplest value that it allows."""
    assert example_of(SPEC, schema) == value


def test_arguments_are_in_the_order_of_the_method() -> None:
    """The arguments of a call are the path parameters, the body, and the required query parameters."""
    assert arguments_of(SPEC, "put_thing", SimpleNamespace(Thing=Thing)) == ("x1", Thing(size=7), "big")
    assert arguments_of(SPEC, "get_thing", None) == ("x1",)


def test_body_is_a_model_with_a_value() -> None:
    """The body of an operation is the name of its model and a value; an operation without one has none."""
    assert body_of(SPEC, "put_thing") == ("Thing", {"size": 7})
    assert body_of(SPEC, "get_thing") is None


def test_values_of_an_enum_are_all_of_them() -> None:
    """The values of an enum are all of its values; those of another schema are one example."""
    assert values_of(SPEC, {"$ref": "#/components/schemas/Colour"}) == ["red", "blue"]
    assert values_of(SPEC, {"type": "string"}) == ["x1"]
