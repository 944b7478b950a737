"""Mappings as request bodies, of both clients."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from anyscale_sessions import (
    CreateSession,
    InvalidRequestError,
    PageQuery,
    SessionsQuery,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox

from ..conftest import APP_CONFIG, Face, Scripted

Make = Callable[..., Face]


def asked(scripted: Scripted) -> list[str]:
    """The methods and paths that were requested."""
    return [each.line.removesuffix(" HTTP/1.1").replace("/v0/", "/") for each in scripted.asked]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


BODY = {"name": "nightly", "project_id": "prj_1", **APP_CONFIG}


@pytest.mark.parametrize("wrap", [dict, MappingProxyType], ids=["dict", "mapping"])
def test_every_body_can_be_a_mapping(client: Face, wrap: Callable[[Any], Any]) -> None:
    """Each operation and flow with a body accepts a mapping of its fields instead."""
    made = client.create_session(wrap({**BODY, "user_service_access": "public"}))
    assert len(made.user_service_token) == 43
    assert client.ensure_session(wrap(BODY)).id == made.id
    assert client.ensure_running(wrap(BODY), start=wrap({"build_id": "bld_2"})).build_id == "bld_2"
    assert client.update_session(made.id, wrap({"idle_timeout": 5})).idle_timeout == 5
    query = wrap({"name": wrap({"equals": "nightly"}), "paging": wrap({"count": 1})})
    assert [each.id for each in client.all(client.search_sessions("prj_1", query))] == [made.id]
    command = client.create_session_command(wrap({"session_id": made.id, "shell_command": "true"}))
    assert command.session_id == made.id
    assert client.terminate_session(made.id, wrap({"workers_only": True})).session_id == made.id
    launched = client.launch_session(wrap({**BODY, "name": "other"}), start=wrap({"build_id": "bld_3"}))
    assert launched.build_id == "bld_3"
    with client.scope(wrap({**BODY, "name": "third"})) as third:
        assert third.name == "third"
    from anyscale_sessions import api

    assert client.send(api.create_session(wrap({**BODY, "name": "raw"}))).parsed.name == "raw"
    assert client.send(api.search_sessions("prj_1", query)).parsed.results[0].id == made.id


def test_part_of_a_body_can_be_a_mapping(client: Face, session_body: CreateSession) -> None:
    """A mapping in a model stands for the model there, on every page of a search."""
    for _ in range(3):
        client.create_session(session_body)
    query = SessionsQuery(name={"equals": "nightly"}, paging={"count": 1})  # type: ignore[arg-type]
    assert len(client.all(client.search_sessions("prj_1", query))) == 3
    assert client.client is not None
    assert query.paging == {"count": 1}  # type: ignore[comparison-overlap]
    both = SessionsQuery(name={"equals": "nightly"}, paging=PageQuery(count=2))  # type: ignore[arg-type]
    assert len(client.all(client.search_sessions("prj_1", both))) == 3


CIRCLE: dict[str, Any] = {}
CIRCLE["name"] = CIRCLE
WRONG: list[tuple[str, tuple[Any, ...], list[str]]] = [
    ("search_sessions", ("prj_1", {"nmae": {"equals": "x"}}), ["nmae"]),
    ("search_sessions", ("prj_1", {"name": {"equal": "x"}}), ["name.equal"]),
    ("search_sessions", ("prj_1", {"paging": {"count": "2"}}), ["paging.count"]),
    ("search_sessions", ("prj_1", {"name": 5, "state_filter": ["x", 5]}), ["name", "state_filter[1]"]),
    ("search_sessions", ("prj_1", CIRCLE), ["body"]),
    ("search_sessions", ("prj_1", {5: 1}), ["body"]),
    ("create_session_command", ({"session_id": "ses_1"},), ["shell_command"]),
    ("create_session_command", ({"session_id": None, "shell_command": "ls"},), ["session_id"]),
    ("update_session", ("ses_1", {"cluster_config": "\ud800"}), ["cluster_config"]),
    ("create_session", ({"name": "a", "projct_id": "b"},), ["projct_id", "project_id"]),
]


@pytest.mark.parametrize(("name", "arguments", "fields"), WRONG)
def test_wrong_mappings_are_refused_unsent(
    face: Make, scripted: Scripted, name: str, arguments: tuple[Any, ...], fields: list[str]
) -> None:
    """A mapping with an unknown field or a wrong value is refused with every problem, and nothing is sent."""
    with pytest.raises(InvalidRequestError) as raised:
        getattr(face(scripted.url), name)(*arguments)
    assert set(fields) <= {problem.field for problem in raised.value.problems}
    assert scripted.asked == []
