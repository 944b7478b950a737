"""tools/specdiff/canonical.py: values, types and limits of JSON Schema are compared by meaning."""

from __future__ import annotations

from typing import Any

import pytest

from specdiff.canonical import Schema, both, key_of, meet, overlap, tidy, tighter, type_of


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (1.0, "integer"),
        (1.5, "number"),
        ("", "string"),
        ([], "array"),
    ],
)
def test_value_has_its_json_type(value: Any, name: str) -> None:
    """A number without a fraction is an integer, and a boolean is no number."""
    assert type_of(value) == name


def test_values_are_equal_as_in_json_schema() -> None:
    """The number 1 equals 1.0, but not true, also within objects and arrays; the order of keys does not matter."""
    assert key_of({"a": [1], "b": 2}) == key_of({"b": 2.0, "a": [1.0]})
    assert key_of([1]) != key_of([True])


def test_integer_is_a_number() -> None:
    """An integer is what number and integer have in common, and the two overlap."""
    integer, number = frozenset({"integer"}), frozenset({"number"})
    assert meet(integer, number) == integer
    assert overlap(Schema(types=integer), Schema(types=number))


def test_tighter_limit_allows_less() -> None:
    """The higher minimum, the lower maximum, and an excluded bound are the tighter limits."""
    assert tighter("minimum", (1, False), (2, False)) == (2, False)
    assert tighter("maximum", (1, False), (2, False)) == (1, False)
    assert tighter("maximum", (1, False), (1, True)) == (1, True)


def test_both_is_the_intersection() -> None:
    """Two schemas together allow the types, values and fields that both allow."""
    one = Schema(types=frozenset({"string", "null"}), values={"string": {"a": "a", "b": "b"}})
    other = Schema(types=frozenset({"string"}), values={"string": {"b": "b", "c": "c"}})
    assert both(one, other).types == {"string"}
    assert both(one, other).values == {"string": {"b": "b"}}


def test_tidy_drops_what_the_types_make_void() -> None:
    """A limit of a type that is not allowed, and a minimum length of 0, say nothing and are dropped."""
    schema = Schema(types=frozenset({"integer"}), limits={"minLength": (3, False), "minimum": (0.5, False)})
    assert tidy(schema).limits == {"minimum": (1, False)}
    assert tidy(Schema(limits={"minLength": (0, False)})).limits == {}
