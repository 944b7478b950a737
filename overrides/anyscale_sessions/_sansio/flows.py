"""Flows of several calls on top of the operations: launch, start and terminate a session, run a command."""

from __future__ import annotations

from collections.abc import Callable

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState

from .._utils.recent_writes import STALE_S
from ..exceptions import ConflictError, NotFoundError, OutcomeUnknownError, SessionsError
from .probes import TERMINATION_STATES
from .waiters import Steps, WaitOptions, poll_until, wait_for_operation, wait_for_session


def start_and_wait(
    session_id: str,
    start: models.StartSessionOptions | None,
    options: WaitOptions,
    on_progress: Callable[[models.Session | models.SessionOperation], object] | None,
) -> Steps[models.Session]:
    """Start a session and wait until it runs.

    Waits for the operation first, because the session can show its old state for a while.
    """
    try:
        operation: models.SessionOperation = yield api.start_session(session_id, start)
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    else:
        yield from wait_for_operation(operation.id, options, on_progress)
    fresh_after = options.clock.monotonic() + STALE_S
    return (yield from wait_for_session(session_id, SessionState.RUNNING, options, on_progress, fresh_after))


def launch(
    body: models.CreateSession,
    start: models.StartSessionOptions | None,
    options: WaitOptions,
    on_progress: Callable[[models.Session | models.SessionOperation], object] | None,
) -> Steps[models.Session]:
    """Create a session, start it, and wait until it runs. An error after the creation has a note with the id."""
    session: models.Session = yield api.create_session(body)
    try:
        return (yield from start_and_wait(session.id, start, options, on_progress))
    except SessionsError as error:
        error.add_note(f"session {session.id} was created and is left as it is")
        raise


def terminate(session_id: str) -> Steps[None]:
    """Terminate a session. It is no error if the session is terminated, terminating or deleted already."""
    try:
        yield api.terminate_session(session_id)
    except NotFoundError:
        return
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    except ConflictError:
        session: models.Session = yield api.get_session(session_id)
        if session.state not in TERMINATION_STATES and session.pending_state not in TERMINATION_STATES:
            raise


def run_command(session_id: str, shell_command: str, options: WaitOptions) -> Steps[models.SessionCommand]:
    """Run a command in a session and wait until it has finished or was killed."""
    body = models.CreateSessionCommand(session_id=session_id, shell_command=shell_command)
    command: models.SessionCommand = yield api.create_session_command(body)

    def is_done(seen: models.SessionCommand) -> bool:
        return seen.finished_at is not None or seen.killed_at is not None

    def describe(_: models.SessionCommand | None) -> str:
        return f"command {command.id} of session {session_id} to finish"

    return (yield from poll_until(api.get_session_command(command.id), is_done, options, describe, command))
