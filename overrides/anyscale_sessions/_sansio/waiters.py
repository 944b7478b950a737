"""Flows of several calls, as generators that yield an `Operation`, a `Look` or a `Sleep`; driven like a call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import ABSENT, Operation

from .._redaction import redact
from .._utils.recent_writes import STALE_S
from .._utils.records import Record
from .._utils.text import suggestion
from ..exceptions import (
    APIConnectionError,
    APITimeoutError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    OperationFailedError,
    OutcomeUnknownError,
    Problem,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsError,
    UnreachableStateError,
    WaitTimeoutError,
)
from ..states import reachable
from .call import MAX_DETAIL_CHARACTERS, Clock, Sleep

if TYPE_CHECKING:
    from anyscale_sessions_api.models import (
        CreateSession,
        Session,
        SessionCommand,
        SessionEvent,
        SessionOperation,
        StartSessionOptions,
    )

FIRST_POLL_S = 1.0
POLL_GROWTH = 1.5
LONGEST_POLL_S = 15.0
POLL_JITTER = 0.1
# The last look begins when the time is over; without some time of its own it could not succeed.
LAST_LOOK_S = 1.0
EVENTS_READ = 1000
LAST_EVENTS = 10

_PASSING: Final = (APIConnectionError, APITimeoutError, ResponseDecodeError, ServerError, RateLimitError)
_ENDED: Final = (SessionState.TERMINATING, SessionState.TERMINATED)

T = TypeVar("T")


class Look(Record, frozen=True):
    """Perform an operation that only reads, and take no longer for it than this."""

    operation: Operation[Any]
    within_s: float


Steps = Generator[Operation[Any] | Look | Sleep, Any, T]


class WaitOptions(Record, frozen=True):
    """How long to wait, and how often to look.

    Attributes:
        timeout_s: seconds after which waiting ends.
        poll_interval_s: seconds between two looks; `None` for a growing interval with jitter.
        clock: where time and chance come from.
        ends_at: when that is, by the clock; one end for all the waits of a flow.
        secrets: texts that must not be shown.
    """

    _hidden = frozenset({"secrets"})

    timeout_s: float
    poll_interval_s: float | None
    clock: Clock
    ends_at: float
    secrets: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, timeout_s: float, poll_interval_s: float | None, clock: Clock, secrets: tuple[str, ...] = ()
    ) -> WaitOptions:
        """WaitOptions that begins to run out now."""
        return cls(timeout_s, poll_interval_s, clock, clock.monotonic() + timeout_s, secrets)

    def left_s(self) -> float:
        """Seconds until the end; negative after it."""
        return self.ends_at - self.clock.monotonic()


def polls(
    operation: Operation[T], is_closed: Callable[[T], bool], patience: WaitOptions, seen: T | None = None
) -> Steps[T]:
    """Perform an operation again and again until its result is the one waited for; return that result.

    `seen` is what is known already. Raises `WaitTimeoutError`, whose cause is the last passing error, where there was one.
    """
    interval_s = patience.poll_interval_s or FIRST_POLL_S
    trouble: SessionsError | None = None
    while True:
        asked_s = 0.0
        try:
            now: T = yield Look(operation, max(patience.left_s(), min(LAST_LOOK_S, patience.timeout_s)))
        except _PASSING as error:
            trouble = error
            asked_s = getattr(error, "retry_after", None) or 0.0
        else:
            seen, trouble = now, None
            if is_closed(now):
                return now
        left_s = patience.left_s()
        if left_s <= 0:
            raise _timed_out(operation, seen, patience) from trouble
        jitter = 1.0 if patience.poll_interval_s else 1.0 + POLL_JITTER * (2.0 * patience.clock.fraction() - 1.0)
        yield Sleep(min(left_s, max(asked_s, interval_s * jitter)))
        if patience.poll_interval_s is None:
            interval_s = min(LONGEST_POLL_S, interval_s * POLL_GROWTH)


def _timed_out(operation: Operation[Any], seen: Any, patience: WaitOptions) -> WaitTimeoutError:
    ids = ", ".join(str(value) for value in operation.path_values.values())
    error = WaitTimeoutError(
        f"{operation.id} {ids}: not there after {patience.timeout_s:g} s; wait again with the same id"
    )
    if isinstance(seen, models.Session):
        error.session = seen
    if isinstance(seen, models.SessionOperation):
        error.operation = seen
    if isinstance(seen, models.SessionCommand):
        error.command = seen
    return error


def wanted_state(until: object) -> SessionState:
    """The state to wait for. Raises `InvalidRequestError` for a text that is none; a new one is `SessionState("New")`."""
    known = [state.value for state in SessionState]
    if isinstance(until, SessionState):
        return until
    if isinstance(until, str) and until in known:
        return SessionState(until)
    remedy = suggestion(until, known) if isinstance(until, str) else "pass a SessionState"
    raise InvalidRequestError.of("wait_for_session", [Problem("until", f"must be one of {', '.join(known)}", remedy)])


def session_steps(
    session_id: str,
    until: SessionState,
    patience: WaitOptions,
    on_progress: Callable[[Session], object] | None,
    fresh_after: float = 0.0,
) -> Steps[Session]:
    """Wait until a session is in a state. Raises `UnreachableStateError` as soon as it cannot come there.

    Before the moment `fresh_after`, what is read can be older than what the session was asked to do: it is no reason to
    give up.
    """

    def is_closed(session: Session) -> bool:
        if on_progress is not None:
            on_progress(session)
        is_believed = patience.clock.monotonic() >= fresh_after
        return session.state == until or (is_believed and not _can_come(session, until))

    session = yield from polls(api.get_session(session_id), is_closed, patience)
    if session.state == until:
        return session
    error = UnreachableStateError(
        f"session {session_id} is {session.state} and cannot become {until} unless somebody asks it to"
    )
    error.session = session
    error.events = yield from _last_events(session_id)
    raise error


def _can_come(session: Session, until: SessionState) -> bool:
    # Just after a start, the old state is still shown; what is pending tells where it is going.
    # A state that the response left out may be any, as one that is not known.
    pending = session.pending_state
    return reachable(session.state, until) or (pending is not None and reachable(pending, until))


def _last_events(session_id: str) -> Steps[tuple[SessionEvent, ...]]:
    """The latest events of a session, oldest first; none where they cannot be had."""
    try:
        page = yield api.get_session_event_log(session_id, count=EVENTS_READ)
    except SessionsError:
        return ()
    dated = [event for event in page.results if event.timestamp is not ABSENT]
    return tuple(sorted(dated, key=lambda event: event.timestamp)[-LAST_EVENTS:])


def operation_steps(
    operation_id: str, patience: WaitOptions, on_progress: Callable[[SessionOperation], object] | None
) -> Steps[SessionOperation]:
    """Wait until a start or a termination is completed. Raises `OperationFailedError` where it ended with an error."""

    def is_closed(operation: SessionOperation) -> bool:
        if on_progress is not None:
            on_progress(operation)
        return operation.completed

    operation: SessionOperation = yield from polls(api.get_session_operation(operation_id), is_closed, patience)
    if operation.result is not None and operation.result.error is not None:
        reason = operation.result.error.message
        text = f"{operation.session_operation_type} of session {operation.session_id} failed: {reason}"
        error = OperationFailedError(redact(text, patience.secrets)[:MAX_DETAIL_CHARACTERS])
        error.operation = operation
        raise error
    return operation


def start_steps(
    session_id: str,
    start: StartSessionOptions | None,
    patience: WaitOptions,
    on_progress: Callable[[Session | SessionOperation], object] | None,
) -> Steps[Session]:
    """Start a session and wait until it runs: first for the operation, as the old state may be shown for a while."""
    try:
        operation: SessionOperation = yield api.start_session(session_id, start)
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    else:
        yield from operation_steps(operation.id, patience, on_progress)
    fresh_after = patience.clock.monotonic() + STALE_S
    return (yield from session_steps(session_id, SessionState.RUNNING, patience, on_progress, fresh_after))


def launch_steps(
    body: CreateSession,
    start: StartSessionOptions | None,
    patience: WaitOptions,
    on_progress: Callable[[Session | SessionOperation], object] | None,
) -> Steps[Session]:
    """Create a session, start it, and wait until it runs. An error after the creation has a note that names it."""
    session: Session = yield api.create_session(body)
    try:
        return (yield from start_steps(session.id, start, patience, on_progress))
    except SessionsError as error:
        error.add_note(f"session {session.id} was created, and is left as it is")
        raise


def end_steps(session_id: str) -> Steps[None]:
    """See to it that a session ends: terminate it, unless that has been done meanwhile."""
    try:
        yield api.terminate_session(session_id)
    except NotFoundError:
        return
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    except ConflictError:
        session: Session = yield api.get_session(session_id)
        if session.state not in _ENDED and session.pending_state not in _ENDED:
            raise


def command_steps(session_id: str, shell_command: str, patience: WaitOptions) -> Steps[SessionCommand]:
    """Run a command in a session and wait until it has finished, or was killed."""
    body = models.CreateSessionCommand(session_id=session_id, shell_command=shell_command)
    command: SessionCommand = yield api.create_session_command(body)

    def is_closed(seen: SessionCommand) -> bool:
        return seen.finished_at is not None or seen.killed_at is not None

    return (yield from polls(api.get_session_command(command.id), is_closed, patience, command))
