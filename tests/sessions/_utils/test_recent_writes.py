"""Waits right after a start or a termination, and waits that are given up."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import CreateSession, SessionState, UnreachableStateError
from anyscale_sessions._utils.locks import ProcessLock
from anyscale_sessions._utils.recent_writes import MAX_IDS_REMEMBERED, STALE_S, RecentWrites

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]


def session(state: str) -> dict[str, Any]:
    """A session as it is read."""
    return {"result": {"id": "ses_1", "name": "a", "state": state}}


OPERATION = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": False}}


def test_old_state_right_after_a_start_does_not_end_a_wait(face: Make, scripted: Scripted, turned: Turned) -> None:
    """An old error state right after a start by the same client or a copy does not end `wait_for_session`."""
    client = face(scripted.url, clock=turned.clock())
    scripted.json(OPERATION)
    client.done(client.client.with_options(timeout=5.0).start_session("ses_1"))
    for state in ("StartupErrored", "StartupErrored", "StartingUp", "Running"):
        scripted.json(session(state))
    assert client.wait_for_session("ses_1").state == SessionState.RUNNING


def test_old_state_right_after_a_termination_does_not_end_a_wait(
    face: Make, scripted: Scripted, turned: Turned
) -> None:
    """An old error state right after a termination does not end `wait_for_session`."""
    client = face(scripted.url, clock=turned.clock())
    scripted.json(OPERATION)
    client.terminate_session("ses_1")
    for state in ("StartupErrored", "Terminating", "Terminated"):
        scripted.json(session(state))
    assert client.wait_for_session("ses_1", SessionState.TERMINATED).state == SessionState.TERMINATED


def test_stable_state_ends_a_wait_a_while_after_a_start(face: Make, scripted: Scripted, turned: Turned) -> None:
    """A stable state ends a wait a few seconds after a start, and at once for other sessions."""
    client = face(scripted.url, clock=turned.clock())
    scripted.json({"result": {"id": "sop_1", "session_id": "ses_2", "completed": False}})
    client.start_session("ses_2")
    scripted.json(session("StartupErrored"))
    scripted.json({"results": []})
    with pytest.raises(UnreachableStateError):
        client.wait_for_session("ses_1")
    assert turned.slept == []
    scripted.json(OPERATION)
    client.start_session("ses_1")
    turned.time_s += STALE_S
    scripted.json(session("StartupErrored"))
    scripted.json({"results": []})
    with pytest.raises(UnreachableStateError):
        client.wait_for_session("ses_1")
    assert turned.slept == []


def test_the_oldest_writes_are_forgotten() -> None:
    """The sessions that were changed longest ago are forgotten."""
    lately = RecentWrites(ProcessLock())
    for number in range(MAX_IDS_REMEMBERED + 1):
        lately.add(str(number), 5.0)
    lately.add("1", 6.0)
    assert lately.fresh_after("0") == float("-inf")
    assert lately.fresh_after("1") == 6.0 + STALE_S
    assert len(lately._written_at) == MAX_IDS_REMEMBERED


@pytest.mark.default_transport
@pytest.mark.parametrize("where", ["asleep", "in a request"])
def test_interrupt_ends_a_wait_at_once_and_terminates_nothing(face: Make, scripted: Scripted, where: str) -> None:
    """Ctrl-C ends a wait at once, between two polls and during one, and nothing more is sent."""
    client = face(scripted.url)
    if where == "asleep":
        scripted.json(session("StartingUp"))
    else:
        scripted.raw(pause_s=25.0)
    main, interrupted_at = threading.get_ident(), 0.0

    def interrupt() -> None:
        nonlocal interrupted_at
        scripted.came.wait()
        threading.Event().wait(0.1)
        interrupted_at = time.monotonic()
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        client.wait_for_session("ses_1", poll_interval=25.0)
    assert time.monotonic() - interrupted_at < 10
    assert len(scripted.asked) == 1


def test_interrupted_launch_leaves_the_session(face: Make, scripted: Scripted, turned: Turned) -> None:
    """An interrupted launch leaves the session that it created and started."""

    def interrupted(_seen: object) -> None:
        raise KeyboardInterrupt

    client = face(scripted.url, clock=turned.clock())
    scripted.json(session("Stopped"))
    scripted.json(OPERATION)
    scripted.json(OPERATION)
    with pytest.raises(KeyboardInterrupt):
        client.launch_session(CreateSession(name="a", project_id="prj_1", **APP_CONFIG), on_progress=interrupted)
    assert [asked.line.split()[0] for asked in scripted.asked] == ["POST", "POST", "GET"]
