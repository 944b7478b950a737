"""Inputs that are not the obvious ones reach a sandbox from the upstream SDK as they do from our clients."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeAlias

import pytest

# Types of the fixtures: see conftest.py.
Driver: TypeAlias = Any
Scenario: TypeAlias = Callable[[Driver], object]
Equal: TypeAlias = Callable[[Scenario], list[Any]]

PROJECT = "prj_inputs"
CLUSTER_CONFIG = {"project_id": PROJECT, "cloud_id": "cld_1", "cluster_config": "cluster_name: a"}
NAMES = [
    "plain 1",
    "nächtlich",
    "na\u0308chtlich",
    "夜間トレーニング",
    "ليلي",
    "🌒 👩\u200d🚀",
    "%_'\"\\;--",
    " a & b = c ? # ",
    "plain 2",
    "Ⅻ\u00a0ﬁ",
]


def create(do: Driver, **fields: Any) -> Any:
    """A new session."""
    return do("create_session", do.body("CreateSession", **{"name": "a"} | CLUSTER_CONFIG | fields))["result"]


def search(do: Driver, **query: Any) -> list[str]:
    """The names of the sessions that a search finds."""
    found = do("search_sessions", PROJECT, do.body("SessionsQuery", **query))["results"]
    return [session["name"] for session in found]


def test_names_in_all_scripts_are_kept_and_found(equal: Equal) -> None:
    """A name comes back as it was sent, and is found by itself and by a part of it, taken literally."""

    def scenario(do: Driver) -> None:
        for name in NAMES:
            assert create(do, name=name)["name"] == name
        for name in NAMES:
            assert search(do, name={"equals": name}) == [name]
            assert search(do, name={"contains": name[1:], "not_equal": "no name"}) == [name]
            assert name not in search(do, name={"not_equal": name}, paging={"count": 50})
        assert search(do, name={"contains": "%"}) == ["%_'\"\\;--"]
        assert search(do, name={"contains": ""}) == NAMES
        assert search(do, name={"equals": ""}) == []

    equal(scenario)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 50])
def test_lists_are_walked_page_by_page(equal: Equal, count: int) -> None:
    """A walk through pages of any size sees everything once, in one order, also with what is added on the way."""

    def scenario(do: Driver) -> None:
        ids = [create(do, name=f"session {number}")["id"] for number in range(7)]
        query, seen = {"count": count}, []
        while True:
            page = do("list_sessions", PROJECT, **query)
            assert len(page["results"]) <= count
            seen += [session["id"] for session in page["results"]]
            if "next_paging_token" not in alike(page["metadata"]):
                break
            if len(ids) == 7:
                ids.append(create(do, name="added on the way")["id"])
            query["paging_token"] = page["metadata"]["next_paging_token"]
        assert seen == ids

    equal(scenario)


def test_searches_are_walked_page_by_page(equal: Equal) -> None:
    """A search goes on from its token, with the same filters, and without a word about the size of its pages."""

    def scenario(do: Driver) -> None:
        for number in range(25):
            create(do, name=f"{'even' if number % 2 == 0 else 'odd'} {number}")
        paging: dict[str, Any] = {}
        sizes = []
        while True:
            body = do.body("SessionsQuery", name={"contains": "even"}, **({"paging": paging} if paging else {}))
            page = do("search_sessions", PROJECT, body)
            sizes.append((len(page["results"]), page["metadata"]["total"]))
            if "next_paging_token" not in alike(page["metadata"]):
                break
            paging = {"paging_token": page["metadata"]["next_paging_token"]}
        assert sizes == [(10, 13), (3, 13)]

    equal(scenario)


@pytest.mark.parametrize("count", [0, 1, 10, 50, 1000, 100_000])
def test_searches_take_pages_of_any_size(equal: Equal, count: int) -> None:
    """A search is never too much: a page holds no more than there is, and one of none has no next one."""

    def scenario(do: Driver) -> None:
        for number in range(3):
            create(do, name=str(number))
        assert len(search(do, paging={"count": count})) == min(count, 3)

    [*_, outcome] = equal(scenario)
    assert ("next_paging_token" in outcome.body["metadata"]) == (count == 1)
    assert outcome.body["metadata"]["total"] == 3


def test_empty_lists_are_pages_too(equal: Equal) -> None:
    """Where there is nothing, or pages of nothing are asked for, the page is empty, and the last."""

    def scenario(do: Driver) -> None:
        do("list_sessions", "prj_nobody")
        do("list_sessions", "prj_nobody", count=0)
        do("search_sessions", "prj_nobody", do.body("SessionsQuery"))
        do("search_sessions", "prj_nobody", do.body("SessionsQuery", state_filter=[], creator_id="usr_nobody"))
        session_id = create(do)["id"]
        do("list_session_commands", session_id, count=50)
        do("get_session_event_log", session_id, event_types=["running"])
        do("get_session_event_log", session_id, count=0)

    for outcome in equal(scenario):
        if outcome.operation != "create_session":
            assert outcome.body["results"] == []
            assert set(outcome.body["metadata"]) == {"total"}


def test_filters_by_state_and_creator(equal: Equal) -> None:
    """Several states are one filter, each may be named twice, and a creator narrows it."""

    def scenario(do: Driver) -> None:
        states = ["Stopped", "Running", "Terminated", "StartupErrored", "Updating"]
        do.sandbox.seed({"sessions": [CLUSTER_CONFIG | {"name": state, "state": state} for state in states]})
        assert search(do, state_filter=["Running"]) == ["Running"]
        assert search(do, state_filter=["Running", "Terminated", "Running"]) == ["Running", "Terminated"]
        assert search(do, state_filter=["Stopping"]) == []
        assert search(do, creator_id="usr_sandbox") == states
        assert search(do, creator_id="usr_sandbox", state_filter=["Updating"], name={"contains": "p"}) == ["Updating"]

    equal(scenario)


def test_events_between_moments_of_certain_types(equal: Equal) -> None:
    """Enums and moments in a query, in any time zone, are understood, several values by the repeated key."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    kathmandu = timezone(timedelta(hours=5, minutes=45))

    def types(do: Driver, session_id: str, **query: Any) -> list[str]:
        return [event["event_type"] for event in do("get_session_event_log", session_id, **query)["results"]]

    def scenario(do: Driver) -> None:
        session_id = create(do)["id"]
        do.sandbox.clock.advance(10)
        do("start_session", session_id, do.body("StartSessionOptions"))
        do.sandbox.clock.advance(10)
        every = ["created", "start_command", "starting", "awaiting_file_mounts", "running"]
        assert types(do, session_id) == every
        assert types(do, session_id, event_types=["running", "created"]) == ["created", "running"]
        assert types(do, session_id, event_types=["created"], log_level_types=["info", "error"]) == ["created"]
        assert types(do, session_id, log_level_types=["error"]) == []
        assert types(do, session_id, after=began) == every[1:]
        assert types(do, session_id, before=began) == []
        later = began + timedelta(seconds=10, microseconds=1)
        assert types(do, session_id, before=later.astimezone(kathmandu)) == every[:3]
        assert types(do, session_id, after=later.astimezone(kathmandu)) == every[3:]
        assert types(do, session_id, after=began, before=later, event_types=["starting"], count=1) == ["starting"]

    equal(scenario)


