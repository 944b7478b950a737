"""Launches and scopes of both clients: the ids of their errors, their time limit, and what is too new to be found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    ConflictError,
    CreateSession,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    SessionState,
    WaitTimeoutError,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import Fault, ManualClock, Sandbox

from ..conftest import Face, Scripted, Turned

Make = Callable[..., Face]
STARTED = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": False}}
DONE = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": True}}
COMMAND = {"result": {"id": "scd_1", "session_id": "ses_1", "shell_command": "ls"}}
FINISHED = {"result": {**COMMAND["result"], "finished_at": "2026-01-01T00:00:00Z", "status_code": 0}}


def session(state: str = "Running", **fields: Any) -> dict[str, Any]:
    """A response with a session."""
    return {"result": {"id": "ses_1", "name": "nightly", "project_id": "prj_1", "state": state, **fields}}


def listed(*sessions: dict[str, Any]) -> dict[str, Any]:
    """A response with a page of sessions."""
    return {"results": [each["result"] for each in sessions]}


def asked(scripted: Scripted) -> list[str]:
    """The methods and paths that were requested."""
    return [each.line.removesuffix(" HTTP/1.1").replace("/v0/", "/") for each in scripted.asked]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


@pytest.fixture
def timed(face: Make, scripted: Scripted, turned: Turned) -> Face:
    """A client of a server whose answers the test gives."""
    return face(scripted.url, clock=turned.clock())


def test_failed_launch_has_the_ids_of_what_it_left(
    timed: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """An error that ends a launch after the creation has the ids of the session and of the start, if there is one."""
    scripted.json(session("Stopped"))
    scripted.json({}, 409)
    with pytest.raises(ConflictError) as raised:
        timed.launch_session(session_body)
    assert (raised.value.session_id, raised.value.operation_id) == ("ses_1", None)
    scripted.json(session("Stopped"))
    scripted.json(STARTED)
    scripted.json({}, 403)
    with pytest.raises(PermissionDeniedError) as denied:
        timed.launch_session(session_body)
    assert (denied.value.session_id, denied.value.operation_id) == ("ses_1", "sop_1")
    scripted.json(session("Stopped"))
    scripted.json(STARTED)
    for _ in range(2):
        scripted.json({}, 500)
    with pytest.raises(WaitTimeoutError) as late:
        timed.launch_session(session_body, timeout=0.5)
    assert (late.value.session_id, late.value.operation_id, late.value.session) == ("ses_1", "sop_1", None)


def test_interrupted_launch_names_the_session(timed: Face, scripted: Scripted, session_body: CreateSession) -> None:
    """An interruption of a launch arrives as it was raised, with a note that names the session."""
    interruption = KeyboardInterrupt("now")

    def interrupt(_: object) -> None:
        raise interruption

    scripted.json(session("Stopped"))
    scripted.json(STARTED)
    scripted.json(STARTED)
    with pytest.raises(KeyboardInterrupt) as raised:
        timed.launch_session(session_body, on_progress=interrupt)
    assert raised.value is interruption
    assert raised.value.__notes__ == ["session ses_1 was created and is left as it is"]


def test_failed_start_has_ids(client: Face, sandbox: Sandbox, session_body: CreateSession) -> None:
    """A start that fails has the ids of the operation and the session, which can be cleaned up with them."""
    sandbox.faults.add(Fault("status", operation="get_session_operation", status=403, times=1))
    with pytest.raises(PermissionDeniedError) as raised:
        client.launch_session(session_body)
    assert raised.value.session_id is not None
    client.terminate_session(raised.value.session_id)
    assert client.get_session_operation(raised.value.operation_id).session_id == raised.value.session_id


def test_timeout_bounds_a_whole_launch(timed: Face, scripted: Scripted, turned: Turned, session_body: Any) -> None:
    """A launch whose start is lost ends with its timeout, not with the deadline of a call."""
    scripted.json(session("Stopped"))
    scripted.raw(end="reset")
    for _ in range(30):
        scripted.json(session("Stopped"))
    began = turned.time_s
    with pytest.raises(OutcomeUnknownError) as raised:
        timed.launch_session(session_body, timeout=3.0)
    scripted.answers.clear()
    assert turned.time_s - began <= 3.0
    assert raised.value.session_id == "ses_1"


@pytest.mark.parametrize("flow", ["launch_session", "scope", "ensure_running"])
def test_start_is_not_sent_when_the_time_is_over(
    timed: Face, scripted: Scripted, turned: Turned, session_body: Any, flow: str
) -> None:
    """A flow whose creation takes all of its time starts nothing, and its error has the session's id."""

    def later(_: object) -> None:
        turned.time_s += 100.0

    timed.client._hooks = type(timed.client._hooks)(None, later, None)
    timed.client._has_hooks = True
    if flow == "ensure_running":
        scripted.json(listed(session("Stopped")))
        scripted.json(session("Stopped"))
    else:
        scripted.json(session("Stopped"))
    if flow == "scope":
        scripted.json(STARTED)

    def use() -> None:
        if flow == "scope":
            with timed.scope(session_body, timeout=50.0):
                pytest.fail("it is not entered")
        getattr(timed, flow)(session_body, timeout=50.0)

    with pytest.raises(WaitTimeoutError) as raised:
        use()
    assert raised.value.session_id == "ses_1"
    assert not any("/start" in line for line in asked(scripted))


