"""Whole numbers get the limits of 64 bits where the spec has none, or wider ones."""

from __future__ import annotations

from typing import Any

import pytest

from spec.whole_numbers import GREATEST_INT, LEAST_INT, with_range

BOTH = {"minimum": LEAST_INT, "maximum": GREATEST_INT}


def spec_with(schema: dict[str, Any]) -> dict[str, Any]:
    """A spec whose model has a field with this schema."""
    return {"components": {"schemas": {"Thing": {"type": "object", "properties": {"size": schema}}}}}


def limits_of(schema: dict[str, Any]) -> dict[str, Any]:
    """What is added to, or changed in, the schema of a field."""
    made = with_range(spec_with(schema))["components"]["schemas"]["Thing"]["properties"]["size"]
    return {key: value for key, value in made.items() if schema.get(key) != value}


@pytest.mark.parametrize(
    ("schema", "added"),
    [
        ({"type": "integer"}, BOTH),
        ({"type": "integer", "format": "int32"}, BOTH),
        ({"type": ["integer", "null"]}, BOTH),
        ({"type": "integer", "minimum": 0}, {"maximum": GREATEST_INT}),
        ({"type": "integer", "minimum": -(2**70), "maximum": 2**70}, BOTH),
        ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9}, {}),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {}),
        ({"type": "integer", "enum": [1, 2**64]}, {}),
        ({"type": ["integer", "number"]}, {}),
        ({"type": "number"}, {}),
        ({"type": "string"}, {}),
    ],
)
def test_a_whole_number_has_at_most_64_bits(schema: dict[str, Any], added: dict[str, Any]) -> None:
    """A whole number without limits gets those of 64 bits, and wider limits become these."""
    assert limits_of(schema) == added


def test_the_spec_itself_stays_as_it_is() -> None:
    """The limits are added to a copy."""
    spec = spec_with({"type": "integer"})
    with_range(spec)
    assert spec == spec_with({"type": "integer"})
