"""tools/contracts/type_words.py: fields of the spec and requirements are compared in the same words."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.type_words import parsed, words_of

SPEC = {
    "components": {
        "schemas": {
            "Colour": {"enum": ["red"]},
            "Text": {"type": "string", "maxLength": 3},
            "Ring": {"anyOf": [{"$ref": "#/components/schemas/Ring"}]},
        }
    }
}
COLOUR = {"$ref": "#/components/schemas/Colour"}
SCHEMAS: dict[str, tuple[Any, bool]] = {
    "required string": ({"type": "string"}, True),
    "optional string": ({"$ref": "#/components/schemas/Text"}, False),
    "integer = 120": ({"type": "integer", "default": 120}, False),
    "optional secret string | null": ({"type": ["null", "string"], "format": "password"}, False),
    "optional Colour | null": ({"anyOf": [{"type": "null"}, COLOUR]}, False),
    "optional list of date-time": ({"type": "array", "items": {"type": "string", "format": "date-time"}}, False),
    "optional map of integer": ({"type": "object", "additionalProperties": {"type": "integer"}}, False),
    'optional "a" | 1': ({"enum": ["a", 1]}, False),
    "optional Ring": ({"$ref": "#/components/schemas/Ring"}, False),
    "optional anything": ({}, False),
}


@pytest.mark.parametrize("words", SCHEMAS)
def test_words_say_what_a_field_is(words: str) -> None:
    """A field becomes its presence, secrecy, type and default in words, and the words can be read again."""
    schema, required = SCHEMAS[words]
    assert str(words_of(SPEC, schema, required=required)) == words
    assert parsed(words) == words_of(SPEC, schema, required=required)


@pytest.mark.parametrize(
    ("requirement", "field", "is_met"),
    [
        ("string", "required string", True),
        ("string", "optional secret string", True),
        ("secret string", "optional secret string", True),
        ("secret string", "optional string", False),
        ("optional string", "required string", False),
        ("integer = 120", "integer = 120", True),
        ("integer = 120", "integer = 60", False),
        ("integer", "integer = 60", True),
        ("string", "integer", False),
    ],
)
def test_requirement_without_presence_or_default_leaves_them_open(requirement: str, field: str, is_met: bool) -> None:
    """A requirement compares presence, secrecy and default only if it names them; the type always counts."""
    assert parsed(requirement).hold_for(parsed(field)) is is_met