@pytest.mark.parametrize(
    "fields",
    [
        {"idle_timeout": 0},
        {"idle_timeout": -1},
        {"idle_timeout": 2**63 - 1},
        {"uses_app_config": False, "allow_public_internet_traffic": False},
        {"user_service_access": "private"},
        {"cluster_config": "# 夜間 🌒\r\n\tcmd: \"a\\b\" 'c' \x7f\u2028\n" + "x" * 50_000},
        {"project_id": "..a_-.", "build_id": "b" * 1000, "compute_template_id": "ü"},
    ],
    ids=" ".join,
)
def test_fields_at_their_bounds(equal: Equal, fields: dict[str, Any]) -> None:
    """Values at the bounds of what is allowed are kept as they are."""

    def scenario(do: Driver) -> None:
        session = create(do, **fields)
        assert {name: session[name] for name in fields} == fields
        do("get_session", session["id"])
        do("list_sessions", session["project_id"])

    equal(scenario)


def test_a_private_session_without_more(equal: Equal) -> None:
    """Options that a start or a termination does not set stay unchanged, and bodies may be empty."""

    def scenario(do: Driver) -> None:
        session_id = create(do, allow_public_internet_traffic=True)["id"]
        do("update_session", session_id, do.body("UpdateSession"))
        do("start_session", session_id, do.body("StartSessionOptions"))
        do.sandbox.clock.advance(2)
        do("terminate_session", session_id, do.body("TerminateSessionOptions"))
        do.sandbox.clock.advance(2)
        every = {"cluster_config": "b: 2", "build_id": "b", "compute_template_id": "c"}
        options = do.body("StartSessionOptions", allow_public_internet_traffic=False, **every)
        do("start_session", session_id, options)
        started = do("get_session", session_id)["result"]
        assert {name: started[name] for name in every} == every

    outcomes = equal(scenario)
    kept = [outcome.body["result"] for outcome in outcomes if outcome.operation in ("update_session", "get_session")]
    assert [session["allow_public_internet_traffic"] for session in kept] == [True, False]
    assert [session["idle_timeout"] for session in kept] == [120, 120]


