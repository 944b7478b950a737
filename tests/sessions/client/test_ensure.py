"""`ensure_session` and `ensure_running` of both clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    ConflictError,
    CreateSession,
    InvalidSessionError,
    SessionState,
    WaitTimeoutError,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]
STARTED = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": False}}
DONE = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": True}}


def session(state: str = "Running", **fields: Any) -> dict[str, Any]:
    """A response with a session."""
    return {"result": {"id": "ses_1", "name": "nightly", "project_id": "prj_1", "state": state, **fields}}


def listed(*sessions: dict[str, Any]) -> dict[str, Any]:
    """A response with a page of sessions."""
    return {"results": [each["result"] for each in sessions]}


def asked(scripted: Scripted) -> list[str]:
    """The methods and paths that were requested."""
    return [each.line.removesuffix(" HTTP/1.1").replace("/v0/", "/") for each in scripted.asked]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


@pytest.fixture
def timed(face: Make, scripted: Scripted, turned: Turned) -> Face:
    """A client of a server whose answers the test gives."""
    return face(scripted.url, clock=turned.clock())


@pytest.mark.parametrize("name", ["kit ", " kit", "\u2003kit", "cafe\u0301"])
@pytest.mark.parametrize("flow", ["ensure_session", "ensure_running"])
def test_names_that_a_server_may_change_identify_nothing(face: Make, scripted: Scripted, name: str, flow: str) -> None:
    """A name with blanks at an end, or not in NFC, is refused where it is the identity, and nothing is sent."""
    with pytest.raises(InvalidSessionError) as raised:
        getattr(face(scripted.url), flow)(CreateSession(name=name, project_id="prj_1", **APP_CONFIG))
    assert [problem.field for problem in raised.value.problems] == ["name"]
    assert scripted.asked == []


def test_unique_name_must_be_kept_by_the_server(face: Make, scripted: Scripted) -> None:
    """A unique name is an identity too; a name without that purpose may have blanks."""
    body = CreateSession(name=" kit", project_id="prj_1", **APP_CONFIG)
    with pytest.raises(InvalidSessionError):
        face(scripted.url).create_session(body, unique_name=True)
    scripted.json({"result": {"id": "ses_1", "name": "kit"}})
    assert face(scripted.url).create_session(body).id == "ses_1"


def test_ensure_finds_a_name_that_the_server_has_folded(timed: Face, scripted: Scripted, session_body: Any) -> None:
    """A session whose name differs only in case or form from the requested one is the requested one."""
    scripted.json(listed(session(name=" NIGHTLY")))
    assert timed.ensure_session(session_body).id == "ses_1"


@pytest.mark.parametrize("create", ["create_session", "ensure_session", "launch_session"])
def test_ensure_remembers_what_the_client_has_created(
    timed: Face, scripted: Scripted, turned: Turned, session_body: CreateSession, create: str
) -> None:
    """A session that the client or a copy of it created in the last minute is found although the search misses it."""
    if create == "ensure_session":
        scripted.json(listed())
    scripted.json(session("Stopped"))
    if create == "launch_session":
        for answer in (STARTED, DONE, session()):
            scripted.json(answer)
    getattr(timed, create)(session_body)
    copy = Face(timed.client.with_options(timeout=5.0), timed._runner)
    scripted.json(listed())
    scripted.json({}, 404)
    scripted.json(session("Stopped"))
    assert copy.ensure_session(session_body).id == "ses_1"
    turned.time_s += 61.0
    scripted.json(listed())
    scripted.json(session("Stopped", id="ses_2"))
    assert timed.ensure_session(session_body).id == "ses_2"


def test_ensure_forgets_what_was_deleted(timed: Face, scripted: Scripted, turned: Turned, session_body: Any) -> None:
    """A session that was deleted by this client or by another one is not returned: a new one is created."""
    scripted.json(session("Stopped"))
    timed.create_session(session_body)
    scripted.response(b"", 204)
    timed.delete_session("ses_1")
    scripted.json(listed())
    scripted.json(session("Stopped", id="ses_2"))
    assert timed.ensure_session(session_body).id == "ses_2"
    turned.time_s += 6.0
    scripted.json(listed())
    scripted.json({}, 404)
    scripted.json(session("Stopped", id="ses_3"))
    assert timed.ensure_session(session_body).id == "ses_3"


def states(client: Face) -> list[str]:
    """The states of all sessions, oldest first."""
    sessions = client.all(client.list_sessions("prj_1"))
    return [str(each.state) for each in sorted(sessions, key=lambda each: each.created_at)]


def test_ensure_running_creates_and_starts(client: Face, session_body: CreateSession) -> None:
    """The first call creates and starts the session; later ones return it, whatever else is in the body."""
    first = client.ensure_running(session_body)
    assert first.state == SessionState.RUNNING
    again = CreateSession(name="nightly", project_id="prj_1", cloud_id="cld_1", cluster_config="x")
    assert client.ensure_running(again).id == first.id
    assert states(client) == ["Running"]


def test_ensure_running_prefers_sessions_that_are_not_terminated(
    client: Face, sandbox_clock: ManualClock, session_body: CreateSession
) -> None:
    """A session that is not terminated is preferred to an older one that is; only then is that one started again."""
    old = client.create_session(session_body)
    sandbox_clock.advance(seconds=1)
    new = client.create_session(session_body)
    client.terminate_session(old.id)
    client.wait_for_session(old.id, SessionState.TERMINATED)
    assert client.ensure_running(session_body).id == new.id
    client.terminate_session(new.id)
    client.wait_for_session(new.id, SessionState.TERMINATED)
    seen: list[Any] = []
    assert client.ensure_running(session_body, on_progress=seen.append).id == old.id
    assert seen[-1].state == SessionState.RUNNING
    assert states(client) == ["Running", "Terminated"]


def test_ensure_running_does_not_return_what_is_terminating(
    timed: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """A session that is Terminating, or about to be, is passed over for a new one."""
    scripted.json(listed(session("Terminating"), session("Running", pending_state="Terminated")))
    for answer in (session("Stopped", id="ses_2"), session("Stopped", id="ses_2")):
        scripted.json(answer)
    scripted.json({"result": {"id": "sop_1", "session_id": "ses_2", "completed": True}})
    scripted.json({"result": {"id": "sop_1", "session_id": "ses_2", "completed": True}})
    scripted.json(session(id="ses_2"))
    assert timed.ensure_running(session_body).id == "ses_2"


@pytest.mark.parametrize("later", ["Running", "Stopped"])
def test_ensure_running_waits_for_what_is_under_way(
    timed: Face, scripted: Scripted, session_body: CreateSession, later: str
) -> None:
    """A session that is on its way is waited for; one that comes to rest is started."""
    scripted.json(listed(session("StartingUp" if later == "Running" else "Stopping")))
    scripted.json(session("StartingUp" if later == "Running" else "Stopping"))
    scripted.json(session("Running", pending_state="Stopping"))
    scripted.json(session(later))
    if later == "Stopped":
        for answer in (DONE, DONE, session()):
            scripted.json(answer)
    assert timed.ensure_running(session_body).state == SessionState.RUNNING


def test_ensure_running_accepts_the_start_of_another_caller(
    timed: Face, scripted: Scripted, turned: Turned, session_body: CreateSession
) -> None:
    """A start that is refused because another caller has started the session is no error."""
    for answer in (listed(session("Stopped")), session("Stopped")):
        scripted.json(answer)
    scripted.json({}, 409)
    for answer in (session("StartingUp"), session("StartingUp"), session()):
        scripted.json(answer)
    assert timed.ensure_running(session_body).state == SessionState.RUNNING
    turned.time_s += 10.0
    for answer in (listed(session("UpdatingErrored")), session("UpdatingErrored")):
        scripted.json(answer)
    scripted.json({}, 409)
    scripted.json(session("UpdatingErrored"))
    with pytest.raises(ConflictError) as raised:
        timed.ensure_running(session_body)
    assert raised.value.session_id == "ses_1"


def test_ensure_running_has_one_timeout(timed: Face, scripted: Scripted, session_body: CreateSession) -> None:
    """A session that does not come to run ends the call with its timeout, and the error has the session."""
    scripted.json(listed(session("StartingUp")))
    for _ in range(3):
        scripted.json(session("StartingUp"))
    with pytest.raises(WaitTimeoutError, match=r"to be Running \(last state: StartingUp\)") as raised:
        timed.ensure_running(session_body, timeout=2.0)
    assert raised.value.session.state == SessionState.STARTINGUP


@pytest.mark.parametrize("states", [("Stopped", "Terminated"), ("Terminated", "Stopped")])
def test_ensure_running_prefers_among_remembered_sessions(
    timed: Face, scripted: Scripted, session_body: CreateSession, states: tuple[str, str]
) -> None:
    """Of the sessions that the search misses, the one that is not terminated is preferred; one that ends never is."""
    for number in range(3):
        scripted.json(session("Stopped", id=f"ses_{number}"))
        timed.create_session(session_body)
    scripted.json(listed())
    for number, state in enumerate((*states, "Terminating")):
        scripted.json(session(state, id=f"ses_{number}"))
    wanted = f"ses_{states.index('Stopped')}"
    scripted.json(session(id=wanted))
    assert timed.ensure_running(session_body).id == wanted
