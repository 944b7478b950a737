"""Enums are open: a value that the spec does not name becomes a member that keeps it."""

from __future__ import annotations

import copy
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_api import models
from anyscale_sessions_api.models import Session, SessionEvent, SessionEventTypes, SessionState
from anyscale_sessions_api.types import OpenEnum

ENUMS: list[type[OpenEnum]] = [
    kind for name in models.__all__ if issubclass(kind := getattr(models, name), OpenEnum)
]  # fmt: skip

of_every_enum = pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
texts = st.text(st.characters(codec="utf-8"))


@of_every_enum
def test_members_are_the_specs(spec: dict[str, Any], enum: type[OpenEnum]) -> None:
    """The known members are the spec's values, in its order, each a string that says it is known."""
    assert [member.value for member in enum] == spec["components"]["schemas"][enum.__name__]["enum"]
    for member in enum:
        assert issubclass(enum, StrEnum)
        assert member == member.value == str(member)
        assert member.is_known
        assert enum(member.value) is enum(str(member)) is enum[member.name] is member


@of_every_enum
@given(value=texts)
def test_any_text_is_a_member(enum: type[OpenEnum], value: str) -> None:
    """Any text makes a member that equals it, hashes like it, shows it, and survives copy and pickle."""
    member = enum(value)
    assert isinstance(member, enum)
    assert member == value
    assert value == member
    assert hash(member) == hash(value)
    assert str(member) == f"{member}" == member.value == value
    assert {value: 1}[member] == {member: 1}[value] == 1
    assert json.loads(json.dumps(member)) == value
    assert enum(member) == member
    for again in (copy.copy(member), copy.deepcopy(member), *map(pickle.loads, map(pickle.dumps, [member] * 2))):
        assert again == member
        assert type(again) is enum
        assert again.is_known is member.is_known
    assert member.is_known is (value in [known.value for known in enum])


@of_every_enum
def test_known_members_are_one(enum: type[OpenEnum]) -> None:
    """A known member stays the same object through copy, deepcopy and every pickle protocol."""
    for member in enum:
        assert copy.copy(member) is copy.deepcopy(member) is member
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(member, protocol)) is member


def test_unknown_member_says_what_it_is() -> None:
    """An unknown member shows its class and value, is named by its value, and is not known."""
    member = SessionState("NotInTheSpec")
    assert repr(member) == "<SessionState.NotInTheSpec: 'NotInTheSpec'>"
    assert (member.name, member.value, member.is_known) == ("NotInTheSpec", "NotInTheSpec", False)


def test_unknown_members_leave_the_enum_as_it_is() -> None:
    """Making an unknown member adds nothing to the enum: not when iterated, counted, or looked up by name."""
    before = list(SessionState)
    SessionState("NotInTheSpec")
    assert list(SessionState) == before
    assert "NotInTheSpec" not in SessionState.__members__
    assert not SessionState("NotInTheSpec").is_known


@pytest.mark.parametrize("value", [None, 5, 1.5, b"Running", ["Running"], {}])
def test_what_is_no_text_is_no_member(value: object) -> None:
    """Only text makes a member."""
    with pytest.raises(ValueError, match="is not a valid SessionState"):
        SessionState(value)  # type: ignore[arg-type]


def test_wrong_case_is_another_value() -> None:
    """A value in another case is not the known one."""
    assert SessionState("running") != SessionState.RUNNING
    assert not SessionState("running").is_known


def test_responses_keep_unknown_values() -> None:
    """A response with a value that this client does not know is read, and given back as it came."""
    data = {"id": "ses_1", "state": "NotInTheSpec", "pending_state": "Running"}
    for session in (Session.from_dict(data), Session.from_json(json.dumps(data).encode())):
        assert session.state == "NotInTheSpec"
        assert isinstance(session.state, SessionState)
        assert not session.state.is_known
        assert session.pending_state is SessionState.RUNNING
        assert session.to_dict()["state"] == "NotInTheSpec"
        assert b'"state":"NotInTheSpec"' in session.to_json()
        assert pickle.loads(pickle.dumps(session)) == session == copy.deepcopy(session)


def test_unknown_members_can_be_made_in_many_threads() -> None:
    """Threads that read the same unknown value at once all get a whole member."""
    data = [json.dumps({"id": "e", "event_type": f"kind-{number % 7}"}).encode() for number in range(700)]
    with ThreadPoolExecutor(8) as threads:
        events = list(threads.map(SessionEvent.from_json, data))
    for number, event in enumerate(events):
        assert event.event_type == SessionEventTypes(f"kind-{number % 7}")
        assert event.event_type.value == event.event_type.name == f"kind-{number % 7}"
