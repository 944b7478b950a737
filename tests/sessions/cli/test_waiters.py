"""Tests for `cli/waiters.py`: starting and terminating once, waiting with progress and a timeout."""

from __future__ import annotations

import signal

import pytest

from anyscale_sessions import (
    ConflictError,
    OutcomeUnknownError,
    Session,
    SessionOperation,
    SessionsClient,
    SessionState,
)
from anyscale_sessions.cli.waiters import MIN_WAIT_S, SessionWaiter, start_once, terminate_once
from anyscale_sessions_sandbox import Sandbox, Timings, serve

from .conftest import APP_CONFIG_EXAMPLE, PATIENCE_S, raise_, started

POLL_INTERVAL_S = 0.01
TIMEOUT_S = 30.0


def waiter_of(client: SessionsClient, lines: list[str], timeout_s: float = TIMEOUT_S) -> SessionWaiter:
    """Return a waiter that appends its progress to a list."""
    return SessionWaiter(client, lines.append, timeout_s, POLL_INTERVAL_S)


def test_start_returns_the_running_session_and_reports_progress(client: SessionsClient, session: Session) -> None:
    """`start` returns the session when it is Running, and says what it waits for and what it saw last."""
    lines: list[str] = []
    running = waiter_of(client, lines).start(session.id)
    assert running.state == SessionState.RUNNING
    assert lines[0] == f"waiting for session {session.id} to be Running"
    assert lines[-1] == f"waiting for session {session.id} to be Running; last seen: Running"


def test_progress_of_an_operation_has_its_message(client: SessionsClient, session: Session) -> None:
    """The progress of an operation has the step that it has reached, as the server says it."""
    operation = client.start_session(session.id)
    lines: list[str] = []
    completed = waiter_of(client, lines).wait_for_operation(operation.id)
    assert completed.completed
    assert lines[-1].startswith(f"waiting for operation {operation.id} to be completed; last seen: start")


