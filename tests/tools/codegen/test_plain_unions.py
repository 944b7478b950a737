"""tools/codegen/plain_unions.py: options that JSON tells apart."""

from __future__ import annotations

from typing import Any

import pytest

from codegen.plain_unions import grouped, json_type

SCHEMAS = {"Text": {"type": "string"}, "Short": {"allOf": [{"$ref": "#/components/schemas/Text"}, {"maxLength": 3}]}}
SPEC: dict[str, Any] = {"components": {"schemas": SCHEMAS}}
TEXT = {"type": "string"}
NUMBERS = {"type": "array", "items": {"type": "number"}}
TEXTS = {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"const": 5}, "integer"),
        ({"enum": ["a", 1]}, "any"),
        ({"$ref": "#/components/schemas/Short"}, "string"),
        ({"properties": {"a": {}}}, "object"),
        ({}, "any"),
    ],
)
def test_type_of_json(schema: dict[str, Any], kind: str) -> None:
    """The type of JSON of a schema is known if all of its values have it."""
    assert json_type(SPEC, schema) == kind


@pytest.mark.parametrize(
    ("options", "merged"),
    [
        ([{"type": "string", "maxLength": 1}, {"const": "long"}], {"string": {"type": "string"}}),
        ([NUMBERS, TEXTS], {"array": {"type": "array", "items": {"anyOf": [NUMBERS["items"], TEXTS["items"]]}}}),
        (
            [{"type": "object", "additionalProperties": {"type": "string"}}, {"type": "object"}],
            {"object": {"type": "object", "additionalProperties": True}},
        ),
        (
            [{"type": "object", "additionalProperties": each} for each in ({"type": "string"}, {"type": "integer"})],
            {
                "object": {
                    "type": "object",
                    "additionalProperties": {"anyOf": [TEXT, {"type": "integer"}]},
                }
            },
        ),
        ([{"type": "integer"}, {"type": "number"}], {"integer": {}, "number": {"type": "number"}}),
        ([{"properties": {"a": {}}}, {"properties": {"b": {}}}], {}),
    ],
)
def test_options_of_one_type_become_one(options: list[dict[str, Any]], merged: dict[str, Any]) -> None:
    """Several options of one type of JSON become one schema, except for objects with fields."""
    assert grouped(SPEC, options)[1] == merged
