"""Helpers of the tests of generators: calls, probes and waits, driven by hand with a controllable clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from anyscale_sessions import (
    APIConnectionError,
    CreateSession,
    CreateSessionCommand,
    Session,
    SessionCommand,
    SessionOperation,
    SessionsError,
    SessionState,
    UpdateSession,
)
from anyscale_sessions._sansio.call import (
    call,
)
from anyscale_sessions._sansio.messages import (
    Failure,
    Limits,
    Response,
    Send,
    Sleep,
)
from anyscale_sessions._sansio.recovery import call_and_recover
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions._sansio.waiters import (
    Bounded,
    Steps,
    WaitOptions,
)
from anyscale_sessions_api.api.session_commands import (
    create_session_command,
    kill_session_command,
)
from anyscale_sessions_api.api.sessions import (
    create_session,
    delete_session,
    get_session,
    list_sessions,
    search_sessions,
    start_session,
    terminate_session,
    update_session,
)
from anyscale_sessions_api.types import Operation

from ..conftest import APP_CONFIG, Turned

LIMITS = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=3)

GET = get_session.get_session("ses_1")

CREATE = create_session.create_session(CreateSession(name="nightly", project_id="prj_1", **APP_CONFIG))

SESSION = {"id": "ses_1", "name": "nightly", "state": "Running"}


def response(content: object = None, status: int = 200, **headers: str) -> Response:
    """A response with a JSON body, or with none."""
    body = b"" if content is None else json.dumps(content).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def failure(outcome: Outcome = Outcome.UNKNOWN) -> Failure:
    """No response."""
    return Failure(outcome, APIConnectionError("the connection broke"))


class Played:
    """A call to which each `Send` is answered with the next answer, a function of no argument or a value."""

    def __init__(self, turned: Turned, operation: Operation[Any], *answers: Any, limits: Limits = LIMITS) -> None:
        self.sent: list[Send] = []
        self.slept: list[float] = []
        self.result: Any = None
        self.error: SessionsError | None = None
        left = list(answers)
        steps = call(operation, prepare(operation), limits, turned.context())
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sleep):
                    self.slept.append(step.seconds)
                    turned.time_s += step.seconds
                    step = next(steps)
                    continue
                self.sent.append(step)
                answer = left.pop(0)
                step = steps.send(answer() if callable(answer) else answer)
        except StopIteration as end:
            self.result = end.value
        except SessionsError as error:
            self.error = error
        assert not left, "every answer is asked for"


RUNNING = SessionState.RUNNING


def session(state: str | None = "Running", pending: str | None = None) -> Session:
    """A session in a state."""
    return Session.from_dict({"id": "ses_1", "state": state, "pending_state": pending})


def operation(**fields: Any) -> SessionOperation:
    """A start."""
    start = {"id": "sop_1", "session_id": "ses_1", "session_operation_type": "start", "completed": False}
    return SessionOperation.from_dict(start | fields)


DONE = operation(completed=True, result={"data": {}})


class Walked:
    """A flow whose calls are answered one after the other; errors are thrown into it, functions called for theirs."""

    def __init__(self, turned: Turned, steps: Steps[Any], *answers: Any) -> None:
        self.asked: list[str] = []
        self.within: list[float] = []
        self.slept: list[float] = []
        self.result: Any = None
        self.error: BaseException | None = None
        left = list(answers)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sleep):
                    self.slept.append(step.seconds)
                    turned.time_s += step.seconds
                    step = next(steps)
                    continue
                if isinstance(step, Bounded):
                    self.within.append(step.within_s)
                    step = step.operation
                self.asked.append(step.id)
                self.body, self.query = step.body, step.query
                answer = left.pop(0) if left else AssertionError("one call too many")
                answer = answer() if callable(answer) else answer
                step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
        except StopIteration as end:
            self.result = end.value
        except SessionsError as error:
            self.error = error
        assert not left, "every answer is asked for"


def wait_options(turned: Turned, timeout_s: float = 900.0, poll_interval_s: float | None = None) -> WaitOptions:
    """WaitOptions that begins now."""
    return WaitOptions.of(timeout_s, poll_interval_s, turned.clock())


def command(**fields: Any) -> SessionCommand:
    """A command."""
    return SessionCommand.from_dict({"id": "scd_1", "session_id": "ses_1", **fields})


class Run:
    """What steps come to against a service."""

    def __init__(self, turned: Turned, steps: Any, service: Callable[[Send], Any]) -> None:
        began = turned.time_s
        self.result: Any = None
        self.error: Any = None
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sleep):
                    assert step.seconds >= 0
                    turned.sleep(step.seconds)
                    step = next(steps)
                else:
                    step = steps.send(service(step))
        except StopIteration as end:
            self.result = end.value
        except SessionsError as error:
            self.error = error
        self.seconds = turned.time_s - began


class Scripted:
    """A service that answers with the next answer, the last one for good."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.sent = list(answers), []

    def __call__(self, step: Send) -> Any:
        """One attempt."""
        self.sent.append(step.request.operation_id)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def act(turned: Turned, operation: Any, *answers: Any) -> tuple[Run, Scripted]:
    """An operation that is not sent again; the first answer is its own."""
    service = Scripted(*answers)
    return Run(turned, call_and_recover(operation, prepare(operation), LIMITS, turned.context()), service), service


def seen(state: str | None, pending: str | None = None) -> Response:
    """The session as it is read back."""
    return response({"result": {"id": "ses_1", "state": state, "pending_state": pending}})


DELETE = delete_session.delete_session("ses_1")

ACTIONS = [
    CREATE,
    start_session.start_session("ses_1"),
    terminate_session.terminate_session("ses_1"),
    create_session_command.create_session_command(CreateSessionCommand(session_id="ses_1", shell_command="ls")),
    kill_session_command.kill_session_command("scd_1"),
]

HARMLESS = [
    GET,
    DELETE,
    update_session.update_session("ses_1", UpdateSession(idle_timeout=5)),
    list_sessions.list_sessions("prj_1"),
    search_sessions.search_sessions("prj_1"),
]

BY_ID = [operation.id for operation in ACTIONS + HARMLESS]


PRIVATE = CreateSession(name="nightly", project_id="prj_1", **APP_CONFIG)


def public() -> CreateSession:
    """A session with a token."""
    return CreateSession(name="nightly", project_id="prj_1", user_service_access="public", **APP_CONFIG)