def test_message_of_an_operation_in_progress_is_reported(
    client: SessionsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation that is in progress is reported with its message."""
    lines: list[str] = []
    operation = SessionOperation.from_dict(
        {"id": "sop_1", "session_operation_type": "start", "progress": {"message": "Starting machines."}}
    )
    monkeypatch.setattr(client, "wait_for_session_operation", lambda *arguments: arguments[3](operation))
    waiter_of(client, lines).wait_for_operation("sop_1")
    assert lines[-1] == "waiting for operation sop_1 to be completed; last seen: start: Starting machines."


def test_terminate_returns_the_terminated_session(client: SessionsClient, session: Session) -> None:
    """`terminate` returns the session when it is Terminated."""
    waiter = waiter_of(client, [])
    waiter.start(session.id)
    assert waiter.terminate(session.id).state == SessionState.TERMINATED


def test_start_of_a_running_session_returns_it(client: SessionsClient, session: Session) -> None:
    """A second start returns the session, because it already runs or is on its way to that."""
    assert isinstance(start_once(client, session.id), SessionOperation)
    client.wait_for_session(session.id, poll_interval=POLL_INTERVAL_S)
    again = start_once(client, session.id)
    assert isinstance(again, Session)
    assert again.state == SessionState.RUNNING


def test_second_start_joins_the_wait_for_the_first(server: Sandbox, client: SessionsClient, session: Session) -> None:
    """`start` with a wait joins a start in progress, and so does `terminate`."""
    client.start_session(session.id)
    assert waiter_of(client, []).start(session.id).state == SessionState.RUNNING
    client.terminate_session(session.id)
    assert waiter_of(client, []).terminate(session.id).state == SessionState.TERMINATED
    assert server.journal.count("start_session") == 2


def test_start_of_a_terminating_session_is_refused() -> None:
    """A session that is being terminated cannot be started, and one that was never started can be terminated once."""
    with serve(timings=Timings(terminate_s=3600.0)) as slow, SessionsClient(slow.token, host=slow.url) as client:
        slow.seed(
            {"sessions": [{"id": "ses_1", "name": "a", "project_id": "p", "cloud_id": "c", "cluster_config": "x: 1"}]}
        )
        assert isinstance(terminate_once(client, "ses_1"), SessionOperation)
        assert isinstance(terminate_once(client, "ses_1"), Session)
        with pytest.raises(ConflictError):
            start_once(client, "ses_1")


def test_termination_that_a_state_does_not_allow_is_refused(client: SessionsClient, session: Session) -> None:
    """A termination that the server refuses is an error, if the session is not on its way to that state."""
    refused = ConflictError("409")
    client.start_session(session.id)
    client.wait_for_session(session.id, poll_interval=POLL_INTERVAL_S)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "terminate_session", lambda _: raise_(refused))
        with pytest.raises(ConflictError):
            terminate_once(client, session.id)


@pytest.mark.parametrize("is_done", [True, None])
def test_termination_whose_response_was_lost(
    client: SessionsClient, session: Session, monkeypatch: pytest.MonkeyPatch, is_done: bool | None
) -> None:
    """A termination whose response was lost is no error if the client saw that it was done."""
    error = OutcomeUnknownError("lost")
    error.is_done = is_done
    monkeypatch.setattr(client, "terminate_session", lambda _: raise_(error))
    if is_done:
        assert terminate_once(client, session.id) == client.get_session(session.id)
    else:
        with pytest.raises(OutcomeUnknownError):
            terminate_once(client, session.id)


def test_wait_is_for_any_state(client: SessionsClient, session: Session) -> None:
    """`wait` returns the session as soon as it is in the state."""
    assert waiter_of(client, []).wait(session.id, SessionState.STOPPED).id == session.id


def test_second_wait_has_the_minimum_time_left(
    client: SessionsClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the operation takes the whole timeout, the wait for the session still has the minimum time."""
    timeouts: list[float] = []
    wait_for_session = client.wait_for_session

    def record_timeout(session_id: str, until: SessionState, timeout: float, *_: object) -> Session:
        timeouts.append(timeout)
        return wait_for_session(session_id, until, timeout, POLL_INTERVAL_S)

    monkeypatch.setattr(client, "wait_for_session", record_timeout)
    monkeypatch.setattr(client, "wait_for_session_operation", lambda *_: None)
    assert waiter_of(client, [], 0.001).start(session.id).state == SessionState.RUNNING
    assert timeouts == [MIN_WAIT_S]


@pytest.mark.parametrize(("timeout_s", "deadline_s"), [(0.5, MIN_WAIT_S), (3.0, 3.0), (900.0, 60.0)])
@pytest.mark.parametrize("name", ["start", "terminate"])
def test_timeout_bounds_the_request_too(
    client: SessionsClient,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    timeout_s: float,
    deadline_s: float,
) -> None:
    """The timeout of a command bounds its start or termination too, not only the wait."""
    deadlines: list[float] = []
    with_options = client.with_options

    def record(**options: float) -> SessionsClient:
        deadlines.append(options["deadline"])
        return with_options(deadline=30.0)

    monkeypatch.setattr(client, "with_options", record)
    waiter = waiter_of(client, [], timeout_s)
    monkeypatch.setattr(waiter.client, "wait_for_session_operation", lambda *_: None)
    monkeypatch.setattr(waiter.client, "wait_for_session", lambda *_: session)
    getattr(waiter, name)(session.id)
    assert deadlines == [deadline_s]


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.usefixtures("environment")
def test_ctrl_c_during_a_wait_names_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during a wait ends with code 130 and names the session, which still exists."""
    with serve(timings=Timings(start_s=3600.0)) as slow:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", slow.token)
        arguments = ["--host", slow.url, "create", "-f", str(APP_CONFIG_EXAMPLE), "--wait"]
        with started(*arguments) as process:
            assert process.stderr
            while "Launching" not in process.stderr.readline():
                pass
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=PATIENCE_S)
            assert (process.returncode, out) == (130, "")
    assert "Error: interrupted\n" in error
    assert "was created" in error
    assert "Traceback" not in error