def test_a_public_sessions_token_is_made(upstream: Driver, ours: Driver) -> None:
    """A public session that comes without a token gets one of 43 characters, by the sandbox or by our client."""
    for do in (upstream, ours):
        session = create(do, user_service_access="public")
        assert len(session["user_service_token"]) == 43
        assert do("get_session", session["id"])["result"]["user_service_token"] == session["user_service_token"]


def test_mappings_do_for_bodies(upstream: Driver) -> None:
    """Upstream takes mappings for models, and so their empty ones reach the sandbox as empty objects."""
    session = upstream("create_session", {"name": "a", **CLUSTER_CONFIG})["result"]
    assert upstream("search_sessions", PROJECT, {"paging": {"count": 1}})["results"] == [session]
    assert upstream("update_session", session["id"], {})["result"] == session
    assert upstream("start_session", session["id"], {})["result"]["session_operation_type"] == "start"


def test_more_query_parameters_and_headers_do_no_harm(upstream: Driver) -> None:
    """Query parameters and headers that the spec does not have are passed over, as upstream's server does."""
    created = create(upstream)
    page, status, headers = upstream.sdk.api_client.call_api(
        "/sessions/",
        "GET",
        query_params=[("project_id", PROJECT), ("verbose", True), ("count", 1), ("ünknown[]", "ä")],
        header_params={"Accept": "text/html", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"},
        response_type="SessionListResponse",
    )
    assert status == 200
    assert [session.id for session in page.results] == [created["id"]]
    assert headers["Content-Type"] == "application/json"


def test_ids_that_cannot_be_are_refused(upstream: Driver) -> None:
    """An id that no resource can have is refused with 422, or with 404 if it makes another path."""
    for session_id, status in (("ä", 422), ("a b", 422), ("x" * 257, 422), ("a\n", 422), ("a/b", 404), ("a%2Fb", 422)):
        assert upstream.refused("get_session", session_id).status == status, session_id


def test_upstream_learns_how_long_to_wait(upstream: Driver) -> None:
    """A throttled call comes to upstream with 429 and the seconds in `Retry-After`, and passes after them."""
    upstream.sandbox.faults.add("throttle", operation="get_session", retry_after=7)
    session = create(upstream)
    # By itself the SDK waits these seconds, in real time, and tries three times more.
    upstream.sdk.api_client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    with pytest.raises(Exception, match="Too many requests") as caught:
        upstream.sdk.get_session(session["id"])
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "7")
    upstream.sandbox.clock.advance(7)
    assert upstream("get_session", session["id"])["result"] == session


def test_the_sdks_own_threads_are_served(upstream: Driver) -> None:
    """Calls that upstream's SDK makes on threads of its own are all done."""
    session = create(upstream)
    threads = [upstream.sdk.get_session(session["id"], async_req=True) for _ in range(8)]
    assert {thread.get(60).result.id for thread in threads} == {session["id"]}
    upstream.sdk.api_client.close()


def alike(metadata: dict[str, Any]) -> dict[str, Any]:
    """What is not null."""
    return {name: value for name, value in metadata.items() if value is not None}
