"""What a sandbox refuses it refuses for the upstream SDK and for our clients alike: the same status, the same body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from anyscale_sessions import CreateSession, InvalidRequestError, InvalidSessionError, UpdateSession
from anyscale_sessions_sandbox import Sandbox

# Types of the fixtures: see conftest.py.
Driver: TypeAlias = Any
APIError: TypeAlias = Callable[[Driver], Any]
Equal: TypeAlias = Callable[..., list[Any]]

APP_CONFIG = {"name": "a", "project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
# The operations, each with what it is asked for where there is nothing.
ASKED_OF_NOTHING: dict[str, Callable[[Driver], tuple[Any, ...]]] = {
    "get_session": lambda _: ("ses_none",),
    "update_session": lambda do: ("ses_none", do.body("UpdateSession", idle_timeout=1)),
    "delete_session": lambda _: ("ses_none",),
    "start_session": lambda do: ("ses_none", do.body("StartSessionOptions")),
    "terminate_session": lambda do: ("ses_none", do.body("TerminateSessionOptions")),
    "get_session_for_job": lambda _: ("prodjob_none",),
    "get_session_operation": lambda _: ("sop_none",),
    "create_session_command": lambda do: (do.body("CreateSessionCommand", session_id="ses_none", shell_command="a"),),
    "list_session_commands": lambda _: ("ses_none",),
    "get_session_command": lambda _: ("scd_none",),
    "kill_session_command": lambda _: ("scd_none",),
    "get_session_event_log": lambda _: ("ses_none",),
}
# And those that have something to say of nothing.
ASKED = {
    **ASKED_OF_NOTHING,
    "create_session": lambda do: (do.body("CreateSession", **APP_CONFIG),),
    "list_sessions": lambda _: ("prj_none",),
    "search_sessions": lambda do: ("prj_none", do.body("SessionsQuery")),
}


@pytest.mark.parametrize("operation", ASKED)
@pytest.mark.parametrize(("token", "status"), [("", 401), ("sss_another", 403)], ids=["no token", "a wrong token"])
def test_a_token_is_needed(equal: Equal, operation: str, token: str, status: int) -> None:
    """Without the token every operation is refused with 401, with another one with 403, whatever it names."""
    [outcome] = equal(lambda do: do.refused(operation, *ASKED[operation](do)), token=token)
    assert outcome.status == status
    assert outcome.body["error"]["detail"]


@pytest.mark.parametrize("operation", ASKED_OF_NOTHING)
def test_what_is_not_there_is_not_found(equal: Equal, operation: str) -> None:
    """What does not exist is refused with 404, which names it."""
    [outcome] = equal(lambda do: do.refused(operation, *ASKED_OF_NOTHING[operation](do)))
    assert outcome.status == 404
    assert "_none " in outcome.body["error"]["detail"]


def created(do: Driver) -> str:
    """The id of a new session."""
    session_id: str = do("create_session", do.body("CreateSession", **APP_CONFIG))["result"]["id"]
    return session_id


def starting(do: Driver) -> str:
    """The id of a session that was just started."""
    session_id = created(do)
    do("start_session", session_id, do.body("StartSessionOptions"))
    return session_id


def running(do: Driver) -> str:
    """The id of a session that runs."""
    session_id = starting(do)
    do.sandbox.clock.advance(2)
    return session_id


def deleted(do: Driver) -> str:
    """The id of a session that is no more."""
    session_id = created(do)
    do("delete_session", session_id)
    return session_id


def terminate(do: Driver, session_id: str, **options: Any) -> Any:
    """Ask for a termination that is refused."""
    return do.refused("terminate_session", session_id, do.body("TerminateSessionOptions", **options))


def start(do: Driver, session_id: str) -> Any:
    """Ask for a start that is refused."""
    return do.refused("start_session", session_id, do.body("StartSessionOptions"))


def run(do: Driver, session_id: str) -> Any:
    """Ask for a command that is refused."""
    body = do.body("CreateSessionCommand", session_id=session_id, shell_command="true")
    return do.refused("create_session_command", body)


def kill_finished(do: Driver) -> Any:
    """Ask to kill a command that has finished."""
    body = do.body("CreateSessionCommand", session_id=running(do), shell_command="true")
    command_id = do("create_session_command", body)["result"]["id"]
    do.sandbox.clock.advance(5)
    return do.refused("kill_session_command", command_id)


CONFLICTS: dict[str, APIError] = {
    "a start of what runs": lambda do: start(do, running(do)),
    "a start of what starts": lambda do: start(do, starting(do)),
    "a termination of workers that are not there": lambda do: terminate(do, created(do), workers_only=True),
    "a second termination": lambda do: [
        do("terminate_session", session_id := running(do), do.body("TerminateSessionOptions")),
        terminate(do, session_id),
    ],
    "a deletion of what runs": lambda do: do.refused("delete_session", running(do)),
    "a deletion of what starts": lambda do: do.refused("delete_session", starting(do)),
    "a command in what does not run": lambda do: run(do, created(do)),
    "a command in what starts": lambda do: run(do, starting(do)),
    "a kill of what has finished": kill_finished,
}


@pytest.mark.parametrize("refusal", CONFLICTS.values(), ids=CONFLICTS)
def test_what_the_state_does_not_allow_is_a_conflict(equal: Equal, refusal: APIError) -> None:
    """What the present state does not allow is refused with 409."""
    [*_, outcome] = equal(refusal)
    assert outcome.status == 409
    assert outcome.body["error"]["detail"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda do, id_: do.refused("get_session", id_),
        lambda do, id_: do.refused("delete_session", id_),
        start,
        terminate,
        run,
        lambda do, id_: do.refused("get_session_event_log", id_),
    ],
    ids=["get", "delete", "start", "terminate", "run", "events"],
)
def test_what_was_deleted_is_not_found(equal: Equal, ask: Callable[[Driver, str], Any]) -> None:
    """A deleted session is refused with 404 by all that names it."""
    [*_, outcome] = equal(lambda do: ask(do, deleted(do)))
    assert outcome.status == 404


def other_lists_token(do: Driver) -> str:
    """A paging token that belongs to a list of sessions."""
    created(do)
    created(do)
    token: str = do("list_sessions", "prj_1", count=1)["metadata"]["next_paging_token"]
    return token


LONG = "p" * 257
TOKENS_OF_OTHERS: dict[str, APIError] = {
    "a text for a token": lambda do: do.refused("list_sessions", "prj_1", paging_token="no token"),
    "a token of another project's": lambda do: do.refused("list_sessions", "prj_2", paging_token=other_lists_token(do)),
    "a token of a list for a search": lambda do: do.refused(
        "search_sessions",
        "prj_1",
        do.body("SessionsQuery", name={"equals": "a"}, paging={"paging_token": other_lists_token(do)}),
    ),
    "a token of sessions for events": lambda do: do.refused(
        "get_session_event_log", created(do), paging_token=other_lists_token(do)
    ),
}


@pytest.mark.parametrize("refusal", TOKENS_OF_OTHERS.values(), ids=TOKENS_OF_OTHERS)
def test_there_is_no_page_for_another_lists_token(equal: Equal, refusal: APIError) -> None:
    """A paging token that belongs to another list, or to none, is refused with 404."""
    [*_, outcome] = equal(refusal)
    assert outcome.status == 404
    assert "paging token" in outcome.body["error"]["detail"]


def test_what_breaks_the_spec_is_unprocessable(equal: Equal) -> None:
    """What breaks the spec, and is not seen before it is sent, is refused with 422, which names the place."""
    [*_, outcome] = equal(lambda do: do.refused("get_session_event_log", created(do), event_types=["running", "ended"]))
    assert outcome.status == 422
    [problem] = outcome.body["detail"]
    assert problem["loc"] == ["query", "event_types", 1]
    assert set(problem) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"uses_app_config": True}, {"build_id", "compute_template_id"}),
        ({"uses_app_config": True, "build_id": "b"}, {"compute_template_id"}),
        ({"uses_app_config": True, "build_id": " ", "compute_template_id": "c"}, {"build_id"}),
        ({"uses_app_config": True, "cloud_id": "c", "cluster_config": "x: 1"}, {"build_id", "compute_template_id"}),
        ({}, {"cloud_id", "cluster_config"}),
        ({"uses_app_config": False, "build_id": "b", "compute_template_id": "c"}, {"cloud_id", "cluster_config"}),
        ({"cloud_id": "c", "cluster_config": "\n\t\u3000"}, {"cluster_config"}),
        ({"cloud_id": "c", "cluster_config": "x: 1", "user_service_token": "short"}, {"user_service_token"}),
        ({"cloud_id": "c", "cluster_config": "x: 1", "idle_timeout": -2}, {"idle_timeout"}),
        ({"cloud_id": "c", "cluster_config": "x: 1", "user_service_access": "all"}, {"user_service_access"}),
        ({"cloud_id": "c", "cluster_config": "x: 1", "project_id": LONG}, {"project_id"}),
        ({"cloud_id": "c", "cluster_config": "x: 1", "name": "a\nb"}, {"name"}),
    ],
)
def test_upstream_is_reported_by_the_sandbox_what_we_say_before(
    upstream: Driver, fields: dict[str, Any], missing: set[str]
) -> None:
    """A create that breaks a rule gets 422 from the sandbox through upstream; ours names the same fields, unsent."""
    given = {"name": "a", "project_id": "prj_1", **fields}
    outcome = upstream.refused("create_session", upstream.body("CreateSession", **given))
    assert outcome.status == 422
    assert {problem["loc"][1] for problem in outcome.body["detail"]} == missing
    with pytest.raises(InvalidSessionError) as caught:
        CreateSession.from_dict(given)
    assert {problem.field for problem in caught.value.problems} == missing


def test_nulls_sent_are_refused_by_name(upstream: Driver) -> None:
    """A null that is sent, as upstream does for a mapping, is no value: it is refused with 422, which names it."""
    body = {"name": "a", "project_id": "prj_1", "cloud_id": "c", "cluster_config": "x", "build_id": None}
    outcome = upstream.refused("create_session", body | {"idle_timeout": None})
    assert outcome.status == 422
    assert [problem["loc"] for problem in outcome.body["detail"]] == [["body", "build_id"], ["body", "idle_timeout"]]


@pytest.mark.parametrize("minutes", [-2, -(2**63), 2**63])
def test_upstreams_numbers_out_of_bounds_are_refused(upstream: Driver, ours: Driver, minutes: int) -> None:
    """An idle timeout out of bounds gets 422 through upstream, and is not sent by ours."""
    outcome = upstream.refused("update_session", "ses_1", upstream.body("UpdateSession", idle_timeout=minutes))
    assert outcome.status == 422
    assert [problem["loc"] for problem in outcome.body["detail"]] == [["body", "idle_timeout"]]
    with pytest.raises(InvalidRequestError, match="idle_timeout"):
        ours("update_session", "ses_1", UpdateSession(idle_timeout=minutes))
    assert asked(ours.sandbox) == 0


STATUSES = [400, 408, 418, 429, 500, 503]


@pytest.mark.parametrize("status", STATUSES)
def test_other_statuses_are_equal(equal: Equal, status: int) -> None:
    """Any other status comes with its body, to upstream's clients as to ours."""
    body = {"error": {"detail": "As the test says."}}

    def scenario(do: Driver) -> None:
        do.sandbox.faults.add("status", status=status, body=body)
        do.refused("get_session", "ses_1")

    [outcome] = equal(scenario)
    assert (outcome.status, outcome.body) == (status, body)


@pytest.mark.parametrize(
    ("operation", "arguments", "query"),
    [
        ("list_sessions", ["prj_1"], {"count": 51}),
        ("list_sessions", ["prj_1"], {"count": -1}),
        ("list_session_commands", ["ses_1"], {"count": 51}),
        ("get_session_event_log", ["ses_1"], {"count": 1001}),
        ("get_session_event_log", ["ses_1"], {"count": -1}),
        ("get_session", [None], {}),
        ("list_sessions", [None], {}),
    ],
)
def test_what_upstream_refuses_itself_we_do_too(
    upstream: Driver, ours: Driver, operation: str, arguments: list[Any], query: dict[str, Any]
) -> None:
    """Where upstream's SDK sends nothing, because a number is out of bounds or an id is missing, nor do we."""
    with pytest.raises(ValueError, match=r"^Invalid value|^Missing the required"):
        upstream(operation, *arguments, **query)
    with pytest.raises(InvalidRequestError):
        ours(operation, *arguments, **query)
    assert asked(upstream.sandbox) == asked(ours.sandbox) == 0


def asked(sandbox: Sandbox) -> int:
    """How often a sandbox was asked for anything."""
    return len(sandbox.journal.entries())
