"""Tests for `cli/operations.py`: showing operations and waiting for them."""

from __future__ import annotations

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions_sandbox import Sandbox, TransitionRule

from .conftest import Run


def test_operation_is_shown(run: Run, client: SessionsClient, session: Session) -> None:
    """`operation get` shows an operation, and `operation wait` shows it when it is completed."""
    operation = client.start_session(session.id)
    assert run("operation", "get", operation.id, "-o", "json").result["session_id"] == session.id
    assert run("operation", "wait", operation.id, "--query", "completed").out == "true\n"


def test_failed_operation_ends_with_code_5(run: Run, client: SessionsClient, server: Sandbox, session: Session) -> None:
    """`operation wait` ends with code 5 if the operation failed, and says why."""
    server.transition_rules.add(
        TransitionRule("StartingUp", after_s=0, to_state="StartupErrored", message="no machines left")
    )
    operation = client.start_session(session.id)
    ended = run("operation", "wait", operation.id, "-o", "json")
    assert (ended.code, ended.error["type"]) == (5, "OperationFailedError")
    assert "no machines left" in ended.error["message"]
    assert (ended.error["session_id"], ended.error["operation_id"]) == (session.id, operation.id)


@pytest.mark.parametrize("verb", ["get", "wait"])
def test_missing_operation_is_refused(run: Run, verb: str) -> None:
    """An operation that does not exist ends with code 3 and its id."""
    ended = run("operation", verb, "sop_none", "-o", "json")
    assert (ended.code, ended.error["operation_id"]) == (3, "sop_none")
