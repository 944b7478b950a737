"""Flows of several calls, as generators that yield an `Operation` to perform or a `Sleep`; driven like a call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final, TypeVar

from attrs import frozen

from anyscale_sessions_api.api.session_commands.create_session_command import create_session_command
from anyscale_sessions_api.api.session_commands.get_session_command import get_session_command
from anyscale_sessions_api.api.session_operations.get_session_operation import get_session_operation
from anyscale_sessions_api.api.sessions.get_session import get_session
from anyscale_sessions_api.api.sessions.start_session import start_session
from anyscale_sessions_api.models import (
    CreateSessionCommand,
    Session,
    SessionCommand,
    SessionOperation,
    SessionState,
    StartSessionOptions,
)
from anyscale_sessions_api.types import ABSENT, Operation

from .calling import Clock, Sleep
from .exceptions import (
    ConnectionFailed,
    OperationFailed,
    ReplyUndecodable,
    RequestTimeout,
    ServerFault,
    SessionsError,
    SessionUnreachableState,
    Throttled,
    WaitTimeout,
)
from .states import reachable

FIRST_POLL_S = 1.0
POLL_GROWTH = 1.5
LONGEST_POLL_S = 15.0
POLL_JITTER = 0.1

T = TypeVar("T")
Steps = Generator[Operation[Any] | Sleep, Any, T]

_PASSING: Final = (ConnectionFailed, RequestTimeout, ReplyUndecodable, ServerFault, Throttled)


@frozen
class Patience:
    """How long to wait, and how often to look.

    Attributes:
        timeout_s: seconds after which waiting ends.
        poll_interval_s: seconds between two looks; `None` for a growing interval with jitter.
        clock: where time and chance come from.
    """

    timeout_s: float
    poll_interval_s: float | None
    clock: Clock


def polls(operation: Operation[T], is_over: Callable[[T], bool], patience: Patience) -> Steps[T]:
    """Perform an operation again and again until its result is the one waited for; return that result.

    Raises `WaitTimeout`, whose cause is the last passing error, where there was one.
    """
    clock = patience.clock
    ends_at = clock.monotonic() + patience.timeout_s
    interval_s = patience.poll_interval_s or FIRST_POLL_S
    seen: T | None = None
    trouble: SessionsError | None = None
    while True:
        try:
            now: T = yield operation
        except _PASSING as error:
            trouble = error
        else:
            seen, trouble = now, None
            if is_over(now):
                return now
        left_s = ends_at - clock.monotonic()
        if left_s <= 0:
            raise _timed_out(operation, seen, patience) from trouble
        jitter = 1.0 if patience.poll_interval_s else 1.0 + POLL_JITTER * (2.0 * clock.fraction() - 1.0)
        yield Sleep(min(left_s, interval_s * jitter))
        if patience.poll_interval_s is None:
            interval_s = min(LONGEST_POLL_S, interval_s * POLL_GROWTH)


def _timed_out(operation: Operation[Any], seen: Any, patience: Patience) -> WaitTimeout:
    ids = ", ".join(str(value) for value in operation.path_values.values())
    error = WaitTimeout(f"{operation.id} {ids}: not there after {patience.timeout_s:g} s; wait again with the same id")
    if isinstance(seen, Session):
        error.session = seen
    if isinstance(seen, SessionOperation):
        error.operation = seen
    return error


def session_steps(
    session_id: str, until: SessionState, patience: Patience, on_progress: Callable[[Session], object] | None
) -> Steps[Session]:
    """Wait until a session is in a state. Raises `SessionUnreachableState` as soon as it cannot come there."""

    def is_over(session: Session) -> bool:
        if on_progress is not None:
            on_progress(session)
        if session.state == until:
            return True
        if session.state is not ABSENT and not _can_come(session, until):
            error = SessionUnreachableState(
                f"session {session_id} is {session.state} and cannot become {until} unless somebody asks it to"
            )
            error.session = session
            raise error
        return False

    return (yield from polls(get_session(session_id), is_over, patience))


def _can_come(session: Session, until: SessionState) -> bool:
    # Just after a start, the old state is still shown; what is pending tells where it is going.
    pending = session.pending_state
    return reachable(session.state, until) or (pending is not None and (pending == until or reachable(pending, until)))


def operation_steps(
    operation_id: str, patience: Patience, on_progress: Callable[[SessionOperation], object] | None
) -> Steps[SessionOperation]:
    """Wait until a start or a termination is completed. Raises `OperationFailed` where it ended with an error."""

    def is_over(operation: SessionOperation) -> bool:
        if on_progress is not None:
            on_progress(operation)
        return operation.completed

    operation: SessionOperation = yield from polls(get_session_operation(operation_id), is_over, patience)
    if operation.result is not None and operation.result.error is not None:
        reason = operation.result.error.message
        error = OperationFailed(
            f"{operation.session_operation_type} of session {operation.session_id} failed: {reason}"
        )
        error.operation = operation
        raise error
    return operation


def launch_steps(
    session: Session,
    start: StartSessionOptions | None,
    patience: Patience,
    on_progress: Callable[[Session | SessionOperation], object] | None,
) -> Steps[Session]:
    """Start a session that was just created, and wait until it runs."""
    operation: SessionOperation = yield start_session(session.id, start)
    yield from operation_steps(operation.id, patience, on_progress)
    return (yield from session_steps(session.id, SessionState.RUNNING, patience, on_progress))


def command_steps(session_id: str, shell_command: str, patience: Patience) -> Steps[SessionCommand]:
    """Run a command in a session and wait until it has finished."""
    body = CreateSessionCommand(session_id=session_id, shell_command=shell_command)
    command: SessionCommand = yield create_session_command(body)
    return (yield from polls(get_session_command(command.id), lambda seen: seen.finished_at is not None, patience))
