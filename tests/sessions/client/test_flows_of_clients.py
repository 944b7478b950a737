"""Flows of both clients against a sandbox or a scripted server: ids of errors, time limits, mappings, pagers."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncPage,
    AsyncPager,
    AsyncSessionsClient,
    ConflictError,
    CreateSession,
    InvalidRequestError,
    InvalidSessionError,
    NotFoundError,
    OperationFailedError,
    OutcomeUnknownError,
    PageQuery,
    PermissionDeniedError,
    SessionsClient,
    SessionsQuery,
    SessionState,
    WaitTimeoutError,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import Fault, ManualClock, Sandbox

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]
STARTED = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": False}}
DONE = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": True}}
COMMAND = {"result": {"id": "scd_1", "session_id": "ses_1", "shell_command": "ls"}}
FINISHED = {"result": {**COMMAND["result"], "finished_at": "2026-01-01T00:00:00Z", "status_code": 0}}


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
def told(face: Make, scripted: Scripted, turned: Turned) -> Face:
    """A client of a server whose answers the test gives."""
    return face(scripted.url, clock=turned.clock())


# What errors know.


def test_failed_launch_has_the_ids_of_what_it_left(told: Face, scripted: Scripted, session_body: CreateSession) -> None:
    """An error that ends a launch after the creation has the ids of the session and of the start, if there is one."""
    scripted.json(session("Stopped"))
    scripted.json({}, 409)
    with pytest.raises(ConflictError) as raised:
        told.launch_session(session_body)
    assert (raised.value.session_id, raised.value.operation_id) == ("ses_1", None)
    scripted.json(session("Stopped"))
    scripted.json(STARTED)
    scripted.json({}, 403)
    with pytest.raises(PermissionDeniedError) as denied:
        told.launch_session(session_body)
    assert (denied.value.session_id, denied.value.operation_id) == ("ses_1", "sop_1")
    scripted.json(session("Stopped"))
    scripted.json(STARTED)
    for _ in range(2):
        scripted.json({}, 500)
    with pytest.raises(WaitTimeoutError) as late:
        told.launch_session(session_body, timeout=0.5)
    assert (late.value.session_id, late.value.operation_id, late.value.session) == ("ses_1", "sop_1", None)


def test_interrupted_launch_names_the_session(told: Face, scripted: Scripted, session_body: CreateSession) -> None:
    """An interruption of a launch arrives as it was raised, with a note that names the session."""
    interruption = KeyboardInterrupt("now")

    def interrupt(_: object) -> None:
        raise interruption

    scripted.json(session("Stopped"))
    scripted.json(STARTED)
    scripted.json(STARTED)
    with pytest.raises(KeyboardInterrupt) as raised:
        told.launch_session(session_body, on_progress=interrupt)
    assert raised.value is interruption
    assert raised.value.__notes__ == ["session ses_1 was created and is left as it is"]


def test_waits_have_ids(told: Face, scripted: Scripted) -> None:
    """The timeout of each kind of wait has the id that it waited for, also if no poll has succeeded."""
    for wait, thing, name in (
        (told.wait_for_session, "ses_9", "session_id"),
        (told.wait_for_session_operation, "sop_9", "operation_id"),
        (told.wait_for_session_command, "scd_9", "command_id"),
    ):
        scripted.json({}, 500)
        scripted.json({}, 500)
        with pytest.raises(WaitTimeoutError) as raised:
            wait(thing, timeout=0.5)
        assert getattr(raised.value, name) == thing


def test_failed_start_has_ids(client: Face, sandbox: Sandbox, session_body: CreateSession) -> None:
    """A start that fails has the ids of the operation and the session, which can be cleaned up with them."""
    sandbox.faults.add(Fault("status", operation="get_session_operation", status=403, times=1))
    with pytest.raises(PermissionDeniedError) as raised:
        client.launch_session(session_body)
    assert raised.value.session_id is not None
    client.terminate_session(raised.value.session_id)
    assert client.get_session_operation(raised.value.operation_id).session_id == raised.value.session_id


def test_operation_that_failed_has_ids(told: Face, scripted: Scripted) -> None:
    """An `OperationFailedError` has the ids of its operation and its session."""
    scripted.json({"result": {**DONE["result"], "result": {"error": {"message": "no"}}}})
    with pytest.raises(OperationFailedError) as raised:
        told.wait_for_session_operation("sop_1")
    assert (raised.value.session_id, raised.value.operation_id) == ("ses_1", "sop_1")


# How long flows take.


def test_timeout_bounds_a_whole_launch(told: Face, scripted: Scripted, turned: Turned, session_body: Any) -> None:
    """A launch whose start is lost ends with its timeout, not with the deadline of a call."""
    scripted.json(session("Stopped"))
    scripted.raw(end="reset")
    for _ in range(30):
        scripted.json(session("Stopped"))
    began = turned.time_s
    with pytest.raises(OutcomeUnknownError) as raised:
        told.launch_session(session_body, timeout=3.0)
    scripted.answers.clear()
    assert turned.time_s - began <= 3.0
    assert raised.value.session_id == "ses_1"


@pytest.mark.parametrize("flow", ["launch_session", "scope", "ensure_running"])
def test_start_is_not_sent_when_the_time_is_over(
    told: Face, scripted: Scripted, turned: Turned, session_body: Any, flow: str
) -> None:
    """A flow whose creation takes all of its time starts nothing, and its error has the session's id."""

    def later(_: object) -> None:
        turned.time_s += 100.0

    told.client._hooks = type(told.client._hooks)(None, later, None)
    told.client._has_hooks = True
    if flow == "ensure_running":
        scripted.json(listed(session("Stopped")))
        scripted.json(session("Stopped"))
    else:
        scripted.json(session("Stopped"))
    if flow == "scope":
        scripted.json(STARTED)

    def use() -> None:
        if flow == "scope":
            with told.scope(session_body, timeout=50.0):
                pytest.fail("it is not entered")
        getattr(told, flow)(session_body, timeout=50.0)

    with pytest.raises(WaitTimeoutError) as raised:
        use()
    assert raised.value.session_id == "ses_1"
    assert not any("/start" in line for line in asked(scripted))


