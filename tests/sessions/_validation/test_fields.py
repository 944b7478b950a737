"""Checks of one value against one type: which values are accepted, and the exact words for those that are not."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import attrs
import msgspec
import pytest

from anyscale_sessions._validation.fields import FieldType, check, shapes_of
from anyscale_sessions.exceptions import Problem
from anyscale_sessions_api.models import SessionsQuery, TextQuery
from anyscale_sessions_api.types import NULL, Model, OpenIntEnum, WireRules

NAIVE = dt.datetime(2026, 1, 31)  # noqa: DTZ001 - what this is about


@attrs.define(kw_only=True)
class Box:
    """A class that msgspec can fill and that is no model."""

    x: int


class Level(OpenIntEnum):
    """An enum of whole numbers, as another spec can have it."""

    LOW = 1
    HIGH = 2


@attrs.define(kw_only=True)
class Crate(Model):
    """A model with a rule for requests, as another spec can have it."""

    __wire__ = WireRules(nullable=frozenset({"label"}))

    size: int | None = None
    label: str | None = None

    @staticmethod
    def __request_types__() -> dict[str, tuple[Any, bool]]:
        return {"size": (int, False)}


def nested(levels: int) -> Any:
    """A list inside of a list, this many levels deep."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("name", "value", "kind", "problem"),
    [
        ("build_id", attrs.NOTHING, str, ("build_id", "must be given", "pass build_id")),
        ("size", 5, str, ("size", "must be text (str), not int", "pass one")),
        ("size", "5", float, ("size", "must be a number, not str", "pass one")),
        ("size", 5, dict, ("size", "must be a dict, not int", "pass one")),
        ("size", 5, Box, ("size", "must be a dict, not int", "pass one")),
        ("size", 5, TextQuery, ("size", "must be a TextQuery, not int", "pass one")),
        ("size", 5, list, ("size", "must be a list, not int", "pass one")),
        ("size", 5, dt.datetime, ("size", "must be a datetime, not int", "pass one")),
        ("size", "canary", Literal["a"], ("size", "must be valid: Invalid enum value", "pass a value of that form")),
        ("size", {"x": "5"}, Box, ("size.x", "must be a whole number (int), not str", "pass one")),
        ("size", {"canary": "5"}, dict[str, int], ("size[...]", "must be a whole number (int), not str", "pass one")),
        ("size", [1, "5"], list[int], ("size[1]", "must be a whole number (int), not str", "pass one")),
        ("build_id", "a", int, ("build_id", "must be a whole number (int), not str", "pass one")),
        ("size", nested(100_000), list, ("size", "is nested too deeply", "use fewer levels")),
        (
            "size",
            {"canary": "\ud800"},
            dict,
            ("size[...]", "contains a lone surrogate", "pass text that UTF-8 can encode"),
        ),
        (
            "size",
            TextQuery(equals="\udfff"),
            TextQuery,
            ("size.equals", "contains a lone surrogate", "pass text that UTF-8 can encode"),
        ),
        ("size", [2**63], list, ("size[0]", "must be within 64 bits", "pass a smaller number")),
        ("size", "x", Level, ("size", "must be one of 1, 2, not str", "pass one")),
        (
            "size",
            TextQuery(equals=NULL),
            TextQuery,
            ("size.equals", "must not be null: the spec does not admit it", "pass a value, or leave it out"),
        ),
        ("size", -(2**63) - 1, int, ("size", "must be within 64 bits", "pass a smaller number")),
        (
            "size",
            {"canary": float("-inf")},
            dict,
            ("size[...]", "must be finite: JSON has neither NaN nor infinity", "pass another number"),
        ),
        (
            "size",
            [NAIVE],
            list[dt.datetime],
            ("size[0]", "must have a time zone", "pass an aware datetime, such as datetime.now(UTC)"),
        ),
    ],
)
def test_a_problem_has_place_rule_and_remedy(name: str, value: Any, kind: Any, problem: tuple[str, str, str]) -> None:
    """A problem names the part that is wrong, the rule and the remedy, and quotes nothing of the value."""
    held, found = check(name, value, FieldType(kind, attrs.NOTHING))
    assert held is None
    assert found is not None
    assert (found.field, found.rule, found.remedy) == problem


CONTROL = r"[\u0000-\u001f\u007f-\u009f]"


@pytest.mark.parametrize(
    ("forbidden", "problem"),
    [
        (CONTROL, Problem("size", "must not contain control characters, such as line breaks", "remove them")),
        ("a", Problem("size", "must not contain the pattern a", "remove what it matches")),
        ("", None),
        ("b", None),
    ],
)
def test_a_text_must_not_contain_what_the_spec_forbids(forbidden: str, problem: Problem | None) -> None:
    """A text in which the forbidden pattern of its field is found is refused, and no other text."""
    text = "a\n" if forbidden == CONTROL else "a"
    assert check("size", text, FieldType(str, attrs.NOTHING, forbidden=forbidden))[1] == problem


def test_a_text_in_a_model_must_not_contain_what_the_spec_forbids() -> None:
    """The fields of a model within a field have their forbidden patterns, too."""
    query = SessionsQuery(creator_id="usr\n1")
    _, found = check("query", query, FieldType(SessionsQuery, attrs.NOTHING))
    assert found == Problem(
        "query.creator_id", "must not contain control characters, such as line breaks", "remove them"
    )


def test_a_field_with_a_default_can_be_left_out() -> None:
    """The remedy for a field with a default says that it can be left out."""
    _, found = check("size", 5, FieldType(str | None, None))
    assert found is not None
    assert (found.rule, found.remedy) == ("must be text (str) or None, not int", "pass one, or leave it out")


@pytest.mark.parametrize("number", [-(2**63), 2**63 - 1])
def test_64_bits_are_not_too_many(number: int) -> None:
    """The least and the greatest number of 64 bits are accepted, directly and inside of a dict."""
    assert check("size", number, FieldType(int, 0)) == (number, None)
    assert check("size", {"a": [number]}, FieldType(dict, None)) == ({"a": [number]}, None)


def test_a_field_of_a_list_has_a_new_list_as_its_default() -> None:
    """A field whose default is made anew for each instance has that value as its default."""
    shape = shapes_of(SessionsQuery)["state_filter"]
    assert (shape.default, shape.is_required) == ([], False)


def test_models_are_taken_as_they_are() -> None:
    """A model is accepted as it is where its class is expected, and a class that msgspec can fill as well."""
    assert issubclass(TextQuery, Model)
    assert check("name", TextQuery(equals="a"), FieldType(TextQuery, None)) == (TextQuery(equals="a"), None)
    assert msgspec.json.encode(check("size", Box(x=1), FieldType(Box, None))[0]) == b'{"x":1}'


def test_fields_that_requests_may_leave_out() -> None:
    """A field with another type in requests is checked only if it is given, and one that may be null can be `NULL`."""
    assert check("box", Crate(), FieldType(Crate, None)) == (Crate(), None)
    assert check("box", Crate(label=NULL), FieldType(Crate, None))[0].label is NULL


def test_a_number_that_may_have_a_fraction_can_be_greater_than_64_bits() -> None:
    """A whole number for a field of floats becomes a float, which has no limit of 64 bits."""
    assert check("size", 2**64, FieldType(float, attrs.NOTHING)) == (float(2**64), None)
