"""One item on its own session, which is adopted or created, started, used and terminated."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    InternalFieldWarning,
    InvalidRequestError,
    InvalidSessionError,
    NotFoundError,
    OperationFailedError,
    PermissionDeniedError,
    RateLimitError,
    Session,
    SessionsClient,
    SessionState,
    UnreachableStateError,
    WaitTimeoutError,
)
from anyscale_sessions.fleet import Fleet
from anyscale_sessions.fleet.names import SessionName, deadline_after
from anyscale_sessions_sandbox import Fault, ManualClock, Sandbox

from .conftest import PROJECT, Face, add_rule, body, live


def leave(client: SessionsClient, fleet: Fleet, key: str = "k1", *, lifetime: timedelta | None = None) -> Session:
    """A session that a crashed worker has left for a key, not started."""
    left = body()
    left.name = str(SessionName(fleet.name, key, deadline_after(client.clock.now(), lifetime or fleet.lifetime)))
    return client.create_session(left)


def test_an_item_gets_a_running_session_which_is_terminated(
    face: Face, fleet: Fleet, sessions_client: SessionsClient
) -> None:
    """A session is created with the fleet's name and idle timeout, is started, and is terminated after the work."""

    def work(session: Session) -> tuple[Any, ...]:
        name = SessionName.parse(session.name)
        assert name is not None
        return name.fleet, name.key, session.state, session.idle_timeout

    assert face.run_one(fleet, "k1", work) == (fleet.name, "k1", SessionState.RUNNING, 15)
    [session] = sessions_client.list_sessions(PROJECT)
    assert session.state in (SessionState.TERMINATING, SessionState.TERMINATED)


def test_the_body_is_made_for_the_key_and_is_not_changed(face: Face, fleet: Fleet) -> None:
    """`body` is called with the key, and the session that it returns keeps its name."""
    made: dict[str, CreateSession] = {}

    def make(key: str) -> CreateSession:
        made[key] = body()
        return made[key]

    face.run_one(fleet, "k1", lambda session: session.id, make)
    assert (made["k1"].name, made["k1"].idle_timeout) == ("any", 120)


def test_a_session_that_was_left_running_is_adopted(face: Face, fleet: Fleet, sessions_client: SessionsClient) -> None:
    """A running session of the key is adopted, and no session is created or started."""
    left = leave(sessions_client, fleet)
    sessions_client.start_session(left.id)
    sessions_client.wait_for_session(left.id)
    assert face.run_one(fleet, "k1", lambda session: session.id) == left.id
    assert live(sessions_client) == []
    assert len(list(sessions_client.list_sessions(PROJECT))) == 1


def test_a_session_that_was_left_stopped_is_started(face: Face, fleet: Fleet, sessions_client: SessionsClient) -> None:
    """A session of the key that was created and not started is adopted and started."""
    left = leave(sessions_client, fleet)
    assert face.run_one(fleet, "k1", lambda session: (session.id, session.state)) == (left.id, SessionState.RUNNING)


