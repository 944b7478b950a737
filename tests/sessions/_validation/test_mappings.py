"""Mappings in the place of models."""

from __future__ import annotations

from types import MappingProxyType

from anyscale_sessions import Session, SessionsQuery, SessionStateData, TextQuery, UpdateSession
from anyscale_sessions._validation.mappings import nested_models, unknown_fields, without_models


def test_models_and_mappings_become_dicts() -> None:
    """Models, mappings and tuples become dicts and lists at any depth."""
    content = without_models(MappingProxyType({"a": (TextQuery(equals="x"),), "b": MappingProxyType({"c": 1})}))
    assert content == {"a": [{"equals": "x", "not_equal": None, "contains": None}], "b": {"c": 1}}
    assert type(content["b"]) is dict


def test_unknown_fields_are_found_at_any_depth() -> None:
    """Each unknown field is a problem with its place and the nearest known one; a key must be text."""
    problems = list(unknown_fields(SessionsQuery, {"nmae": 1, "name": {"equal": "x"}, "paging": [5], 7: 1}))
    assert [problem.field for problem in problems] == ["nmae", "name.equal", "body"]
    assert [problem.remedy for problem in problems[:2]] == ["did you mean name?", "did you mean equals?"]
    assert problems[2].rule == "has a key that is not text, but int"


def test_fields_that_hold_models_are_known() -> None:
    """A field with a model, or with an optional one, is known by the class of the model."""
    assert nested_models(SessionsQuery) == {"name": TextQuery, "paging": nested_models(SessionsQuery)["paging"]}
    assert nested_models(Session)["state_data"] is SessionStateData
    assert nested_models(UpdateSession) == {}
