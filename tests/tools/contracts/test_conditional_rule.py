"""tools/contracts/conditional_rule.py: a rule is compared with the spec by the bodies that both accept."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.conditional_rule import Rule, difference

RULE = Rule({"flag": True}, ("a",), ("b", "c"))
NOT_BLANK = {"type": "string", "pattern": r"\S"}
SCHEMA: dict[str, Any] = {
    "properties": {"flag": {"type": "boolean"}, "a": {}, "b": {}, "c": {}},
    "if": {"properties": {"flag": {"const": True}}, "required": ["flag"]},
    "then": {"required": ["a"], "properties": {"a": NOT_BLANK}},
    "else": {"required": ["b", "c"], "properties": {"b": NOT_BLANK, "c": NOT_BLANK}},
}


def test_rule_names_its_fields_and_says_what_it_asks_for() -> None:
    """The rule lists its fields, those of the condition first, and reads as a sentence."""
    assert RULE.fields == ["flag", "a", "b", "c"]
    assert str(RULE) == "if flag is true, then a, else b and c"


@pytest.mark.parametrize(
    ("body", "is_admitted"),
    [
        ({"flag": True, "a": "x"}, True),
        ({"flag": True, "a": " "}, False),
        ({"flag": True, "b": "x", "c": "x"}, False),
        ({"flag": False, "b": "x", "c": "x"}, True),
        ({"b": "x", "c": "x"}, True),
        ({"b": "x"}, False),
    ],
)
def test_rule_admits_bodies_whose_needed_fields_are_not_blank(body: dict[str, Any], is_admitted: bool) -> None:
    """Under the condition, and without it, the needed fields must be given and not blank."""
    assert RULE.admits(body) is is_admitted


def test_equal_rules_have_no_difference() -> None:
    """A schema that accepts exactly what the rule admits does not differ from it."""
    assert difference({}, SCHEMA, RULE) == ""


def test_difference_shows_the_shortest_body() -> None:
    """A schema with another rule is shown in words, with the shortest body that it judges otherwise."""
    weaker = {**SCHEMA, "else": {"required": ["b"], "properties": {"b": NOT_BLANK}}}
    expected = '"if flag is true, then a, else b", and accepts {"b": "x"}'
    assert difference({}, weaker, RULE) == expected