# What is new can be missing for a while.


def test_404_right_after_a_creation_does_not_end_a_launch(
    told: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """A launch continues after a 404 for the start, the operation or the session shortly after the creation."""
    scripted.json(session("Stopped"))
    scripted.json({}, 404)
    scripted.json(STARTED)
    scripted.json({}, 404)
    scripted.json(DONE)
    scripted.json({}, 404)
    scripted.json(session())
    assert told.launch_session(session_body).state == SessionState.RUNNING


def test_404_right_after_a_change_does_not_end_a_wait(told: Face, scripted: Scripted, turned: Turned) -> None:
    """For 5 s after this client, or a copy of it, has changed a thing, a 404 does not end the wait for it."""
    scripted.json(STARTED)
    told.start_session("ses_1")
    copy = Face(told.client.with_options(timeout=5.0), told._runner)
    scripted.json({}, 404)
    scripted.json(DONE)
    assert copy.wait_for_session_operation("sop_1").completed
    scripted.json({}, 404)
    scripted.json(session())
    assert copy.wait_for_session("ses_1").id == "ses_1"
    turned.time_s += 5.0
    for wait, thing in ((told.wait_for_session, "ses_1"), (told.wait_for_session_operation, "sop_1")):
        scripted.json({}, 404)
        with pytest.raises(NotFoundError):
            wait(thing)


def test_404_of_a_change_is_final(told: Face, scripted: Scripted) -> None:
    """A change that is answered with 404 changed nothing, so that a later 404 ends a wait at once."""
    scripted.json({}, 404)
    with pytest.raises(NotFoundError):
        told.start_session("ses_1")
    scripted.json({}, 404)
    with pytest.raises(NotFoundError):
        told.wait_for_session("ses_1")


def test_404_for_a_new_command_does_not_end_its_wait(told: Face, scripted: Scripted) -> None:
    """The first look at a new command may not find it."""
    scripted.json(COMMAND)
    scripted.json({}, 404)
    scripted.json(FINISHED)
    assert told.run_command("ses_1", "ls").status_code == 0


def test_scope_terminates_a_session_that_is_not_found_at_first(
    told: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """A scope that ends right after the creation tries again to terminate the session that the server does not find."""
    scripted.json(session("Stopped"))
    scripted.json({}, 403)
    scripted.json({}, 404)
    scripted.json(STARTED)
    with pytest.raises(PermissionDeniedError), told.scope(session_body):
        pytest.fail("it is not entered")
    assert asked(scripted)[-2:] == ["POST /sessions/ses_1/terminate"] * 2


def test_lost_start_of_a_new_session_is_seen_after_a_404(told: Face, scripted: Scripted) -> None:
    """A probe after a lost start is repeated after a 404, because the session can be new."""
    scripted.raw(end="reset")
    scripted.json({}, 404)
    scripted.json(session("StartingUp"))
    with pytest.raises(OutcomeUnknownError) as raised:
        told.start_session("ses_1")
    assert raised.value.is_done


# Commands.


def test_command_reports_its_progress(told: Face, scripted: Scripted) -> None:
    """`on_progress` is called first with the command as it was created, and then with the result of each poll."""
    seen: list[Any] = []
    for answer in (COMMAND, COMMAND, FINISHED):
        scripted.json(answer)
    result = told.run_command("ses_1", "ls", on_progress=seen.append)
    assert [command.finished_at is None for command in seen] == [True, True, False]
    assert seen[-1] == result


def test_command_can_be_waited_for_again(told: Face, scripted: Scripted) -> None:
    """The timeout of a command has its id, with which it can be waited for again."""
    for _ in range(3):
        scripted.json(COMMAND)
    with pytest.raises(WaitTimeoutError) as raised:
        told.run_command("ses_1", "ls", timeout=0.5)
    assert (raised.value.command_id, raised.value.session_id) == ("scd_1", "ses_1")
    assert raised.value.__notes__ == ["command scd_1 of session ses_1 may still run"]
    scripted.json(FINISHED)
    seen: list[Any] = []
    assert told.wait_for_session_command("scd_1", on_progress=seen.append).status_code == 0
    assert len(seen) == 1


def test_interrupted_command_is_named(told: Face, scripted: Scripted) -> None:
    """An interruption of `run_command` is the same exception, with a note that names the running command."""
    interruption = KeyboardInterrupt("now")

    def interrupt(_: object) -> None:
        raise interruption

    scripted.json(COMMAND)
    with pytest.raises(KeyboardInterrupt) as raised:
        told.run_command("ses_1", "ls", on_progress=interrupt)
    assert raised.value is interruption
    assert raised.value.__notes__ == ["command scd_1 of session ses_1 may still run"]


# Mappings.

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


# Names that identify.


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


def test_ensure_finds_a_name_that_the_server_has_folded(told: Face, scripted: Scripted, session_body: Any) -> None:
    """A session whose name differs only in case or form from the requested one is the requested one."""
    scripted.json(listed(session(name=" NIGHTLY")))
    assert told.ensure_session(session_body).id == "ses_1"


@pytest.mark.parametrize("create", ["create_session", "ensure_session", "launch_session"])
def test_ensure_remembers_what_the_client_has_created(
    told: Face, scripted: Scripted, turned: Turned, session_body: CreateSession, create: str
) -> None:
    """A session that the client or a copy of it created in the last minute is found although the search misses it."""
    if create == "ensure_session":
        scripted.json(listed())
    scripted.json(session("Stopped"))
    if create == "launch_session":
        for answer in (STARTED, DONE, session()):
            scripted.json(answer)
    getattr(told, create)(session_body)
    copy = Face(told.client.with_options(timeout=5.0), told._runner)
    scripted.json(listed())
    scripted.json({}, 404)
    scripted.json(session("Stopped"))
    assert copy.ensure_session(session_body).id == "ses_1"
    turned.time_s += 61.0
    scripted.json(listed())
    scripted.json(session("Stopped", id="ses_2"))
    assert told.ensure_session(session_body).id == "ses_2"


def test_ensure_forgets_what_was_deleted(told: Face, scripted: Scripted, turned: Turned, session_body: Any) -> None:
    """A session that was deleted by this client or by another one is not returned: a new one is created."""
    scripted.json(session("Stopped"))
    told.create_session(session_body)
    scripted.response(b"", 204)
    told.delete_session("ses_1")
    scripted.json(listed())
    scripted.json(session("Stopped", id="ses_2"))
    assert told.ensure_session(session_body).id == "ses_2"
    turned.time_s += 6.0
    scripted.json(listed())
    scripted.json({}, 404)
    scripted.json(session("Stopped", id="ses_3"))
    assert told.ensure_session(session_body).id == "ses_3"


# Running sessions.


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
    told: Face, scripted: Scripted, session_body: CreateSession
) -> None:
    """A session that is Terminating, or about to be, is passed over for a new one."""
    scripted.json(listed(session("Terminating"), session("Running", pending_state="Terminated")))
    for answer in (session("Stopped", id="ses_2"), session("Stopped", id="ses_2")):
        scripted.json(answer)
    scripted.json({"result": {"id": "sop_1", "session_id": "ses_2", "completed": True}})
    scripted.json({"result": {"id": "sop_1", "session_id": "ses_2", "completed": True}})
    scripted.json(session(id="ses_2"))
    assert told.ensure_running(session_body).id == "ses_2"


@pytest.mark.parametrize("later", ["Running", "Stopped"])
def test_ensure_running_waits_for_what_is_under_way(
    told: Face, scripted: Scripted, session_body: CreateSession, later: str
) -> None:
    """A session that is on its way is waited for; one that comes to rest is started."""
    scripted.json(listed(session("StartingUp" if later == "Running" else "Stopping")))
    scripted.json(session("StartingUp" if later == "Running" else "Stopping"))
    scripted.json(session("Running", pending_state="Stopping"))
    scripted.json(session(later))
    if later == "Stopped":
        for answer in (DONE, DONE, session()):
            scripted.json(answer)
    assert told.ensure_running(session_body).state == SessionState.RUNNING


def test_ensure_running_accepts_the_start_of_another_caller(
    told: Face, scripted: Scripted, turned: Turned, session_body: CreateSession
) -> None:
    """A start that is refused because another caller has started the session is no error."""
    for answer in (listed(session("Stopped")), session("Stopped")):
        scripted.json(answer)
    scripted.json({}, 409)
    for answer in (session("StartingUp"), session("StartingUp"), session()):
        scripted.json(answer)
    assert told.ensure_running(session_body).state == SessionState.RUNNING
    turned.time_s += 10.0
    for answer in (listed(session("UpdatingErrored")), session("UpdatingErrored")):
        scripted.json(answer)
    scripted.json({}, 409)
    scripted.json(session("UpdatingErrored"))
    with pytest.raises(ConflictError) as raised:
        told.ensure_running(session_body)
    assert raised.value.session_id == "ses_1"


def test_ensure_running_has_one_timeout(told: Face, scripted: Scripted, session_body: CreateSession) -> None:
    """A session that does not come to run ends the call with its timeout, and the error has the session."""
    scripted.json(listed(session("StartingUp")))
    for _ in range(3):
        scripted.json(session("StartingUp"))
    with pytest.raises(WaitTimeoutError, match=r"to be Running \(last state: StartingUp\)") as raised:
        told.ensure_running(session_body, timeout=2.0)
    assert raised.value.session.state == SessionState.STARTINGUP


@pytest.mark.parametrize("states", [("Stopped", "Terminated"), ("Terminated", "Stopped")])
def test_ensure_running_prefers_among_remembered_sessions(
    told: Face, scripted: Scripted, session_body: CreateSession, states: tuple[str, str]
) -> None:
    """Of the sessions that the search misses, the one that is not terminated is preferred; one that ends never is."""
    for number in range(3):
        scripted.json(session("Stopped", id=f"ses_{number}"))
        told.create_session(session_body)
    scripted.json(listed())
    for number, state in enumerate((*states, "Terminating")):
        scripted.json(session(state, id=f"ses_{number}"))
    wanted = f"ses_{states.index('Stopped')}"
    scripted.json(session(id=wanted))
    assert told.ensure_running(session_body).id == wanted


# Lists of the asynchronous client.


def test_async_list_is_awaited_or_iterated(sandbox: Sandbox, session_body: CreateSession) -> None:
    """An asynchronous list gives its first page when awaited, and all items when iterated, also more than once."""

    async def use() -> None:
        async with AsyncSessionsClient(sandbox.token, host=sandbox.url) as client:
            for _ in range(3):
                await client.create_session(session_body)
            pager = client.list_sessions("prj_1", count=2)
            assert isinstance(pager, AsyncPager)
            assert "list_sessions" in repr(pager)
            page = await pager
            assert isinstance(page, AsyncPage)
            assert repr(page) == "<AsyncPage: 2 items, more follow>"
            last = await page.next_page()
            assert repr(last) == "<AsyncPage: 1 item, the last page>"
            with pytest.raises(RuntimeError, match="already awaited"):
                await pager
            for _ in range(2):
                assert len([each async for each in pager]) == 3
            lists = (client.list_sessions("prj_1"), client.search_sessions("prj_1"))
            assert [len(each.results) for each in await asyncio.gather(*lists)] == [3, 3]
            with pytest.raises(InvalidRequestError):
                await client.list_sessions("a\n")

    asyncio.run(use())


def test_unused_async_list_sends_nothing(scripted: Scripted) -> None:
    """An asynchronous list that is not used sends nothing and warns of nothing."""

    async def use() -> None:
        async with AsyncSessionsClient("sss_token", host=scripted.url) as client:
            client.list_sessions("prj_1")
            client.search_sessions("prj_1", {"name": {"equals": "x"}})
            gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(use())
    assert scripted.asked == []


def test_pages_show_how_many_items_they_have(sandbox: Sandbox, session_body: CreateSession) -> None:
    """The repr of a page shows how many items it has and whether more follow, and none of them."""
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        for _ in range(3):
            client.create_session(session_body)
        page = client.list_sessions("prj_1", count=2)
        assert repr(page) == "<Page: 2 items, more follow>"
        assert repr(page.next_page()) == "<Page: 1 item, the last page>"
