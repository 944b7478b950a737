"""Tests for `cli/lifecycle.py`: starting, terminating and waiting."""

from __future__ import annotations

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions.client.base import ClientBase
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

from .conftest import Run
from .session_file_problems import APP_CONFIG


def test_start_and_terminate_can_be_repeated(run: Run, client: SessionsClient, session: Session) -> None:
    """`start` and `terminate` of a session that is already in the state show the session and end with code 0."""
    assert run("start", session.id, "-o", "name").out.startswith("sop_")
    client.wait_for_session(session.id, poll_interval=0.01)
    assert run("start", session.id, "--query", "state").out == "Running\n"
    assert run("start", session.id, "--wait", "--query", "state").out == "Running\n"
    assert run("terminate", session.id, "-o", "name").out.startswith("sop_")
    client.wait_for_session(session.id, "Terminated", poll_interval=0.01)
    assert run("terminate", session.id, "--query", "state").out == "Terminated\n"
    assert run("terminate", session.id, "--wait", "--query", "state").out == "Terminated\n"


def test_wait_is_for_running_or_another_state(run: Run, session: Session) -> None:
    """`wait` waits until the session is Running, or in the state of `--for`."""
    run("start", session.id)
    assert run("wait", session.id, "--query", "state").out == "Running\n"
    run("terminate", session.id)
    assert run("wait", session.id, "--for", "Terminated", "--query", "state").out == "Terminated\n"


def test_unreachable_state_names_the_last_event(run: Run, session: Session) -> None:
    """A wait for a state that cannot be reached ends at once with code 5, the last state and the last event."""
    ended = run("wait", session.id, "-o", "json")
    assert ended.code == 5
    assert (ended.error["type"], ended.error["last_state"]) == ("UnreachableStateError", "Stopped")
    assert ended.error["session_id"] == session.id
    assert "Last event: The session was created." in ended.error["message"]


@pytest.mark.parametrize("state", ["runing", "", "Running\u0301"])
def test_unknown_state_is_refused(run: Run, session: Session, state: str) -> None:
    """A state that is not known is refused with code 2."""
    assert run("wait", session.id, "--for", state).code == 2


@pytest.mark.usefixtures("token_for_any_host")
def test_wait_that_times_out_has_the_last_state_and_the_last_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that times out reports the target, the last state and the last error."""
    with serve(clock=ManualClock()) as frozen:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", frozen.token)
        monkeypatch.setattr(ClientBase, "clock", client_clock(frozen.clock))
        with SessionsClient(frozen.token, host=frozen.url) as client:
            session = client.create_session(APP_CONFIG)
            client.start_session(session.id)
        _fail_reads_after_the_first(frozen)
        ended = run("wait", session.id, "--host", frozen.url, "--timeout", "5s", "-o", "json")
    assert (ended.code, ended.error["type"]) == (5, "WaitTimeoutError")
    assert f"waiting for session {session.id} to be Running" in ended.error["message"]
    assert ended.error["last_state"] in {"AwaitingStartup", "StartingUp"}
    assert "503" in ended.error["last_error"]
    assert f"Last error: {ended.error['last_error']}" in ended.error["message"]


def _fail_reads_after_the_first(sandbox: Sandbox) -> None:
    from anyscale_sessions_sandbox import Fault

    sandbox.faults.add(Fault("status", status=503, operation="get_session", nth=2, times=None))
