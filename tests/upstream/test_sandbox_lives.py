"""The upstream SDK leads sessions through their lives in a sandbox, sees its models filled, and so do our clients."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, TypeAlias

import anyscale.sdk.anyscale_client.models as upstream_models
from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK

from anyscale_sessions_sandbox import TransitionRule

# Types of the fixtures: see conftest.py.
Driver: TypeAlias = Any
Scenario: TypeAlias = Callable[[Driver], None]
Equal: TypeAlias = Callable[[Scenario], list[Any]]

SPEC: Any = json.loads((files("anyscale_sessions_api") / "openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Any] = SPEC["components"]["schemas"]
DECLARED: dict[str, Any] = {
    declared["operationId"]: declared
    for path in SPEC["paths"].values()
    for declared in path.values()
    if "operationId" in declared
}

PROJECT = "prj_drive"
APP_CONFIG = {"project_id": PROJECT, "uses_app_config": True, "build_id": "bld_1", "compute_template_id": "cpt_1"}
CLUSTER_CONFIG = {"project_id": PROJECT, "cloud_id": "cld_1", "cluster_config": "cluster_name: a\nmax_workers: 2\n"}
NAME = "nächtlich 夜間 ليلي 🌒 “x” \\ / </script> %00 ?#&"
TOKEN = secrets.token_urlsafe(32)
EVERY_FIELD = {
    **APP_CONFIG,
    **CLUSTER_CONFIG,
    "name": NAME,
    "idle_timeout": -1,
    "allow_public_internet_traffic": True,
    "user_service_access": "public",
    "user_service_token": TOKEN,
}
# What nothing in a sandbox ever fills: there is no agent, no Ray and no web terminal, and deleted sessions are gone.
NEVER_FILLED = {
    "Session": {
        "activity_details",
        "anyscaled_config",
        "anyscaled_config_generated_at",
        "archived_at",
        "default_build_id",
        "maximum_uptime_will_terminate_cluster_at",
        "ray_component_activities_last_reported_at",
        "ray_dashboard_snapshot_last_reported_at",
        "ray_version",
        "ray_version_last_updated_at",
    },
    "SessionCommand": {"web_terminal_tab_id"},
}


def whole_life(do: Driver) -> None:
    """Every operation of the API, and every kind of state that tells more of itself."""
    sandbox = do.sandbox
    session = do("create_session", do.body("CreateSession", **EVERY_FIELD))["result"]
    session_id = session["id"]
    do("update_session", session_id, do.body("UpdateSession", idle_timeout=30))
    do("update_session", session_id, do.body("UpdateSession", cluster_config="cluster_name: b\n"))
    start = do("start_session", session_id, do.body("StartSessionOptions", build_id="bld_2"))["result"]
    do("get_session", session_id)
    do("get_session_operation", start["id"])
    sandbox.clock.advance(1)
    do("get_session", session_id)
    sandbox.clock.advance(1)
    do("get_session", session_id)
    do("get_session_operation", start["id"])

    for text in ("sleep 5m", "exit 3", "true"):
        command = do(
            "create_session_command", do.body("CreateSessionCommand", session_id=session_id, shell_command=text)
        )
    sandbox.clock.advance(minutes=1)
    do("get_session_command", command["result"]["id"])
    [sleeper, *_] = do("list_session_commands", session_id)["results"]
    do("get_session", session_id)
    do("kill_session_command", sleeper["id"])
    do("get_session_command", sleeper["id"])

    workers = do("terminate_session", session_id, do.body("TerminateSessionOptions", workers_only=True))["result"]
    sandbox.clock.advance(1)
    do("get_session_operation", workers["id"])
    sandbox.clock.advance(minutes=31)
    do("get_session", session_id)

    do("start_session", session_id, do.body("StartSessionOptions"))
    sandbox.clock.advance(2)
    options = do.body("TerminateSessionOptions", keep_min_workers=True, delete=True, take_snapshot=False)
    end = do("terminate_session", session_id, options)["result"]
    do("get_session", session_id)
    first = do("get_session_event_log", session_id, count=5)
    do("get_session_event_log", session_id, count=1000, paging_token=first["metadata"]["next_paging_token"])
    sandbox.clock.advance(1)
    do("get_session_operation", end["id"])
    assert do.refused("get_session", session_id).status == 404

    job = {**CLUSTER_CONFIG, "name": "job"}
    sandbox.seed({"sessions": [job | {"ha_job_id": "prodjob_1", "state": "Running"}]})
    job_id = do("get_session_for_job", "prodjob_1")["result"]["id"]
    sandbox.transition_rules.add(
        TransitionRule("Terminating", "TerminatingErrored", after_s=0.1, message="No answer.", times=1)
    )
    failed = do("terminate_session", job_id, do.body("TerminateSessionOptions"))["result"]
    sandbox.clock.advance(1)
    do("get_session_operation", failed["id"])
    do("get_session", job_id)
    do("terminate_session", job_id, do.body("TerminateSessionOptions"))
    sandbox.clock.advance(1)
    sandbox.transition_rules.add(
        TransitionRule("AwaitingFileMounts", "StartupErrored", after_s=0.1, message="No such bucket.")
    )
    do("start_session", job_id, do.body("StartSessionOptions", cluster_config="cluster_name: c\n"))
    sandbox.clock.advance(3)
    do("search_sessions", PROJECT, do.body("SessionsQuery", state_filter=["StartupErrored"]))
    do("get_session_event_log", job_id, log_level_types=["error"])
    do("delete_session", do("create_session", do.body("CreateSession", name="c", **CLUSTER_CONFIG))["result"]["id"])
    do("list_sessions", PROJECT)


def test_whole_life_is_equal_for_all_clients(equal: Equal) -> None:
    """Every operation that the upstream SDK has gives our clients what it gives that, ids and times too."""
    assert {outcome.operation for outcome in equal(whole_life)} == {
        name for name in DECLARED if hasattr(AnyscaleSDK, name)
    }


def test_upstreams_models_are_filled(upstream: Driver) -> None:
    """Upstream's models hold all that the sandbox sends, and each field of each is filled somewhere in a life."""
    filled: dict[str, set[str]] = {}

    def do(operation: str, *arguments: Any, **query: Any) -> Any:
        body = upstream(operation, *arguments, **query)
        assert upstream.outcomes[-1].body == upstream.wire
        if body is not None:
            note_filled(response_model(operation), body, filled)
        return body

    do.sandbox, do.body, do.refused = upstream.sandbox, upstream.body, upstream.refused  # type: ignore[attr-defined]
    whole_life(do)
    for name, found in filled.items():
        assert found == set(getattr(upstream_models, name).openapi_types) - NEVER_FILLED.get(name, set()), name


