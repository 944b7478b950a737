"""tools/spec/value_rules.py: a constant, an enum or a default that Python cannot have is refused in one line."""

from __future__ import annotations

from typing import Any

import pytest

from spec.value_rules import value_problems

SPEC: dict[str, Any] = {
    "components": {"schemas": {"Colour": {"enum": ["red"]}, "Model": {"properties": {"a": {"type": "string"}}}}}
}
COLOUR = {"$ref": "#/components/schemas/Colour"}
MODEL = {"$ref": "#/components/schemas/Model"}


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        ({"enum": []}, "x.enum: at least one value is needed"),
        ({"enum": ["a\n"]}, "x.enum: only printable strings, or only whole numbers, become an enum"),
        ({"enum": ["a", 1]}, "x.enum: only printable strings, or only whole numbers"),
        ({"enum": [1.5]}, "x.enum: only printable strings, or only whole numbers"),
        ({"enum": [True]}, "x.enum: flags become no enum: write type: boolean, or const"),
        ({"enum": ["a", "A"]}, "x.enum: 'a' and 'A' would both be the member A: name all members in x-enum-varnames"),
        ({"enum": ["a_b", "a-b"]}, "x.enum: 'a_b' and 'a-b' would both be the member A_B"),
        ({"const": {}}, "x.const: only a text, a whole number, a flag or null can be a constant"),
        ({"type": "object", "default": {"a": 1}}, "x.default: only an empty object"),
        ({"allOf": [MODEL], "default": {}}, "x.default: only an empty object without fields of its own"),
        ({"type": "array", "items": {}, "default": [[]]}, "x.default: only a list of plain values"),
        ({"type": "array", "items": {"type": "string"}, "default": [1]}, "x.default: an item is no string"),
        ({"type": "integer", "default": "1"}, "x.default: is no integer: correct it, or remove it"),
        ({"type": "integer", "default": True}, "x.default: is no integer"),
        ({"type": "boolean", "default": "true"}, "x.default: is no boolean"),
        ({"type": ["string", "null"], "default": 1}, "x.default: is no string"),
        ({"type": ["string", "integer"], "default": 1.5}, "x.default: is no string or integer"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}], "default": "a"}, "x.default: is no integer and is no null"),
        ({"enum": ["a"], "default": "b"}, "x.default: is none of the values that the schema admits"),
        ({"allOf": [COLOUR], "default": "blue"}, "x.default: is none of the values"),
        ({"type": "string", "format": "date", "default": "today"}, "x.default: is no date: correct it"),
    ],
)
def test_a_breach_is_one_line(schema: dict[str, Any], line: str) -> None:
    """A value that Python cannot have is refused in one line that says why."""
    (found,) = value_problems(SPEC, "x", schema)
    assert found.startswith(line)


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["1st", "", 'q"', "b\\", "ü", "名"]},
        {"enum": [1, -2, None]},
        {"enum": ["a", "A"], "x-enum-varnames": ["low", "up"]},
        {"type": "number", "default": 1},
        {"type": "array", "items": {"type": "string"}, "default": ["a"]},
        {"type": "array", "default": [1]},
        {"type": "object", "default": {}},
        {"type": "string", "format": "date", "default": "2024-01-31"},
        {"allOf": [COLOUR], "default": "red"},
        {"type": "string", "default": None},
        {"const": True},
    ],
)
def test_a_right_value_is_accepted(schema: dict[str, Any]) -> None:
    """A value that Python can have is not refused."""
    assert list(value_problems(SPEC, "x", schema)) == []
