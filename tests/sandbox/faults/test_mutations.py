"""Faults in response bodies."""

from __future__ import annotations

import pytest

from anyscale_sessions import (
    SessionsClient,
)
from anyscale_sessions_sandbox import Sandbox

from .conftest import BODY, PHASES, ask_plainly


@pytest.mark.parametrize("phase", PHASES)
def test_an_unknown_enum_value_is_read(sandbox: Sandbox, client: SessionsClient, phase: str) -> None:
    """The client accepts an unknown enum value."""
    session = client.create_session(BODY)
    sandbox.faults.add("unknown_enum", phase=phase, operation="get_session", field="state", value="NotInTheSpec")
    state = client.get_session(session.id).state
    assert (state.value, state.is_known) == ("NotInTheSpec", False)
    sandbox.faults.add("unknown_enum", operation="list_sessions")
    [listed] = client.list_sessions("prj_1")
    assert listed.state.value == "SomethingNew"
    sandbox.faults.assert_all_used()


@pytest.mark.parametrize("phase", PHASES)
def test_an_extra_field_is_passed_over(sandbox: Sandbox, client: SessionsClient, phase: str) -> None:
    """The client ignores an extra field and shows it in the raw response."""
    session = client.create_session(BODY)
    sandbox.faults.add("extra_field", phase=phase, operation="get_session", field="mood", value={"a": [1]})
    assert client.get_session(session.id) == session
    sandbox.faults.add("extra_field", operation="list_sessions")
    response = ask_plainly(sandbox)
    assert response.json()["results"] == []
    assert response.json()["metadata"]["added_by_the_sandbox"] == "SomethingNew"