def test_404_right_after_a_creation_does_not_end_a_launch(
    timed: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """A launch continues after a 404 for the start, the operation or the session shortly after the creation."""
    scripted.json(session("Stopped"))
    scripted.json({}, 404)
    scripted.json(STARTED)
    scripted.json({}, 404)
    scripted.json(DONE)
    scripted.json({}, 404)
    scripted.json(session())
    assert timed.launch_session(session_body).state == SessionState.RUNNING


def test_404_right_after_a_change_does_not_end_a_wait(timed: Face, scripted: Scripted, turned: Turned) -> None:
    """For 5 s after this client, or a copy of it, has changed a thing, a 404 does not end the wait for it."""
    scripted.json(STARTED)
    timed.start_session("ses_1")
    copy = Face(timed.client.with_options(timeout=5.0), timed._runner)
    scripted.json({}, 404)
    scripted.json(DONE)
    assert copy.wait_for_session_operation("sop_1").completed
    scripted.json({}, 404)
    scripted.json(session())
    assert copy.wait_for_session("ses_1").id == "ses_1"
    turned.time_s += 5.0
    for wait, thing in ((timed.wait_for_session, "ses_1"), (timed.wait_for_session_operation, "sop_1")):
        scripted.json({}, 404)
        with pytest.raises(NotFoundError):
            wait(thing)


def test_404_of_a_change_is_final(timed: Face, scripted: Scripted) -> None:
    """A change that is answered with 404 changed nothing, so that a later 404 ends a wait at once."""
    scripted.json({}, 404)
    with pytest.raises(NotFoundError):
        timed.start_session("ses_1")
    scripted.json({}, 404)
    with pytest.raises(NotFoundError):
        timed.wait_for_session("ses_1")


def test_404_for_a_new_command_does_not_end_its_wait(timed: Face, scripted: Scripted) -> None:
    """The first look at a new command may not find it."""
    scripted.json(COMMAND)
    scripted.json({}, 404)
    scripted.json(FINISHED)
    assert timed.run_command("ses_1", "ls").status_code == 0


def test_scope_terminates_a_session_that_is_not_found_at_first(
    timed: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """A scope that ends right after the creation tries again to terminate the session that the server does not find."""
    scripted.json(session("Stopped"))
    scripted.json({}, 403)
    scripted.json({}, 404)
    scripted.json(STARTED)
    with pytest.raises(PermissionDeniedError), timed.scope(session_body):
        pytest.fail("it is not entered")
    assert asked(scripted)[-2:] == ["POST /sessions/ses_1/terminate"] * 2


def test_lost_start_of_a_new_session_is_seen_after_a_404(timed: Face, scripted: Scripted) -> None:
    """A probe after a lost start is repeated after a 404, because the session can be new."""
    scripted.raw(end="reset")
    scripted.json({}, 404)
    scripted.json(session("StartingUp"))
    with pytest.raises(OutcomeUnknownError) as raised:
        timed.start_session("ses_1")
    assert raised.value.is_done
