"""Waits for a session, an operation or a command, as generators that yield operations and sleeps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final, TypeVar

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import ABSENT, Operation

from .._redaction import redacted_starts
from .._utils.records import Record
from .._utils.secret_texts import SecretTexts
from .._utils.text import suggestion
from ..exceptions import (
    InvalidRequestError,
    NotFoundError,
    OperationFailedError,
    Problem,
    SessionsError,
    UnreachableStateError,
    WaitTimeoutError,
)
from ..states import reachable
from .known_ids import attach_ids, ids_in, ids_of
from .messages import Clock, Sleep
from .request import NO_SECRETS
from .responses import MAX_DETAIL_CHARACTERS
from .retry import TRANSIENT_ERRORS

FIRST_INTERVAL_S: Final = 1.0
INTERVAL_GROWTH: Final = 1.5
MAX_INTERVAL_S: Final = 15.0
INTERVAL_JITTER: Final = 0.1
LAST_POLL_S: Final = 1.0
EVENTS_READ: Final = 1000
EVENTS_KEPT: Final = 10

T = TypeVar("T")


class Bounded(Record, frozen=True):
    """Perform an operation in at most this many seconds."""

    operation: Operation[Any]
    within_s: float


Steps = Generator[Operation[Any] | Bounded | Sleep, Any, T]
"""A flow of several calls: it yields what to do, receives what came of it, and returns the result."""


class WaitOptions(Record, frozen=True):
    """How long to wait, and how often to poll.

    Attributes:
        timeout_s: seconds after which waiting ends.
        poll_interval_s: seconds between two polls; `None` for a growing interval with jitter.
        clock: the source of time and random numbers.
        ends_at: when waiting ends, by the clock; all waits of a flow share it.
        secrets: texts that must not be shown.
    """

    _hidden = frozenset({"secrets"})

    timeout_s: float
    poll_interval_s: float | None
    clock: Clock
    ends_at: float
    secrets: SecretTexts = NO_SECRETS

    @classmethod
    def of(
        cls, timeout_s: float, poll_interval_s: float | None, clock: Clock, secrets: SecretTexts = NO_SECRETS
    ) -> WaitOptions:
        """Options of a wait that begins now."""
        return cls(timeout_s, poll_interval_s, clock, clock.monotonic() + timeout_s, secrets)

    @property
    def last_call_s(self) -> float:
        """How long a call may take that begins when waiting ends. Without some time of its own it could not succeed."""
        return min(LAST_POLL_S, self.timeout_s)

    def left_s(self) -> float:
        """Seconds until waiting ends; negative after that."""
        return self.ends_at - self.clock.monotonic()


def poll_until(
    operation: Operation[T],
    is_done: Callable[[T], bool],
    options: WaitOptions,
    describe: Callable[[T | None], str],
    last: T | None = None,
    fresh_after: float = 0.0,
) -> Steps[T]:
    """Perform an operation repeatedly until `is_done` accepts its result, and return that result.

    Args:
        operation: what to perform.
        is_done: whether a result is the one to return.
        options: how long to wait, and how often to poll.
        describe: what the wait is for, and the last result, for the message of a timeout.
        last: a result that is known already.
        fresh_after: the time of the clock before which a 404 does not end the wait, because the thing is new.

    Raises:
        NotFoundError: the thing does not exist.
        WaitTimeoutError: the time is over. Its cause is the last transient error, if the last poll failed.
    """
    interval_s = options.poll_interval_s or FIRST_INTERVAL_S
    last_error: SessionsError | None = None
    while True:
        asked_s = 0.0
        try:
            result: T = yield Bounded(operation, max(options.left_s(), options.last_call_s))
        except TRANSIENT_ERRORS as error:
            last_error = error
            asked_s = getattr(error, "retry_after", None) or 0.0
        except NotFoundError as error:
            if options.clock.monotonic() >= fresh_after:
                raise
            last_error = error
        else:
            last, last_error = result, None
            if is_done(result):
                return result
        left_s = options.left_s()
        if left_s <= 0:
            timeout = timeout_error(describe(last), last, options)
            attach_ids(timeout, ids_of(operation))
            raise timeout from last_error
        jitter = 1.0 if options.poll_interval_s else 1.0 + INTERVAL_JITTER * (2.0 * options.clock.fraction() - 1.0)
        yield Sleep(min(left_s, max(asked_s, interval_s * jitter)))
        if options.poll_interval_s is None:
            interval_s = min(MAX_INTERVAL_S, interval_s * INTERVAL_GROWTH)


def timeout_error(description: str, last: Any, options: WaitOptions) -> WaitTimeoutError:
    """The error of a wait that took too long, with the last result."""
    text = f"timed out after {options.timeout_s:g} s waiting for {description}"
    error = WaitTimeoutError(*redacted_starts([text], options.secrets, MAX_DETAIL_CHARACTERS))
    if isinstance(last, models.Session):
        error.session = last
    if isinstance(last, models.SessionOperation):
        error.operation = last
    if isinstance(last, models.SessionCommand):
        error.command = last
    attach_ids(error, ids_in(last))
    return error


def wanted_state(until: object) -> SessionState:
    """The state to wait for. Raises `InvalidRequestError` for an unknown text; a new state is `SessionState("New")`."""
    known = [state.value for state in SessionState]
    if isinstance(until, SessionState):
        return until
    if isinstance(until, str) and until in known:
        return SessionState(until)
    remedy = suggestion(until, known) if isinstance(until, str) else "pass a SessionState"
    raise InvalidRequestError.of("wait_for_session", [Problem("until", f"must be one of {', '.join(known)}", remedy)])


def wait_for_session(
    session_id: str,
    until: SessionState,
    options: WaitOptions,
    on_progress: Callable[[models.Session], object] | None,
    fresh_after: float = 0.0,
) -> Steps[models.Session]:
    """Wait until a session is in a state. Raises `UnreachableStateError` as soon as it cannot reach that state.

    Before the time `fresh_after` of the clock, a read can show the session as it was before the last request. Such a
    read does not end the wait.
    """

    def is_done(session: models.Session) -> bool:
        if on_progress is not None:
            on_progress(session)
        is_fresh = options.clock.monotonic() >= fresh_after
        return session.state == until or (is_fresh and not can_reach(session, until))

    def describe(last: models.Session | None) -> str:
        return f"session {session_id} to be {until} (last state: {'unknown' if last is None else last.state})"

    session = yield from poll_until(api.get_session(session_id), is_done, options, describe, fresh_after=fresh_after)
    if session.state == until:
        return session
    error = UnreachableStateError(
        f"session {session_id} is {session.state} and cannot reach {until} without a new request"
    )
    error.session, error.session_id = session, session_id
    error.events = yield from _last_events(session_id, options)
    raise error


def can_reach(session: models.Session, until: SessionState) -> bool:
    """Whether a session can reach a state without a new request."""
    # Just after a start the session still shows its old state; the pending state shows where it is going.
    # A state that the response left out counts as an unknown one.
    pending = session.pending_state
    return reachable(session.state, until) or (pending is not None and reachable(pending, until))


def _last_events(session_id: str, options: WaitOptions) -> Steps[tuple[models.SessionEvent, ...]]:
    """The latest events of a session, oldest first; none if they cannot be read."""
    read = api.get_session_event_log(session_id, count=EVENTS_READ)
    try:
        page = yield Bounded(read, max(options.left_s(), options.last_call_s))
    except SessionsError:
        return ()
    dated: list[models.SessionEvent] = [event for event in page.results if event.timestamp is not ABSENT]
    return tuple(sorted(dated, key=lambda event: event.timestamp)[-EVENTS_KEPT:])


def wait_for_operation(
    operation_id: str,
    options: WaitOptions,
    on_progress: Callable[[models.SessionOperation], object] | None,
    fresh_after: float = 0.0,
) -> Steps[models.SessionOperation]:
    """Wait until a start or a termination is completed. Raises `OperationFailedError` if it ended with an error."""

    def is_done(operation: models.SessionOperation) -> bool:
        if on_progress is not None:
            on_progress(operation)
        return operation.completed

    def describe(last: models.SessionOperation | None) -> str:
        about = "" if last is None else f" ({last.session_operation_type} of session {last.session_id})"
        return f"operation {operation_id} to be completed{about}"

    operation = yield from poll_until(
        api.get_session_operation(operation_id), is_done, options, describe, fresh_after=fresh_after
    )
    if operation.result is not None and operation.result.error is not None:
        raise _operation_error(operation, operation.result.error.message, options)
    return operation


def _operation_error(operation: models.SessionOperation, reason: str, options: WaitOptions) -> OperationFailedError:
    text = f"{operation.session_operation_type} of session {operation.session_id} failed: {reason}"
    error = OperationFailedError(*redacted_starts([text], options.secrets, MAX_DETAIL_CHARACTERS))
    error.operation = operation
    attach_ids(error, ids_in(operation))
    return error


def wait_for_command(
    command_id: str,
    options: WaitOptions,
    on_progress: Callable[[models.SessionCommand], object] | None,
    fresh_after: float = 0.0,
    last: models.SessionCommand | None = None,
) -> Steps[models.SessionCommand]:
    """Wait until a command has finished or was killed."""

    def is_done(command: models.SessionCommand) -> bool:
        if on_progress is not None:
            on_progress(command)
        return command.finished_at is not None or command.killed_at is not None

    def describe(last: models.SessionCommand | None) -> str:
        about = "" if last is None else f" of session {last.session_id}"
        return f"command {command_id}{about} to finish"

    return (yield from poll_until(api.get_session_command(command_id), is_done, options, describe, last, fresh_after))
