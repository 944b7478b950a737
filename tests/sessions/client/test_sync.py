"""Both clients against the sandbox: every operation, the flows on top, and what they refuse before anything is sent."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncPage,
    AsyncSessionsClient,
    ConflictError,
    CreateSession,
    CreateSessionCommand,
    InvalidRequestError,
    LogLevelTypes,
    NotFoundError,
    OperationFailedError,
    Page,
    PageQuery,
    PermissionDeniedError,
    Session,
    SessionCommand,
    SessionEventTypes,
    SessionOperation,
    SessionOperationType,
    SessionsClient,
    SessionsError,
    SessionsQuery,
    SessionState,
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    UnprocessableEntityError,
    UnreachableStateError,
    UpdateSession,
    WaitTimeoutError,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_api.client import OPERATION_IDS
from anyscale_sessions_sandbox import ManualClock, Sandbox

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox, which turns the sandbox's clock where it would sleep."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


@pytest.fixture
def created(client: Face, session_body: CreateSession) -> Session:
    """A session, not started."""
    session: Session = client.create_session(session_body)
    return session


@pytest.fixture
def running(client: Face, created: Session) -> Session:
    """A session that runs."""
    client.wait_for_session_operation(client.start_session(created.id).id)
    session: Session = client.get_session(created.id)
    assert session.state == SessionState.RUNNING
    return session


def test_create_and_get(client: Face, session_body: CreateSession) -> None:
    """A created session has the requested fields, an id, a state and a creation date, and can be read again."""
    session = client.create_session(session_body)
    assert type(session) is Session
    assert (session.name, session.project_id, session.build_id) == ("nightly", "prj_1", "bld_1")
    assert session.state is SessionState.STOPPED
    assert isinstance(session.created_at, datetime)
    assert session.created_at.tzinfo is not None
    assert client.get_session(session.id) == session


def test_list_and_search(client: Face) -> None:
    """Lists and searches return pages that iterate through all of them."""
    names = ["a", "b", "c", "ab"]
    for name in names:
        client.create_session(CreateSession(name=name, project_id="prj_1", **APP_CONFIG))
    page = client.list_sessions("prj_1", count=2)
    assert isinstance(page, (Page, AsyncPage))
    assert len(page.results) == 2
    assert page.metadata is not None
    assert page.metadata.total == 4
    assert [session.name for session in client.all(page)] == names
    second = client.done(page.next_page())
    assert [session.name for session in second.results] == names[2:]
    assert client.done(second.next_page()) is None
    middle = client.list_sessions("prj_1", paging_token=page.metadata.next_paging_token)
    assert [session.name for session in client.all(middle)] == names[2:]
    query = SessionsQuery(name=TextQuery(contains="b"), paging=PageQuery(count=1), state_filter=[SessionState.STOPPED])
    assert [session.name for session in client.all(client.search_sessions("prj_1", query))] == ["b", "ab"]
    assert len(client.all(client.search_sessions("prj_1"))) == 4
    assert client.all(client.list_sessions("prj_2")) == []


def test_update_and_delete(client: Face, created: Session) -> None:
    """An update changes the fields that it sets, and a deletion returns nothing and leaves nothing."""
    assert client.update_session(created.id, UpdateSession(idle_timeout=-1)).idle_timeout == -1
    assert client.update_session(created.id).idle_timeout == -1
    assert client.delete_session(created.id) is None
    with pytest.raises(NotFoundError) as raised:
        client.get_session(created.id)
    assert raised.value.status == 404
    assert raised.value.request_id


def test_start_and_terminate(client: Face, created: Session, sandbox_clock: ManualClock) -> None:
    """A start and a termination return operations that are completed later."""
    operation = client.start_session(created.id, StartSessionOptions(build_id="bld_2"))
    assert type(operation) is SessionOperation
    assert operation.session_operation_type is SessionOperationType.START
    assert (operation.session_id, operation.completed) == (created.id, False)
    assert client.get_session_operation(operation.id) == operation
    sandbox_clock.advance(60)
    assert client.get_session_operation(operation.id).completed is True
    assert client.get_session(created.id).build_id == "bld_2"
    ending = client.terminate_session(created.id, TerminateSessionOptions(take_snapshot=False))
    assert ending.session_operation_type is SessionOperationType.TERMINATE
    sandbox_clock.advance(60)
    assert client.get_session(created.id).state is SessionState.TERMINATED
    with pytest.raises(ConflictError):
        client.terminate_session(created.id)


def test_session_of_a_job(client: Face) -> None:
    """The session of a job is found by the id of the job."""
    with pytest.warns(UserWarning, match="ha_job_id"):
        body = CreateSession(name="a", project_id="prj_1", ha_job_id="job_1", **APP_CONFIG)
    session = client.create_session(body)
    assert client.get_session_for_job("job_1") == session
    with pytest.raises(NotFoundError):
        client.get_session_for_job("job_2")


def test_commands(client: Face, running: Session) -> None:
    """Commands can be run, read, listed and killed."""
    body = CreateSessionCommand(session_id=running.id, shell_command="sleep 100")
    command = client.create_session_command(body)
    assert type(command) is SessionCommand
    assert (command.session_id, command.shell_command, command.finished_at) == (running.id, "sleep 100", None)
    assert client.get_session_command(command.id) == command
    assert client.all(client.list_session_commands(running.id, count=1)) == [command]
    killed = client.kill_session_command(command.id)
    assert killed.killed_at is not None
    assert killed.status_code != 0
    with pytest.raises(ConflictError):
        client.kill_session_command(command.id)


def test_events(client: Face, running: Session) -> None:
    """Events can be listed page by page, between dates, and by their types."""
    events = client.all(client.get_session_event_log(running.id, count=1))
    kinds = [event.event_type for event in events]
    assert kinds[0] is SessionEventTypes.CREATED
    assert kinds[-1] is SessionEventTypes.RUNNING
    first = client.get_session_event_log(running.id, before=events[-1].timestamp, count=1000)
    assert client.all(first) == [event for event in events if event.timestamp < events[-1].timestamp]
    some = client.get_session_event_log(
        running.id,
        after=events[0].timestamp,
        event_types=[SessionEventTypes.RUNNING, SessionEventTypes.CREATED],
        log_level_types=[LogLevelTypes.INFO],
    )
    assert [event.event_type for event in client.all(some)] == [SessionEventTypes.RUNNING]


def test_both_clients_have_every_operation_and_flow() -> None:
    """Each operationId and each flow is a documented method of both clients, with the same arguments."""
    flows = {name for name in vars(SessionsClient) if not name.startswith("_")} - {"close"}
    assert flows == {name for name in vars(AsyncSessionsClient) if not name.startswith("_")} - {"aclose"}
    for name in {*OPERATION_IDS, *flows, "user_service", "with_options"}:
        method, twin = getattr(SessionsClient, name), getattr(AsyncSessionsClient, name)
        assert list(inspect.signature(method).parameters) == list(inspect.signature(twin).parameters)
        assert method.__doc__
        assert twin.__doc__


def test_launch_waits_until_the_session_runs(client: Face, session_body: CreateSession) -> None:
    """A launch returns the running session and reports the result of each poll."""
    reported: list[Any] = []
    session = client.launch_session(
        session_body, start=StartSessionOptions(build_id="bld_2"), on_progress=reported.append
    )
    assert session.state is SessionState.RUNNING
    assert session.build_id == "bld_2"
    assert session.user_service_url
    assert [type(seen) for seen in reported] == [SessionOperation] * (len(reported) - 1) + [Session]
    assert [seen.completed for seen in reported[:-1]] == [False] * (len(reported) - 2) + [True]


def test_launch_that_takes_too_long_can_be_resumed(client: Face, session_body: CreateSession) -> None:
    """A launch that times out can be resumed with `wait_for_session` and the id."""
    with pytest.raises(WaitTimeoutError) as raised:
        client.launch_session(session_body, timeout=0.5, poll_interval=0.2)
    assert raised.value.operation is not None
    session_id = raised.value.operation.session_id
    assert raised.value.__notes__ == [f"session {session_id} was created and is left as it is"]
    assert client.wait_for_session(session_id).state is SessionState.RUNNING


def test_wait_for_a_state(client: Face, running: Session) -> None:
    """A wait takes a state or its exact name, and fails at once if the session cannot reach it."""
    client.terminate_session(running.id)
    reported: list[Session] = []
    ended = client.wait_for_session(running.id, "Terminated", on_progress=reported.append)
    assert ended.state is SessionState.TERMINATED
    assert [session.state for session in reported] == [SessionState.TERMINATING, SessionState.TERMINATED]
    with pytest.raises(UnreachableStateError) as raised:
        client.wait_for_session(running.id)
    assert raised.value.session == ended
    assert raised.value.events[-1].event_type is SessionEventTypes.TERMINATED


@pytest.mark.parametrize("flow", ["wait_for_session", "launch_session"])
def test_wait_that_is_cancelled_terminates_nothing(
    face: Make, sandbox: Sandbox, session_body: CreateSession, turned: Turned, flow: str
) -> None:
    """Ctrl-C during a wait ends the flow at once and does not terminate the session."""
    client = face(sandbox.url, sandbox.token, clock=turned.clock())
    if flow == "wait_for_session":
        created = client.create_session(session_body)
        client.start_session(created.id)

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    turned.sleep = interrupted  # type: ignore[method-assign]
    client.client.clock = turned.clock()
    with pytest.raises(KeyboardInterrupt):
        client.wait_for_session(created.id) if flow == "wait_for_session" else client.launch_session(session_body)
    asked = [entry.operation for entry in sandbox.journal.entries()]
    assert asked[:2] == ["create_session", "start_session"]
    assert set(asked[2:]) <= {"get_session", "get_session_operation"}


def test_wait_for_an_operation(client: Face, created: Session) -> None:
    """A wait for an operation returns it when it is completed, and fails if the operation was cut short."""
    started = client.start_session(created.id)
    reported: list[SessionOperation] = []
    done = client.wait_for_session_operation(started.id, on_progress=reported.append)
    assert done.completed is True
    assert reported[-1] == done
    client.terminate_session(created.id)
    with pytest.raises(UnreachableStateError):
        client.wait_for_session(created.id, SessionState.RUNNING)
    client.wait_for_session(created.id, SessionState.TERMINATED)
    again = client.start_session(created.id)
    client.terminate_session(created.id)
    with pytest.raises(OperationFailedError) as raised:
        client.wait_for_session_operation(again.id)
    assert raised.value.operation is not None
    assert raised.value.operation.id == again.id


@pytest.mark.parametrize(("shell_command", "status_code"), [("ls", 0), ("exit 3", 3)])
def test_run_command(client: Face, running: Session, shell_command: str, status_code: int) -> None:
    """A command that was run has finished and has its exit code."""
    command = client.run_command(running.id, shell_command)
    assert command.status_code == status_code
    assert command.finished_at is not None


def test_run_command_that_takes_too_long(client: Face, running: Session) -> None:
    """A command that still runs at the timeout is a `WaitTimeoutError`."""
    with pytest.raises(WaitTimeoutError):
        client.run_command(running.id, "sleep 100", timeout=5.0)


def test_scope_terminates_at_its_end(client: Face, session_body: CreateSession) -> None:
    """A scope has a running session and terminates it at its end."""
    with client.scope(session_body, start=StartSessionOptions(build_id="bld_2")) as session:
        assert session.state is SessionState.RUNNING
        assert session.build_id == "bld_2"
    assert client.get_session(session.id).state is SessionState.TERMINATING


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt()], ids=repr)
def test_scope_terminates_after_an_error(client: Face, session_body: CreateSession, error: BaseException) -> None:
    """An error inside the block terminates the session and is raised unchanged."""
    ids: list[str] = []

    def fail(session: Session) -> None:
        ids.append(session.id)
        raise error

    with pytest.raises(type(error)) as raised, client.scope(session_body) as session:
        fail(session)
    assert raised.value is error
    assert not hasattr(error, "__notes__")
    assert client.get_session(ids[0]).state is SessionState.TERMINATING


def test_scope_terminates_a_session_that_did_not_start(client: Face, session_body: CreateSession) -> None:
    """A session that does not run in time is terminated."""
    with pytest.raises(WaitTimeoutError) as raised, client.scope(session_body, timeout=0.5, poll_interval=0.2):
        pytest.fail("it is not running")
    assert raised.value.operation is not None
    assert client.get_session(raised.value.operation.session_id).state is SessionState.TERMINATING


@pytest.mark.parametrize("meanwhile", ["terminate_session", "delete_session"])
def test_scope_of_a_session_that_has_ended(client: Face, session_body: CreateSession, meanwhile: str) -> None:
    """A session that was terminated or deleted inside the block is no error at its end."""
    with client.scope(session_body) as session:
        client.terminate_session(session.id)
        if meanwhile == "delete_session":
            client.wait_for_session(session.id, SessionState.TERMINATED)
            client.delete_session(session.id)


def test_scope_names_the_session_that_it_could_not_terminate(
    face: Make, scripted: Scripted, turned: Turned, session_body: CreateSession
) -> None:
    """The error of the block has a note with the session's id if the termination fails too."""
    client = face(scripted.url, clock=turned.clock())
    session = {"id": "ses_1", "name": "nightly", "state": "Running"}
    operation = {"id": "sop_1", "session_id": "ses_1", "completed": True}
    for content in (session, operation, operation, session):
        scripted.json({"result": content})
    scripted.response(b"", 403)
    with pytest.raises(ZeroDivisionError) as raised, client.scope(session_body):
        raise ZeroDivisionError
    assert len(raised.value.__notes__) == 1
    assert raised.value.__notes__[0].startswith("session ses_1 was not terminated: terminate_session: 403")
    for content in (session, operation, operation, session):
        scripted.json({"result": content})
    scripted.response(b"", 403)
    with pytest.raises(PermissionDeniedError), client.scope(session_body):
        pass


