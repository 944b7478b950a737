"""Reads that move the clock to the end of what they ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, TransitionRule, serve


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox whose clock stands still unless a read moves it."""
    rules = [
        TransitionRule("StartingUp", "StartupErrored", after_s=60, message="No capacity.", sessions="failing"),
        TransitionRule("StartingUp", sessions="stuck"),
        TransitionRule("StartingUp", "AwaitingFileMounts", after_s=1, sessions="loop"),
        TransitionRule("AwaitingFileMounts", "StartingUp", after_s=1, sessions="loop"),
        TransitionRule("Running", "Updating", after_s=5, sessions="updated"),
        TransitionRule("Running", "Terminated", after_s=3600, sessions="spot"),
        TransitionRule("StartingUp", "Running", after_reads=2, sessions="read"),
    ]
    with serve(clock=ManualClock(), validate_responses=True, transition_rules=rules) as sandbox:
        sandbox.skip_waits()
        yield visit(sandbox)


def seconds(api: Any) -> float:
    """How far the clock has moved."""
    return float((api.sandbox.clock.now() - ManualClock().now()).total_seconds())


def test_without_it_a_read_moves_nothing(visit: Any) -> None:
    """A read moves the clock only if the sandbox skips waits."""
    with serve(clock=ManualClock()) as sandbox:
        api = visit(sandbox)
        session = api.create()
        api.start(session)
        assert api.get(session)["state"] == "StartingUp"
        assert seconds(api) == 0.0


@pytest.mark.parametrize("kind", ["session", "operation", "list", "search", "events"])
def test_each_read_of_a_session_moves_the_clock_to_the_end_of_its_start(api: Any, kind: str) -> None:
    """A read of a session or its operation, a list, a search and the event log let a start end, and no more."""
    session = api.create()
    operation = api.start(session)
    assert seconds(api) == 0.0
    {
        "session": lambda: api.get(session),
        "operation": lambda: api.operation(operation),
        "list": lambda: api.call("GET", "/sessions/", params={"project_id": api.project_id}),
        "search": lambda: api.call("POST", f"/sessions/{api.project_id}/search", {}),
        "events": lambda: api.events(session),
    }[kind]()
    assert seconds(api) == 1.5
    assert api.get(session)["state"] == "Running"
    assert api.operation(operation)["completed"]
    assert seconds(api) == 1.5


def test_a_session_of_a_job_is_waited_for(api: Any) -> None:
    """A read of the session of a production job lets its start end."""
    session = api.create(ha_job_id="job_1")
    api.start(session)
    assert api.result("GET", "/production_jobs/job_1/session")["state"] == "Running"


def test_a_termination_is_waited_for(api: Any) -> None:
    """A read of a session lets its termination end, also one of its workers only."""
    session = api.running()
    workers = api.terminate(session, workers_only=True)
    assert api.operation(workers)["completed"]
    api.terminate(session)
    assert api.get(session)["state"] == "Terminated"


@pytest.mark.parametrize("kind", ["command", "list"])
def test_a_command_is_waited_for(api: Any, kind: str) -> None:
    """A read of a command or of the commands of a session moves the clock to their end."""
    session = api.running()
    began_s = seconds(api)
    command = api.run(session, "sleep 600")
    assert seconds(api) == began_s
    if kind == "command":
        assert api.command(command)["finished_at"]
    else:
        api.call("GET", "/session_commands/", params={"session_id": session["id"]})
    assert seconds(api) == began_s + 600
    assert api.command(command)["status_code"] == 0


def test_only_what_is_asked_about_is_waited_for(api: Any) -> None:
    """A read does not wait for other sessions, nor a read of a session for its commands, nor for its idle timeout."""
    other = api.create(project_id="prj_other")
    session = api.running(idle_timeout=5)
    api.run(session, "sleep 60")
    api.get(session)
    assert seconds(api) == 1.5
    api.start(other)
    api.get(session)
    assert seconds(api) == 1.5


@pytest.mark.parametrize(
    ("name", "state", "seconds_later"),
    [
        ("failing", "StartupErrored", 60.0),
        ("stuck", "StartingUp", 0.0),
        ("spot", "Running", 1.5),
        ("updated", "Running", 1.5),
        ("loop", "StartingUp", 100.0),
    ],
)
def test_transition_rules_are_followed(api: Any, name: str, state: str, seconds_later: float) -> None:
    """Rules of sessions on their way are followed, without waiting for ever, and rules of Running sessions are not."""
    session = api.create(name=name)
    api.start(session)
    assert api.get(session)["state"] == state
    assert seconds(api) == seconds_later


def test_rules_that_count_reads_still_count(api: Any) -> None:
    """A rule that waits for reads is not skipped."""
    session = api.create(name="read")
    api.start(session)
    assert [api.get(session)["state"] for _ in range(3)] == ["StartingUp", "StartingUp", "Running"]
    assert seconds(api) == 0.0


@pytest.mark.parametrize("path", ["/sessions/x", "/session_operations/x", "/session_commands/x"])
def test_a_read_of_nothing_moves_nothing(api: Any, path: str) -> None:
    """A read of something that does not exist is answered with 404 and does not move the clock."""
    assert api.call("GET", path).status == 404
    assert seconds(api) == 0.0


def test_throttling_ends_at_once(api: Any) -> None:
    """A throttled call is refused once, and moves the clock to the end of the throttling."""
    api.sandbox.faults.add("throttle", operation="create_session", retry_after=30)
    body = {"name": "a", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
    refused = api.call("POST", "/sessions/", body)
    assert (refused.status, refused.headers["retry-after"]) == (429, "30")
    assert seconds(api) == 30.0
    assert api.call("POST", "/sessions/", body).status == 200


def test_throttling_that_never_ends_does_not_move_the_clock(api: Any) -> None:
    """A throttling beyond the year 9999 does not move the clock."""
    api.sandbox.faults.add("throttle", operation="get_session", retry_after=10**12)
    assert api.call("GET", "/sessions/x").status == 429
    assert seconds(api) == 0.0
