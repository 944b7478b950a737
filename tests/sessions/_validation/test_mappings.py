"""Mappings in the place of models."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import attrs

from anyscale_sessions import Session, SessionsQuery, SessionStateData, TextQuery, UpdateSession
from anyscale_sessions._sansio.request import with_model_body
from anyscale_sessions._validation.mappings import nested_models, unknown_fields, without_models
from anyscale_sessions_api.types import Model, Operation, WireRules


@attrs.define(kw_only=True)
class Open(Model):
    """A model with additional properties, as another spec can have it."""

    __wire__ = WireRules(names={"node_count": "node-count"}, extra="additional_properties")

    node_count: int | None = None
    additional_properties: dict[str, Any] = attrs.field(factory=dict[str, Any])


def test_a_mapping_can_have_additional_properties() -> None:
    """What a mapping has beside the fields of an open model becomes its additional properties."""
    body = {"node-count": 2, "colour": "red"}
    assert list(unknown_fields(Open, body)) == []
    operation: Operation[Any] = Operation(id="any", method="POST", path="/", body=body, types={"body": Open})
    assert with_model_body(operation).body == Open(node_count=2, additional_properties={"colour": "red"})


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
