"""Sessions led through their lives: created, edited, started, terminated, deleted."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions.tokens import is_user_service_token
from anyscale_sessions_sandbox import ManualClock, Timings, serve
from anyscale_sessions_sandbox.spec import Spec

CLUSTER_CONFIG = {"uses_app_config": False, "cluster_config": "cluster_name: a\n", "cloud_id": "cld_1"}
TOKEN = "A" * 43
STATES = Spec.shipped().at(("components", "schemas", "SessionState", "enum"))


def test_a_session_is_created_stopped_with_what_was_given(api: Any) -> None:
    """The spec's defaults stand for the rest, and time is the sandbox's."""
    session = api.create(name="nightly", cloud_id="cld_9", idle_timeout=5)
    assert session["name"] == "nightly"
    assert session["project_id"] == api.project_id
    assert (session["build_id"], session["compute_template_id"]) == ("bld_1", "cpt_1")
    assert (session["cloud_id"], session["idle_timeout"]) == ("cld_9", 5)
    assert (session["uses_app_config"], session["allow_public_internet_traffic"]) == (True, False)
    assert (session["state"], session["pending_state"], session["archived_at"]) == ("Stopped", None, None)
    assert session["created_at"] == api.sandbox.clock.now().isoformat(timespec="microseconds")
    assert api.get(session) == session
    assert api.create()["idle_timeout"] == 120


def test_what_must_be_set_in_a_response_is_set(api: Any) -> None:
    """Upstream's SDK refuses a session without its cloud and its cluster config."""
    session = api.create()
    assert (session["cloud_id"], session["cluster_config"]) == ("", "")
    assert (session["tensorboard_available"], session["ssh_authorized_keys"]) == (False, [])


def test_names_need_not_be_unique(api: Any) -> None:
    """A create that is sent twice makes two sessions, each with an id and secrets of its own."""
    one, other = api.create(), api.create()
    assert all(one[name] != other[name] for name in ("id", "access_token", "ssh_private_key"))


@pytest.mark.parametrize(("access", "given"), [*itertools.product([None, "private", "public"], [None, TOKEN])])
def test_the_token_of_a_user_service(api: Any, access: str | None, given: str | None) -> None:
    """Kept where one is given, ignored for a private service, and made for a public one that comes without."""
    fields = {"user_service_access": access, "user_service_token": given}
    session = api.create(**{name: value for name, value in fields.items() if value})
    assert session["user_service_access"] == access
    if access == "public" and given is None:
        assert is_user_service_token(session["user_service_token"])
    else:
        assert session["user_service_token"] == (None if access == "private" else given)
    assert api.get(session)["user_service_token"] == session["user_service_token"]


def look(session: Any) -> tuple[Any, ...]:
    """How far a session has come."""
    data = session["state_data"] or {}
    progress = (data.get("startup") or {}).get("startup_progress") or (data.get("stopping") or {}).get("stop_progress")
    return (
        session["state"],
        session["pending_state"],
        session["status"],
        session["status_details"],
        progress,
    )


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
    """A session made from a cluster YAML waits for its file mounts; session and operation tell the same story."""
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
    """Nothing there can ever be reached: names end in `.invalid`."""
    session = api.running()
    assert session["host_name"].endswith(".sandbox.invalid")
    assert session["host_name"] in session["user_service_url"]
    api.terminate(session)
    api.sandbox.clock.advance(0.5)
    ended = api.get(session)
    assert (ended["host_name"], ended["user_service_url"], ended["connect_url"]) == (None, None, None)


def test_a_session_that_ran_has_each_url_that_the_spec_promises(api: Any, document: Any) -> None:
    """All are there once it has started; once it is terminated, only that of the metrics which stay."""
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
    """Then the session rests, and can be started again."""
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
    """Its operation ends with an error, and the session never comes to run."""
    session = api.create()
    start = api.start(session)
    api.sandbox.clock.advance(1)
    terminate = api.terminate(session)
    assert api.operation(start)["completed"] is True
    assert api.operation(start)["result"] == {
        "data": None,
        "error": {"message": "The session was terminated meanwhile."},
    }
    api.sandbox.clock.advance(5)
    assert api.get(session)["state"] == "Terminated"
    assert api.operation(terminate)["result"]["error"] is None
    assert "running" not in {event["event_type"] for event in api.events(session)}


