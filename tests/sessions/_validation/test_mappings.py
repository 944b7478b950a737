"""Mappings in the place of models."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any

import attrs
import pytest

from anyscale_sessions import Session, SessionsQuery, SessionStateData, TextQuery, UpdateSession
from anyscale_sessions._sansio.request import with_model_body
from anyscale_sessions._validation.mappings import (
    nested_types,
    unknown_fields,
    unknown_fields_of,
    without_models,
)
from anyscale_sessions_api.types import Model, Operation, TaggedUnion, WireRules


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


class Either(TaggedUnion):
    """A tagged union, as another spec can have it."""

    tag = "kind"
    members = ((("text",), "TextQuery"), (("open",), "Open"))
    fallback = None
    other = None


MISSPELT = {"equls": "x"}


@pytest.mark.parametrize(
    ("kind", "value", "fields"),
    [
        (list[TextQuery], [MISSPELT, TextQuery()], ["body.equls"]),
        (dict[str, TextQuery], {"a key": MISSPELT}, ["body.equls"]),
        (dict[str, list[TextQuery | None]] | None, {"k": [None, MISSPELT]}, ["body.equls"]),
        (Annotated[list[TextQuery], "rule"], (MISSPELT,), ["body.equls"]),
        (str | TextQuery, MISSPELT, ["body.equls"]),
        (str | list[str], MISSPELT, []),
        (Either, {"kind": "text", "equls": "x"}, ["body.kind", "body.equls"]),
        (Either, {"kind": "open", "anything": "x"}, []),
        (Either, {"kind": "other", "anything": "x"}, []),
        (SessionsQuery, SessionsQuery(name=MISSPELT), ["body.equls"]),  # type: ignore[arg-type]
    ],
)
def test_unknown_fields_are_found_wherever_a_type_has_models(kind: Any, value: Any, fields: list[str]) -> None:
    """A mapping is compared with the model of its place: in lists, in the values of maps, in unions and in models."""
    assert [problem.field for problem in unknown_fields_of(kind, value, "body.")] == fields


def test_fields_that_hold_models_are_known() -> None:
    """The fields that can hold models are those whose type has one, at any depth."""
    assert set(nested_types(SessionsQuery)) == {"name", "paging"}
    assert nested_types(Session)["state_data"] == SessionStateData | None
    assert nested_types(UpdateSession) == {}
