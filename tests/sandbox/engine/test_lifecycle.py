"""The requests that change a session."""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions.tokens import is_user_service_token
from anyscale_sessions_sandbox import ManualClock, serve
from anyscale_sessions_sandbox.spec import Spec

from .conftest import look

TOKEN = "A" * 43


STATES = Spec.shipped().at(("components", "schemas", "SessionState", "enum"))


def test_a_session_is_created_stopped_with_what_was_given(api: Any) -> None:
    """A new session is Stopped, has the given fields and the defaults, and the sandbox's time."""
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
    """A required field that is not set has a placeholder, because upstream's SDK refuses a null there."""
    session = api.create()
    assert (session["cloud_id"], session["cluster_config"]) == ("", "")
    assert (session["tensorboard_available"], session["ssh_authorized_keys"]) == (False, [])


def test_names_need_not_be_unique(api: Any) -> None:
    """Two equal create requests make two sessions with their own ids and secrets."""
    one, other = api.create(), api.create()
    assert all(one[name] != other[name] for name in ("id", "access_token", "ssh_private_key"))


@pytest.mark.parametrize(("access", "given"), [*itertools.product([None, "private", "public"], [None, TOKEN])])
def test_the_token_of_a_user_service(api: Any, access: str | None, given: str | None) -> None:
    """A user service token is kept if given, ignored for a private service, and created for a public one."""
    fields = {"user_service_access": access, "user_service_token": given}
    session = api.create(**{name: value for name, value in fields.items() if value})
    assert session["user_service_access"] == access
    if access == "public" and given is None:
        assert is_user_service_token(session["user_service_token"])
    else:
        assert session["user_service_token"] == (None if access == "private" else given)
    assert api.get(session)["user_service_token"] == session["user_service_token"]


def test_a_termination_can_delete_the_session_at_its_end(api: Any) -> None:
    """A termination with `delete` deletes the session at its end, and its operation stays readable."""
    session = api.running()
    operation = api.terminate(session, delete=True)
    assert api.get(session)["state"] == "Terminating"
    api.sandbox.clock.advance(1)
    assert api.call("GET", f"/sessions/{session['id']}").status == 404
    assert api.operation(operation)["result"]["data"]["state"] == "Terminated"
    assert api.call("GET", "/sessions/", params={"project_id": api.project_id}).body["results"] == []


def test_worker_nodes_alone_can_be_taken_down(api: Any) -> None:
    """With `workers_only` the session and its commands keep running, even with `delete`."""
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


def test_a_start_can_change_settings(api: Any) -> None:
    """A start changes only the given settings, and records the time of a new cluster config."""
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
    """An update changes only the given settings, in any state."""
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
    """Every operation on a deleted session is answered with 404, also a second deletion."""
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


def test_the_session_of_a_job_is_the_newest_that_was_made_for_it(api: Any) -> None:
    """The session of a job is the newest of its sessions that is not deleted."""
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
    """A request that the state does not allow gets 409, names the state, and changes nothing."""
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