def test_a_termination_can_delete_the_session_at_its_end(api: Any) -> None:
    """Not before; its operation can be followed to its end."""
    session = api.running()
    operation = api.terminate(session, delete=True)
    assert api.get(session)["state"] == "Terminating"
    api.sandbox.clock.advance(1)
    assert api.call("GET", f"/sessions/{session['id']}").status == 404
    assert api.operation(operation)["result"]["data"]["state"] == "Terminated"
    assert api.call("GET", "/sessions/", params={"project_id": api.project_id}).body["results"] == []


def test_worker_nodes_alone_can_be_taken_down(api: Any) -> None:
    """The session and its commands run on, even if `delete` was asked for too."""
    session = api.running()
    command = api.run(session, "sleep 60")
    operation = api.terminate(session, workers_only=True, delete=True)
    assert operation["progress"] == {"message": "Taking down worker nodes."}
    assert look(api.get(session)) == ("Running", "Running", "RUNNING", None, None)
    path = f"/sessions/{session['id']}/terminate"
    assert api.call("POST", path, {"workers_only": True}).status == 409
    api.sandbox.clock.advance(0.5)
    assert look(api.get(session)) == ("Running", None, "RUNNING", None, None)
    assert api.operation(operation)["result"]["data"]["state"] == "Running"
    assert api.command(command)["finished_at"] is None
    assert api.call("POST", path, {"workers_only": True}).status == 200


def test_a_full_termination_goes_before_one_of_the_workers(api: Any) -> None:
    """Whose operation ends with an error."""
    session = api.running()
    workers = api.terminate(session, workers_only=True)
    api.terminate(session)
    assert api.operation(workers)["result"]["error"]["message"]
    api.sandbox.clock.advance(0.5)
    assert api.get(session)["state"] == "Terminated"


def test_a_start_can_change_settings(api: Any) -> None:
    """What is absent stays; a new cluster YAML is noted with its time."""
    session = api.create(build_id="bld_1")
    api.sandbox.clock.advance(5)
    api.start(session, build_id="bld_2", allow_public_internet_traffic=True)
    started = api.get(session)
    assert (started["build_id"], started["compute_template_id"]) == ("bld_2", "cpt_1")
    assert started["allow_public_internet_traffic"] is True
    assert started["cluster_config_last_modified_at"] == session["cluster_config_last_modified_at"]
    other = api.create()
    api.sandbox.clock.advance(5)
    api.start(other, cluster_config="max_workers: 3\n")
    assert api.get(other)["cluster_config_last_modified_at"] > other["cluster_config_last_modified_at"]
    assert api.get(other)["cluster_config"] == "max_workers: 3\n"


def test_an_update_changes_what_is_given_and_nothing_else(api: Any) -> None:
    """In any state; a new cluster YAML is noted with its time."""
    session = api.create()
    path = f"/sessions/{session['id']}"
    assert api.result("PUT", path, {"idle_timeout": -1}) == session | {"idle_timeout": -1}
    api.sandbox.clock.advance(5)
    updated = api.result("PUT", path, {"cluster_config": "max_workers: 3\n"})
    changed = {name for name in session if updated[name] != session[name]}
    assert changed == {"idle_timeout", "cluster_config", "cluster_config_last_modified_at"}
    assert api.get(session) == updated
    assert api.problems("PUT", path, {"name": "b"}) == [("body.name", "value_error.extra")]


def test_a_deleted_session_is_gone_for_every_operation(api: Any) -> None:
    """The response has no body, and deleting twice is answered with 404."""
    session = api.create(ha_job_id="job_of_" + api.project_id)
    path = f"/sessions/{session['id']}"
    response = api.call("DELETE", path)
    assert (response.status, response.body) == (204, None)
    asked = [
        ("GET", path, None),
        ("PUT", path, {}),
        ("DELETE", path, None),
        ("POST", f"{path}/start", {}),
        ("POST", f"{path}/terminate", {}),
        ("POST", "/session_commands/", {"session_id": session["id"], "shell_command": "true"}),
        ("GET", f"/session_commands/?session_id={session['id']}", None),
        ("GET", f"/session_events/?session_id={session['id']}", None),
        ("GET", f"/production_jobs/job_of_{api.project_id}/session", None),
    ]
    assert {api.call(*request).status for request in asked} == {404}
    assert api.call("GET", path).body == {"error": {"detail": f"Session {session['id']} does not exist."}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/sessions/x", None),
        ("PUT", "/sessions/x", {}),
        ("DELETE", "/sessions/x", None),
        ("POST", "/sessions/x/start", {}),
        ("POST", "/sessions/x/terminate", {}),
        ("GET", "/production_jobs/x/session", None),
        ("GET", "/session_operations/x", None),
        ("POST", "/session_commands/", {"session_id": "x", "shell_command": "true"}),
        ("GET", "/session_commands/?session_id=x", None),
        ("GET", "/session_commands/x", None),
        ("POST", "/session_commands/x/kill", None),
        ("GET", "/session_events/?session_id=x", None),
    ],
)
def test_what_does_not_exist_is_answered_with_404(api: Any, method: str, path: str, body: Any) -> None:
    """Naming what was looked for."""
    response = api.call(method, path, body)
    assert response.status == 404
    assert "x" in response.body["error"]["detail"].split()