def test_the_spec_promises_nothing_that_upstream_misses(upstream: Driver) -> None:
    """A session has its values where upstream has them, with their types, once it runs."""
    do = upstream
    created = do.sdk.create_session(upstream_models.CreateSession(**EVERY_FIELD)).result
    assert {name: getattr(created, name) for name in EVERY_FIELD} == EVERY_FIELD
    do.sdk.start_session(created.id, upstream_models.StartSessionOptions())
    do.sandbox.clock.advance(2)
    session = do.sdk.get_session(created.id).result
    assert (session.state, session.status, session.pending_state) == ("Running", "RUNNING", None)
    assert isinstance(session.created_at, datetime)
    assert session.created_at.utcoffset() == timedelta(0)
    for name in set(SCHEMAS["Session"]["required"]) & set(upstream_models.Session.openapi_types):
        assert getattr(session, name) is not None, name
    once_started = [
        name
        for name, field in SCHEMAS["Session"]["properties"].items()
        if "Set once" in field["description"] and name in upstream_models.Session.openapi_types
    ]
    assert len(once_started) == 9
    for name in once_started:
        assert getattr(session, name), name


def test_only_the_lasting_url_stays(equal: Equal) -> None:
    """Of the URLs of a session that ran, only that of the metrics which stay is left once it is terminated."""

    def scenario(do: Driver) -> None:
        session_id = do("create_session", do.body("CreateSession", name="a", **APP_CONFIG))["result"]["id"]
        do("start_session", session_id, do.body("StartSessionOptions"))
        do.sandbox.clock.advance(2)
        do("terminate_session", session_id, do.body("TerminateSessionOptions"))
        do.sandbox.clock.advance(2)
        do("get_session", session_id)

    [*_, last] = equal(scenario)
    assert {name for name in last.body["result"] if name.endswith("_url")} == {"persistent_metrics_url"}


def response_model(operation: str) -> str:
    """The name of the model that an operation responses with."""
    schema = DECLARED[operation]["responses"]["200"]["content"]["application/json"]["schema"]
    name: str = schema["$ref"].rpartition("/")[2]
    return name


def note_filled(model: str, value: Any, filled: dict[str, set[str]]) -> None:
    """Note which fields of upstream's model have a value, and so on in the models within."""
    types = getattr(getattr(upstream_models, model, None), "openapi_types", None)
    if not types:
        return
    for name, inner in value.items():
        filled.setdefault(model, set()).add(name)
        kind = types[name].removeprefix("list[").removesuffix("]")
        for item in inner if isinstance(inner, list) else [inner]:
            note_filled(kind, item, filled)