def test_server_refusal_has_its_problems(client: Face, sandbox: Sandbox) -> None:
    """A 422 of the server has a problem for each field, also for a request that the client accepts."""
    problem = {"loc": ["query", "project_id"], "msg": "it is not one of yours", "type": "value_error"}
    sandbox.faults.add("status", status=422, body={"detail": [problem]})
    with pytest.raises(UnprocessableEntityError) as raised:
        client.list_sessions("prj_1")
    assert [problem.field for problem in raised.value.problems] == ["project_id"]


def test_paging_token_that_is_not_of_this_list(client: Face) -> None:
    """A paging token that the server did not issue is a `NotFoundError`."""
    with pytest.raises(NotFoundError, match="paging token"):
        client.list_sessions("prj_1", paging_token="no-token-of-theirs")


def test_wrong_token(face: Make, sandbox: Sandbox) -> None:
    """A token that the server does not know is a `PermissionDeniedError` that does not show it."""
    with pytest.raises(PermissionDeniedError) as raised:
        face(sandbox.url, "sss_another").get_session("ses_1")
    assert "sss_another" not in f"{raised.value!s}{raised.value.body}"


BODY = CreateSession(name="a", project_id="prj_1", **APP_CONFIG)
REFUSED: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("get_session", ("a/b",), {}, "session_id"),
    ("list_sessions", ("prj_1",), {"count": "many"}, "count"),
    ("create_session", ({"name": "a"},), {}, "project_id"),
    ("create_session", (5,), {}, "body"),
    ("launch_session", ({"name": "a"},), {}, "project_id"),
    ("launch_session", (5,), {}, "body"),
    ("launch_session", (BODY,), {"timeout": 0}, "timeout"),
    ("launch_session", (BODY,), {"timeout": float("inf")}, "timeout"),
    ("launch_session", (BODY,), {"poll_interval": -1}, "poll_interval"),
    ("launch_session", (BODY,), {"poll_interval": True}, "poll_interval"),
    ("launch_session", (BODY,), {"on_progress": 5}, "on_progress"),
    ("launch_session", (BODY,), {"start": {"build": "b"}}, "build"),
    ("wait_for_session", ("..",), {}, "session_id"),
    ("wait_for_session", ("ses_1", "Runing"), {}, "until"),
    ("wait_for_session", ("ses_1", 5), {}, "until"),
    ("wait_for_session", ("ses_1",), {"timeout": float("nan")}, "timeout"),
    ("wait_for_session", ("ses_1",), {"on_progress": "print"}, "on_progress"),
    ("wait_for_session_operation", ("",), {}, "session_operation_id"),
    ("wait_for_session_operation", ("sop_1",), {"timeout": "long"}, "timeout"),
    ("wait_for_session_operation", ("sop_1",), {"on_progress": 5}, "on_progress"),
    ("run_command", ("ses_1", 5), {}, "shell_command"),
    ("run_command", ("ses_1", "ls"), {"timeout": 10**12}, "timeout"),
]