def test_the_session_of_a_job_is_the_newest_that_was_made_for_it(api: Any) -> None:
    """And that is not deleted."""
    path = f"/production_jobs/job_{api.project_id}/session"
    first, second = (api.create(ha_job_id=f"job_{api.project_id}") for _ in range(2))
    assert api.result("GET", path) == second
    api.call("DELETE", f"/sessions/{second['id']}")
    assert api.result("GET", path) == first


ALLOWED = {
    "start": {"Stopped", "Terminated", "StartupErrored"},
    "terminate": set(STATES) - {"Terminating", "Terminated"},
    "terminate workers": {"Running"},
    "delete": {"Stopped", "Terminated"},
    "command": {"Running"},
    "update": set(STATES),
}


@pytest.fixture(scope="module")
def in_any_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[tuple[str, str], str]]]:
    """A sandbox with a session for each state and request, put into that state in the database."""
    path: Path = tmp_path_factory.mktemp("states") / "sandbox.db"
    with serve(db=path):
        pass
    ids = {pair: f"ses_{number}" for number, pair in enumerate(itertools.product(STATES, ALLOWED))}
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for (state, _), session_id in ids.items():
            document = {
                "id": session_id,
                "name": "a",
                "project_id": "p",
                "state": state,
                "creator_id": "u",
                "archived_at": None,
                "created_at": "2026-01-01T00:00:00+00:00",
                "cluster_config_last_modified_at": "2026-01-01T00:00:00+00:00",
            }
            connection.execute(
                "INSERT INTO sessions (id, project_id, name, state, creator_id, document)"
                " VALUES (?, 'p', 'a', ?, 'u', ?)",
                (session_id, state, json.dumps(document)),
            )
    with serve(db=path, clock=ManualClock(), validate_responses=True) as sandbox:
        yield sandbox, ids


@pytest.mark.parametrize(("state", "request_name"), [*itertools.product(STATES, ALLOWED)])
def test_each_state_allows_its_requests_and_no_others(
    in_any_state: tuple[Any, dict[tuple[str, str], str]], visit: Any, state: str, request_name: str
) -> None:
    """A request that the state does not allow is answered with 409, names the state, and changes nothing."""
    sandbox, ids = in_any_state
    api = visit(sandbox)
    session_id = ids[state, request_name]
    requests: dict[str, tuple[str, str, Any]] = {
        "start": ("POST", f"/sessions/{session_id}/start", {}),
        "terminate": ("POST", f"/sessions/{session_id}/terminate", {}),
        "terminate workers": ("POST", f"/sessions/{session_id}/terminate", {"workers_only": True}),
        "delete": ("DELETE", f"/sessions/{session_id}", None),
        "command": ("POST", "/session_commands/", {"session_id": session_id, "shell_command": "true"}),
        "update": ("PUT", f"/sessions/{session_id}", {"idle_timeout": -1}),
    }
    before = api.get({"id": session_id})
    response = api.call(*requests[request_name])
    if state in ALLOWED[request_name]:
        assert response.status in {200, 204}
        return
    assert response.status == 409
    assert state in response.body["error"]["detail"]
    assert api.get({"id": session_id}) == before
    assert api.events(before) == []


def test_operations_that_take_no_time_are_done_by_the_next_request(visit: Any) -> None:
    """The response to the start itself still shows it under way."""
    with serve(timings=Timings(0, 0), clock=ManualClock(), validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create()
        operation = api.start(session)
        assert operation["completed"] is False
        assert api.operation(operation)["completed"] is True
        assert api.get(session)["state"] == "Running"


def test_an_operation_may_never_end(visit: Any) -> None:
    """A start that takes for ever can still be ended by a termination."""
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


@pytest.mark.parametrize("timings", [(-1, 0), (0, -0.5), (math.nan, 0)])
def test_operations_cannot_take_less_than_no_time(timings: tuple[float, float]) -> None:
    """Such timings are refused when they are made."""
    with pytest.raises(ValueError, match="not negative"):
        Timings(*timings)
