"""Flows of several calls on top of the operations: launch, start and terminate a session, run a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import Operation

from .._utils.recent_writes import STALE_S
from ..exceptions import ConflictError, NotFoundError, OutcomeUnknownError
from ..states import AUTOMATIC_TRANSITIONS
from .known_ids import Leftovers, attach_ids, ids_of
from .messages import Clock, Sleep
from .probes import TERMINATION_STATES
from .waiters import (
    FIRST_INTERVAL_S,
    Bounded,
    Steps,
    WaitOptions,
    can_reach,
    poll_until,
    timeout_error,
    wait_for_command,
    wait_for_operation,
    wait_for_session,
)

OnProgress = Callable[[models.Session | models.SessionOperation], object]
StartOptions = models.StartSessionOptions | Mapping[str, Any] | None

ENDING_STATES: Final = (*TERMINATION_STATES, SessionState.STOPPING, SessionState.STOPPED)
"""A Running session that is about to be in one of these states does not stay Running."""

T = TypeVar("T")


def start_and_wait(
    session_id: str,
    start: StartOptions,
    options: WaitOptions,
    on_progress: OnProgress | None,
    left: Leftovers | None = None,
    fresh_after: float = 0.0,
) -> Steps[models.Session]:
    """Start a session and wait until it runs.

    Waits for the operation first, because the session can show its old state for a while. Before the time
    `fresh_after`, a 404 is not final, because the session is new.
    """
    try:
        operation = yield from _begin(api.start_session(session_id, start), options, fresh_after)
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    else:
        if left is not None:
            left.add(operation)
        yield from wait_for_operation(operation.id, options, on_progress, _fresh_from_now(options))
    return (
        yield from wait_for_session(session_id, SessionState.RUNNING, options, on_progress, _fresh_from_now(options))
    )


def _begin(operation: Operation[T], options: WaitOptions, fresh_after: float) -> Steps[T]:
    """Perform an operation within the time of a flow. Before the time `fresh_after`, it is repeated after a 404."""
    while True:
        if options.left_s() <= 0:
            error = timeout_error(f"{operation.id}, which was not sent", None, options)
            attach_ids(error, ids_of(operation))
            raise error
        try:
            result: T = yield Bounded(operation, options.left_s())
        except NotFoundError:
            if options.clock.monotonic() >= fresh_after:
                raise
            yield Sleep(max(0.0, min(FIRST_INTERVAL_S, options.left_s())))
        else:
            return result


def _fresh_from_now(options: WaitOptions) -> float:
    return options.clock.monotonic() + STALE_S


def launch(
    body: models.CreateSession,
    start: StartOptions,
    options: WaitOptions,
    on_progress: OnProgress | None,
    left: Leftovers,
) -> Steps[models.Session]:
    """Create a session, start it, and wait until it runs."""
    session: models.Session = yield Bounded(api.create_session(body), options.left_s())
    left.add(session, f"session {session.id} was created and is left as it is")
    return (yield from start_and_wait(session.id, start, options, on_progress, left, _fresh_from_now(options)))


def run_existing(
    session_id: str, start: StartOptions, options: WaitOptions, on_progress: OnProgress | None, fresh_after: float
) -> Steps[models.Session]:
    """Wait until an existing session runs. Start it if it is at rest; another caller may do the same."""

    def is_settled(session: models.Session) -> bool:
        if on_progress is not None:
            on_progress(session)
        is_fresh = options.clock.monotonic() >= fresh_after
        return _stays_running(session) or (is_fresh and _is_at_rest(session))

    def describe(last: models.Session | None) -> str:
        return f"session {session_id} to be Running (last state: {'unknown' if last is None else last.state})"

    read = api.get_session(session_id)
    session = yield from poll_until(read, is_settled, options, describe, fresh_after=fresh_after)
    if _stays_running(session):
        return session
    try:
        return (yield from start_and_wait(session_id, start, options, on_progress))
    except ConflictError:
        session = yield Bounded(read, max(options.left_s(), options.last_call_s))
        if not can_reach(session, SessionState.RUNNING):
            raise
    return (yield from wait_for_session(session_id, SessionState.RUNNING, options, on_progress))


def preference_to_run(session: models.Session) -> int | None:
    """The rank of a session that should run: first one that is not terminated, then a terminated one."""
    if session.state == SessionState.TERMINATED:
        return 1
    is_ending = session.state in TERMINATION_STATES or session.pending_state in TERMINATION_STATES
    return None if is_ending else 0


def _stays_running(session: models.Session) -> bool:
    return session.state == SessionState.RUNNING and session.pending_state not in ENDING_STATES


def _is_at_rest(session: models.Session) -> bool:
    return AUTOMATIC_TRANSITIONS.get(session.state) == frozenset() and session.pending_state in (None, session.state)


def terminate(session_id: str, clock: Clock, fresh_after: float = 0.0) -> Steps[None]:
    """Terminate a session. It is no error if the session is terminated, terminating or deleted already.

    Before the time `fresh_after`, a 404 does not mean that it was deleted, because the session is new.
    """
    while True:
        try:
            yield api.terminate_session(session_id)
        except NotFoundError:
            if clock.monotonic() < fresh_after:
                yield Sleep(FIRST_INTERVAL_S)
                continue
        except OutcomeUnknownError as error:
            if not error.is_done:
                raise
        except ConflictError:
            session: models.Session = yield api.get_session(session_id)
            if session.state not in TERMINATION_STATES and session.pending_state not in TERMINATION_STATES:
                raise
        return


def run_command(
    session_id: str,
    shell_command: str,
    options: WaitOptions,
    on_progress: Callable[[models.SessionCommand], object] | None,
    left: Leftovers,
) -> Steps[models.SessionCommand]:
    """Run a command in a session and wait until it has finished or was killed."""
    body = models.CreateSessionCommand(session_id=session_id, shell_command=shell_command)
    command = yield from _begin(api.create_session_command(body), options, 0.0)
    left.add(command, f"command {command.id} of session {session_id} may still run")
    if on_progress is not None:
        on_progress(command)
    return (yield from wait_for_command(command.id, options, on_progress, _fresh_from_now(options), command))