def test_a_session_that_was_left_starting_is_waited_for(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A session of the key whose start is in progress is adopted and not started again."""
    left = leave(sessions_client, fleet)
    sessions_client.start_session(left.id)
    assert face.run_one(fleet, "k1", lambda session: session.id) == left.id
    sandbox.journal.assert_called("start_session", times=1)


def test_the_oldest_of_several_is_adopted_and_the_others_are_terminated(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox_clock: ManualClock
) -> None:
    """Of several sessions of a key the oldest is adopted, and no other one is alive when the work begins."""
    oldest = leave(sessions_client, fleet)
    sandbox_clock.advance(seconds=1)
    leave(sessions_client, fleet)
    other = leave(sessions_client, fleet, "k2")

    def work(session: Session) -> list[str]:
        assert session.id == oldest.id
        return sorted(left.id for left in live(sessions_client))

    assert face.run_one(fleet, "k1", work) == sorted([oldest.id, other.id])


def test_a_session_past_its_deadline_is_terminated_and_not_adopted(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox_clock: ManualClock
) -> None:
    """A session of the key whose lifetime has ended is terminated before another is created."""
    left = leave(sessions_client, fleet, lifetime=timedelta(minutes=1))
    sandbox_clock.advance(minutes=1)
    assert face.run_one(fleet, "k1", lambda session: session.id) != left.id
    assert live(sessions_client) == []


def test_the_name_of_a_session_that_has_ended_is_not_used_again(
    face: Face, fleet: Fleet, sessions_client: SessionsClient
) -> None:
    """If a session that has ended has the name that a run would use, the run uses the name of the next second."""
    left = leave(sessions_client, fleet)
    sessions_client.terminate_session(left.id)
    session = face.run_one(fleet, "k1", lambda session: session)
    assert session.id != left.id
    assert int(session.name.split("--")[2], 36) == int(left.name.split("--")[2], 36) + 1


def test_what_work_raises_is_raised_and_the_session_is_terminated(
    face: Face, fleet: Fleet, sessions_client: SessionsClient
) -> None:
    """An exception of `work` is raised unchanged after the session was terminated."""

    def work(_session: Session) -> None:
        raise LookupError("no such data")

    with pytest.raises(LookupError, match="no such data"):
        face.run_one(fleet, "k1", work)
    assert live(sessions_client) == []


def test_a_session_that_fails_to_start_is_terminated(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A start that fails is raised with its reason, and the session is terminated."""
    add_rule(sandbox, "StartingUp", "StartupErrored", after_s=1, message="no capacity")
    with pytest.raises(OperationFailedError, match="no capacity"):
        face.run_one(fleet, "k1", lambda session: session.id)
    assert live(sessions_client) == []


def test_a_session_whose_start_failed_earlier_is_not_adopted(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A session of the key that is StartupErrored is terminated, and another is created."""
    add_rule(sandbox, "StartingUp", "StartupErrored", after_s=1, times=1)
    left = leave(sessions_client, fleet)
    with pytest.raises(OperationFailedError):
        sessions_client.wait_for_session_operation(sessions_client.start_session(left.id).id)
    assert face.run_one(fleet, "k1", lambda session: session.id) != left.id
    assert live(sessions_client) == []


def test_a_session_that_starts_for_ever_is_given_up_at_its_deadline(
    face: Face, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """Waiting for a session that never runs ends with the session's lifetime, and the session is terminated."""
    fleet = Fleet(f"slow-{face.is_async}".lower(), PROJECT, lifetime=timedelta(minutes=5), idle_timeout=15)
    add_rule(sandbox, "StartingUp")
    with pytest.raises(WaitTimeoutError):
        face.run_one(fleet, "k1", lambda session: session.id)
    assert live(sessions_client) == []


def test_a_session_that_is_lost_while_it_starts_is_an_error(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A session that terminates by itself while it starts fails the item."""
    add_rule(sandbox, "StartingUp", "Terminated", after_s=1)
    with pytest.raises((OperationFailedError, UnreachableStateError)):
        face.run_one(fleet, "k1", lambda session: session.id)
    assert live(sessions_client) == []


def test_a_start_that_another_worker_has_made_meanwhile_is_waited_for(
    face: Face, fleet: Fleet, sandbox: Sandbox
) -> None:
    """If the start is refused because the session is already starting, the run waits for it."""
    sandbox.faults.add(Fault("status", phase="after", operation="start_session", status=409))
    assert face.run_one(fleet, "k1", lambda session: session.state) == SessionState.RUNNING


@pytest.mark.parametrize("operation", ["search_sessions", "create_session", "start_session", "terminate_session"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_lost_response_makes_no_second_session(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox, operation: str, phase: str
) -> None:
    """If a response is lost, the item is done or fails with an error, and a sweep leaves no session alive."""
    sandbox.faults.add(Fault("reset", phase=phase, operation=operation))
    most = 0

    def work(_session: Session) -> str:
        nonlocal most
        most = max(most, len(live(sessions_client)))
        return "done"

    try:
        assert face.run_one(fleet, "k1", work) == "done"
        assert most == 1
    except Exception:  # noqa: BLE001 - a typed error is as good
        assert (operation, phase) in {("create_session", "before"), ("start_session", "before")}
    face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False)
    assert live(sessions_client) == []


def test_a_storm_of_429_is_waited_out(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """Throttled calls are repeated after the time in the response, and the item is done."""
    for operation in ("search_sessions", "create_session", "start_session", "terminate_session"):
        sandbox.faults.add(Fault("throttle", operation=operation, retry_after=2))
    assert face.run_one(fleet, "k1", lambda session: session.state) == SessionState.RUNNING
    assert live(sessions_client) == []


def test_an_endless_storm_of_429_is_an_error(face: Face, fleet: Fleet, sandbox: Sandbox) -> None:
    """If throttling does not end, the item fails with the error of the call."""
    sandbox.faults.add(Fault("status", operation="create_session", status=429, times=None))
    with pytest.raises(RateLimitError):
        face.run_one(fleet, "k1", lambda session: session.id)


def test_a_termination_that_fails_is_logged_and_does_not_cost_the_value(
    face: Face, fleet: Fleet, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """If the session cannot be terminated, the value of `work` is returned, and the log names the session."""
    sandbox.faults.add(Fault("status", operation="terminate_session", status=403, times=None))
    with caplog.at_level(logging.WARNING, "anyscale_sessions"):
        session = face.run_one(fleet, "k1", lambda session: session)
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        f"session {session.id} was not terminated: {PermissionDeniedError.__name__}"
    ]


def test_a_surplus_session_that_cannot_be_terminated_is_an_error(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox, sandbox_clock: ManualClock
) -> None:
    """No second session of a key is created while one past its deadline cannot be terminated."""
    leave(sessions_client, fleet, lifetime=timedelta(minutes=1))
    sandbox_clock.advance(minutes=1)
    sandbox.faults.add(Fault("status", operation="terminate_session", status=403, times=None))
    with pytest.raises(PermissionDeniedError):
        face.run_one(fleet, "k1", lambda session: session.id)
    assert len(list(sessions_client.list_sessions(PROJECT))) == 1


@pytest.mark.parametrize("operation", ["start_session", "terminate_session"])
def test_a_404_about_a_new_session_is_not_final(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox, operation: str
) -> None:
    """A 404 about a session that was just created is retried, and the session is terminated."""
    sandbox.faults.add(Fault("status", operation=operation, status=404, times=2))
    assert face.run_one(fleet, "k1", lambda session: session.state) == SessionState.RUNNING
    assert live(sessions_client) == []


def test_a_session_that_was_deleted_while_it_was_new_is_an_error(face: Face, fleet: Fleet, sandbox: Sandbox) -> None:
    """If a start is answered with 404 for more than 5 s, the item fails with that error."""
    sandbox.faults.add(Fault("status", operation="start_session", status=404, times=None))
    with pytest.raises(NotFoundError) as caught:
        face.run_one(fleet, "k1", lambda session: session.id)
    assert caught.value.session_id is not None
    assert 5 <= sandbox.journal.count("start_session") <= 7


def test_a_termination_without_an_answer_is_logged(
    async_sessions_client: AsyncSessionsClient,
    fleet: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An asynchronous run stops waiting for a termination that takes too long, and the log names the session."""
    monkeypatch.setattr("anyscale_sessions.fleet.unit.END_TIMEOUT_S", 0.0)

    async def work(session: Session) -> str:
        return session.id

    async def main() -> str:
        async with async_sessions_client as client:
            return await fleet.run_one_async(client, "k1", body, work)

    with caplog.at_level(logging.WARNING, "anyscale_sessions"):
        session_id = asyncio.run(main())
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        f"session {session_id} was not terminated: no answer within 0 s"
    ]


@pytest.mark.parametrize("key", ["", "K1", "a--b", "k_1", "a" * 60, None, 1])
def test_a_key_that_breaks_its_rule_is_refused_before_anything_is_sent(
    face: Face, fleet: Fleet, sandbox: Sandbox, key: Any
) -> None:
    """A key outside the alphabet or the length is refused, and nothing is sent."""
    with pytest.raises(InvalidRequestError, match="key"):
        face.run_one(fleet, key, lambda session: session.id)
    assert sandbox.journal.count() == 0


def test_a_body_of_another_project_is_refused_before_anything_is_sent(
    face: Face, fleet: Fleet, sandbox: Sandbox
) -> None:
    """A body with another project than the fleet's, or that is not a session, is refused, and nothing is sent."""

    def other(_key: str) -> CreateSession:
        session = body()
        session.project_id = "prj_2"
        return session

    with pytest.raises(InvalidRequestError, match="project_id"):
        face.run_one(fleet, "k1", lambda session: session.id, other)
    with pytest.raises(InvalidSessionError):
        face.run_one(fleet, "k1", lambda session: session.id, lambda _key: None)
    assert sandbox.journal.count() == 0


def test_a_body_warns_once(face: Face, fleet: Fleet) -> None:
    """A warning about a field of the body is shown once, when the body is made."""

    def warning(_key: str) -> CreateSession:
        with pytest.warns(InternalFieldWarning):
            return CreateSession(
                name="a", project_id=PROJECT, uses_app_config=True, build_id="b", compute_template_id="c", ha_job_id="h"
            )

    face.run_one(fleet, "k1", lambda session: session.id, warning)
