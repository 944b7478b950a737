"""The types of the fields of faults and transition rules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from anyscale_sessions_sandbox._field_types import (
    BOOLEAN,
    INTEGER,
    INTEGER_OR_NONE,
    NUMBER,
    TEXT,
    FieldType,
    check_field_types,
    is_json,
)


@dataclass
class Rule:
    """A rule with a field of each kind of default."""

    count: object = 1
    name: object = None


@pytest.mark.parametrize(
    ("kind", "accepted", "refused"),
    [
        (TEXT, ["", "a"], [1, None, b"a"]),
        (INTEGER, [0, -1], [True, 1.0, "1", None]),
        (INTEGER_OR_NONE, [0, None], [False, 1.5]),
        (NUMBER, [0, 1.5], [True, math.nan, math.inf, "1"]),
        (BOOLEAN, [True, False], [0, "true", None]),
    ],
)
def test_a_field_type_accepts_its_values_and_no_others(
    kind: FieldType, accepted: list[object], refused: list[object]
) -> None:
    """A bool is not an integer, and a number must be finite."""
    assert all(kind.accepts(value) for value in accepted)
    assert not any(kind.accepts(value) for value in refused)


def test_a_default_of_none_needs_no_type() -> None:
    """A field keeps a default of None, and any other wrong value is refused with the name of the field."""
    types = {"count": INTEGER, "name": TEXT}
    check_field_types(Rule(), types)
    with pytest.raises(ValueError, match="count must be an integer"):
        check_field_types(Rule(count=None), types)
    with pytest.raises(ValueError, match="name must be a string"):
        check_field_types(Rule(name=1), types)


@pytest.mark.parametrize("value", [math.nan, {1, 2}, "\ud800", object()])
def test_what_json_cannot_represent_is_not_json(value: object) -> None:
    """NaN, sets, lone surrogates and objects cannot be sent as JSON, while plain values can."""
    assert not is_json(value)
    assert is_json({"a": [1, None, "b"]})
