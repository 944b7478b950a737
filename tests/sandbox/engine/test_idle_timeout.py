"""The idle timeout of sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest


def test_a_session_that_idles_for_its_timeout_is_terminated(api: Any) -> None:
    """An idle session is terminated exactly at its timeout, through the usual states."""
    session = api.running(idle_timeout=121)
    clock = api.sandbox.clock
    assert session["idle_termination_status"] == "IDLE"
    assert session["idle_timeout_last_activity_at"] == clock.now().isoformat(timespec="microseconds")
    clock.advance(minutes=121)
    assert api.get(session)["state"] == "Terminating"
    clock.advance(0.5)
    ended = api.get(session)
    assert (ended["state"], ended["idle_termination_status"]) == ("Terminated", None)
    assert ended["idle_timeout_last_activity_at"] is None
    last = api.events(session)[-2:]
    assert [event["event_type"] for event in last] == ["terminating", "terminated"]
    assert [event["cause"] for event in last] == [{"cause_user": None, "cause_system": "idle_timeout"}] * 2


def test_one_push_of_the_clock_does_all_that_comes_due_on_the_way(api: Any) -> None:
    """One advance of the clock makes everything due happen in order, each at its own time."""
    session = api.create(idle_timeout=1)
    api.start(session)
    began = api.sandbox.clock.now()
    api.sandbox.clock.advance(hours=1)
    events = [
        (event["event_type"], round(_seconds(event["timestamp"], began), 3))
        for event in api.events(session)
        if event["event_type"] in {"starting", "running", "terminating", "terminated"}
    ]
    assert events == [("starting", 0), ("running", 1.5), ("terminating", 61.5), ("terminated", 62)]


def _seconds(text: str, began: Any) -> float:
    return (datetime.fromisoformat(text) - began).total_seconds()


def test_a_running_command_is_activity(api: Any) -> None:
    """A session is not idle while a command runs, and its idle time starts when the last one ends."""
    session = api.running(idle_timeout=10)
    command = api.run(session, "sleep 30m")
    api.run(session, "sleep 20m")
    assert api.get(session)["idle_termination_status"] == "ACTIVE_COMMAND"
    assert api.get(session)["idle_timeout_last_activity_at"] is None
    api.sandbox.clock.advance(minutes=39)
    assert api.get(session)["state"] == "Running"
    assert api.get(session)["idle_timeout_last_activity_at"] == api.command(command)["finished_at"]
    api.sandbox.clock.advance(minutes=1)
    assert api.get(session)["state"] == "Terminating"


def test_a_kill_ends_the_activity(api: Any) -> None:
    """The idle time of a session starts when its last command is killed."""
    session = api.running(idle_timeout=10)
    command = api.run(session, "sleep 1d")
    api.sandbox.clock.advance(minutes=60)
    api.result("POST", f"/session_commands/{command['id']}/kill")
    api.sandbox.clock.advance(minutes=9)
    assert api.get(session)["state"] == "Running"
    api.sandbox.clock.advance(minutes=1)
    assert api.get(session)["state"] == "Terminating"


@pytest.mark.parametrize(("idle_timeout", "status"), [(-1, "DISABLED"), (2**63 - 1, "IDLE")])
def test_a_session_may_idle_for_ever(api: Any, idle_timeout: int, status: str) -> None:
    """A session with timeout -1, or with one beyond the year 9999, is never terminated for idling."""
    session = api.running(idle_timeout=idle_timeout)
    assert session["idle_termination_status"] == status
    api.sandbox.clock.advance(hours=24 * 365)
    assert api.get(session)["state"] == "Running"


def test_a_timeout_of_zero_allows_no_idling(api: Any) -> None:
    """A session with timeout 0 is terminated as soon as it is running."""
    session = api.create(idle_timeout=0)
    api.start(session)
    api.sandbox.clock.advance(1.5)
    assert api.get(session)["state"] == "Terminating"


def test_a_changed_timeout_counts_from_when_the_idling_began(api: Any) -> None:
    """A changed timeout counts from the start of the idle time, and -1 disables it."""
    longer, shorter, never = (api.running(idle_timeout=60) for _ in range(3))
    now = {session["id"]: session["idle_timeout_last_activity_at"] for session in (longer, shorter, never)}
    api.sandbox.clock.advance(minutes=50)
    for session, minutes in ((longer, 90), (shorter, 40), (never, -1)):
        api.result("PUT", f"/sessions/{session['id']}", {"idle_timeout": minutes})
    assert api.get(shorter)["state"] == "Terminating"
    assert api.get(longer)["idle_timeout_last_activity_at"] == now[longer["id"]]
    api.sandbox.clock.advance(minutes=30)
    assert [api.get(session)["state"] for session in (longer, never)] == ["Running", "Running"]
    api.sandbox.clock.advance(minutes=10)
    assert [api.get(session)["state"] for session in (longer, never)] == ["Terminated", "Running"]


def test_only_a_running_session_idles(api: Any) -> None:
    """A session that is not running has no idle timeout."""
    session = api.create(idle_timeout=0)
    api.sandbox.clock.advance(hours=24)
    assert api.get(session) == session
