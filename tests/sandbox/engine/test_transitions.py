"""The state transitions of a start and a termination."""

from __future__ import annotations

import math
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, Timings, serve

from .conftest import look

CLUSTER_CONFIG = {"uses_app_config": False, "cluster_config": "cluster_name: a\n", "cloud_id": "cld_1"}


START = [
    ("StartingUp", "Running", "STARTING", "LAUNCHING_NODES", "Launching nodes."),
    ("StartingUp", "Running", "STARTING", "CONFIGURING_HEAD_NODE", "Configuring the head node."),
    ("Running", None, "RUNNING", None, None),
]


MOUNTING = ("AwaitingFileMounts", "Running", "STARTING", "CONFIGURING_HEAD_NODE", "Waiting for file mounts.")


@pytest.mark.parametrize(
    ("fields", "timeline"),
    [
        ({}, dict(zip((0, 0.75, 1.5), START, strict=True))),
        (CLUSTER_CONFIG, dict(zip((0, 0.75, 1.125, 1.5), (*START[:2], MOUNTING, START[2]), strict=True))),
    ],
)
def test_a_start_goes_step_by_step_on_the_clock(
    api: Any, fields: dict[str, Any], timeline: dict[float, tuple[Any, ...]]
) -> None:
    """A start goes through its states at its times, and session and operation agree."""
    session = api.create(**fields)
    operation = api.start(session)
    assert (operation["session_id"], operation["session_operation_type"]) == (session["id"], "start")
    elapsed = 0.0
    for at, expected in timeline.items():
        api.sandbox.clock.advance(max(at - elapsed - 0.001, 0))
        assert api.get(session)["state"] == next(
            (state[0] for when, state in reversed(timeline.items()) if when < max(at, 0.001)), None
        )
        api.sandbox.clock.advance(0.001 if at else 0)
        elapsed = at
        assert look(api.get(session)) == expected
        operation = api.operation(operation)
        assert operation["completed"] is (expected[0] == "Running")
        assert (operation["progress"] or {}).get("message") == expected[-1]
    data = {"id": session["id"], "name": session["name"], "state": "Running"}
    assert operation["result"] == {"data": data, "error": None}


def test_a_running_session_says_where_it_is_reached_and_a_terminated_one_does_not(api: Any) -> None:
    """A running session has addresses below `.invalid`, a terminated one has none."""
    session = api.running()
    assert session["host_name"].endswith(".sandbox.invalid")
    assert session["host_name"] in session["user_service_url"]
    api.terminate(session)
    api.sandbox.clock.advance(0.5)
    ended = api.get(session)
    assert (ended["host_name"], ended["user_service_url"], ended["connect_url"]) == (None, None, None)


def test_a_session_that_ran_has_each_url_that_the_spec_promises(api: Any, document: Any) -> None:
    """A running session has all URLs, and a terminated one only its persistent metrics."""
    fields = document["components"]["schemas"]["Session"]["properties"].items()
    promised = {name for name, field in fields if "Set once" in field["description"] and name.endswith("_url")}
    session = api.running()
    assert {name for name in promised if session[name]} == promised
    api.terminate(session)
    api.sandbox.clock.advance(0.5)
    ended = api.get(session)
    assert {name for name in promised if ended[name]} == {"persistent_metrics_url"}


@pytest.mark.parametrize("options", [{}, {"take_snapshot": False, "keep_min_workers": True, "delete": False}])
def test_a_termination_goes_step_by_step_on_the_clock(api: Any, options: dict[str, Any]) -> None:
    """A termination goes through its states at its times, and the session can be started again."""
    session = api.running()
    operation = api.terminate(session, **options)
    assert operation["session_operation_type"] == "terminate"
    assert operation["progress"] == {"message": "Taking down the session's machines."}
    going = ("Terminating", "Terminated", "TERMINATING", None, "Taking down the session's machines.")
    assert look(api.get(session)) == going
    api.sandbox.clock.advance(0.499)
    assert look(api.get(session)) == going
    api.sandbox.clock.advance(0.001)
    assert look(api.get(session)) == ("Terminated", None, "TERMINATED", None, None)
    assert api.operation(operation)["result"]["data"]["state"] == "Terminated"
    api.start(session)
    api.sandbox.clock.advance(1.5)
    assert api.get(session)["state"] == "Running"


def test_a_termination_ends_the_start_under_way(api: Any) -> None:
    """A termination aborts a start in progress, whose operation ends with an error."""
    session = api.create()
    start = api.start(session)
    api.sandbox.clock.advance(1)
    terminate = api.terminate(session)
    assert api.operation(start)["completed"] is True
    assert api.operation(start)["result"] == {
        "data": None,
        "error": {"message": "The session was terminated in the meantime."},
    }
    api.sandbox.clock.advance(5)
    assert api.get(session)["state"] == "Terminated"
    assert api.operation(terminate)["result"]["error"] is None
    assert "running" not in {event["event_type"] for event in api.events(session)}


def test_a_full_termination_goes_before_one_of_the_workers(api: Any) -> None:
    """A termination aborts a termination of the workers, whose operation ends with an error."""
    session = api.running()
    workers = api.terminate(session, workers_only=True)
    api.terminate(session)
    assert api.operation(workers)["result"]["error"]["message"]
    api.sandbox.clock.advance(0.5)
    assert api.get(session)["state"] == "Terminated"


def test_an_operation_may_never_end(visit: Any) -> None:
    """A start with an infinite duration can still be ended by a termination."""
    clock = ManualClock()
    with serve(timings=Timings(start_s=math.inf), clock=clock, validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create()
        api.start(session)
        clock.advance(hours=24 * 365 * 1000)
        assert api.get(session)["state"] == "StartingUp"
        api.terminate(session)
        clock.advance(1)
        assert api.get(session)["state"] == "Terminated"