@pytest.mark.parametrize(
    ("name", "arguments", "named", "field"), REFUSED, ids=[f"{name} {field}" for name, _, _, field in REFUSED]
)
def test_wrong_arguments_are_refused_unsent(
    face: Make, scripted: Scripted, name: str, arguments: tuple[Any, ...], named: dict[str, Any], field: str
) -> None:
    """A wrong argument of an operation or a flow is refused by name, and nothing is sent."""
    with pytest.raises(InvalidRequestError) as raised:
        getattr(face(scripted.url), name)(*arguments, **named)
    assert field in [problem.field for problem in raised.value.problems]
    assert scripted.asked == []


@pytest.mark.parametrize("named", [{"timeout": -1}, {"start": 5}, {"on_progress": 5}])
def test_scope_refuses_wrong_arguments_unsent(face: Make, scripted: Scripted, named: dict[str, Any]) -> None:
    """A scope checks its arguments before it creates anything."""
    with pytest.raises(InvalidRequestError), face(scripted.url).scope(BODY, **named):
        pytest.fail("it is not entered")
    assert scripted.asked == []


def test_nearest_state_is_suggested(client: Face) -> None:
    """A misspelt state is refused with the nearest one as the remedy."""
    with pytest.raises(InvalidRequestError, match="did you mean Running"):
        client.wait_for_session("ses_1", "running")


def test_wait_gives_each_poll_the_time_that_is_left(face: Make, scripted: Scripted) -> None:
    """A wait ends on time although the server sends nothing."""
    client = face(scripted.url)
    scripted.raw(pause_s=5.0)
    with pytest.raises(WaitTimeoutError) as raised:
        client.wait_for_session("ses_1", timeout=0.1)
    assert isinstance(raised.value.__cause__, SessionsError)


def test_progress_that_fails_is_the_callers_own(client: Face, session_body: CreateSession) -> None:
    """A TypeError in `on_progress` is raised unchanged."""

    def wrong(_seen: object) -> None:
        raise TypeError("of their own")

    with pytest.raises(TypeError, match="of their own") as raised:
        client.launch_session(session_body, on_progress=wrong)
    assert not isinstance(raised.value, SessionsError)


def test_context_managers_close(sandbox: Sandbox) -> None:
    """A `with` statement returns the client itself and closes it."""
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        assert isinstance(client, SessionsClient)
        assert client.list_sessions("prj_1").results == []
        assert client._connections._transports
    assert client._connections._transports == {}
