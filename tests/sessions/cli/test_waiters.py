"""Tests for `cli/waiters.py`: starting and terminating with progress and a timeout."""

from __future__ import annotations

import signal

import pytest

from anyscale_sessions import Session, SessionsClient, SessionState
from anyscale_sessions.cli.output import TextOutput
from anyscale_sessions.cli.waiters import MIN_WAIT_S, SessionWaiter
from anyscale_sessions_sandbox import Timings, serve

from .conftest import APP_CONFIG_EXAMPLE, PATIENCE_S, started

POLL_INTERVAL_S = 0.01
TIMEOUT_S = 30.0


def test_start_returns_the_running_session_and_reports_progress(
    client: SessionsClient, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """`start` returns the session when it is Running, and reports each state with the session's id."""
    running = SessionWaiter(client, TextOutput(), TIMEOUT_S, POLL_INTERVAL_S).start(session.id)
    assert running.state == SessionState.RUNNING
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == f"session {session.id}: Running"
    assert all(line.startswith(f"session {session.id}: ") for line in lines)


def test_terminate_returns_the_terminated_session(client: SessionsClient, session: Session) -> None:
    """`terminate` returns the session when it is Terminated."""
    waiter = SessionWaiter(client, TextOutput(), TIMEOUT_S, POLL_INTERVAL_S)
    waiter.start(session.id)
    assert waiter.terminate(session.id).state == SessionState.TERMINATED


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
    assert SessionWaiter(client, TextOutput(), 0.001, POLL_INTERVAL_S).start(session.id).state == SessionState.RUNNING
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
    waiter = SessionWaiter(client, TextOutput(), timeout_s, POLL_INTERVAL_S)
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
            assert "Launching" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=PATIENCE_S)
            assert (process.returncode, out) == (130, "")
    assert "Error: interrupted\n" in error
    assert "was created" in error
    assert "Traceback" not in error
