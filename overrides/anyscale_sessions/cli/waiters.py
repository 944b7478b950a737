"""Starts and terminates sessions, waits for the result, and reports progress."""

from __future__ import annotations

import time

import attrs

from anyscale_sessions._sansio.probes import TERMINATION_STATES
from anyscale_sessions.client import SessionsClient
from anyscale_sessions.client.base import DEADLINE_S
from anyscale_sessions.exceptions import ConflictError, OutcomeUnknownError
from anyscale_sessions.states import reachable
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.session_operation import SessionOperation
from anyscale_sessions_api.models.session_state import SessionState

from .output import Report

MIN_WAIT_S = 1.0


def start_once(client: SessionsClient, session_id: str) -> SessionOperation | Session:
    """Start a session and return the operation, or the session if it runs or is on its way to that."""
    try:
        return client.start_session(session_id)
    except ConflictError:
        session = client.get_session(session_id)
        if not reachable(_direction(session), SessionState.RUNNING):
            raise
        return session


def terminate_once(client: SessionsClient, session_id: str) -> SessionOperation | Session:
    """Terminate a session and return the operation, or the session if it is terminated or on its way to that."""
    try:
        return client.terminate_session(session_id)
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
        return client.get_session(session_id)
    except ConflictError:
        session = client.get_session(session_id)
        if _direction(session) not in TERMINATION_STATES:
            raise
        return session


def _direction(session: Session) -> SessionState:
    """The state that a session is in, or on its way to."""
    return session.pending_state or session.state


@attrs.frozen
class SessionWaiter:
    """Waits for sessions on behalf of one command. Its methods raise what the client's waiters raise.

    Attributes:
        client: the client to poll with.
        report: where progress is reported.
        timeout_s: the longest time that a start or a termination and the wait for it may take.
        poll_interval_s: seconds between two polls, or `None` for the client's own interval.
    """

    client: SessionsClient
    report: Report
    timeout_s: float
    poll_interval_s: float | None = None

    def start(self, session_id: str) -> Session:
        """Start a session unless it is on its way already, wait until it is Running, and return it."""
        began = time.monotonic()
        begun = start_once(bounded(self.client, self.timeout_s), session_id)
        return self._wait_after(begun, session_id, SessionState.RUNNING, began)

    def terminate(self, session_id: str) -> Session:
        """Terminate a session unless it is on its way already, wait until it is Terminated, and return it."""
        began = time.monotonic()
        begun = terminate_once(bounded(self.client, self.timeout_s), session_id)
        return self._wait_after(begun, session_id, SessionState.TERMINATED, began)

    def wait(self, session_id: str, until: SessionState) -> Session:
        """Wait until a session is in a state, and return it."""
        began = time.monotonic()
        return self._wait(session_id, until, began)

    def wait_for_operation(self, operation_id: str) -> SessionOperation:
        """Wait until a start or a termination is completed, and return it."""
        target = f"operation {operation_id} to be completed"
        return self._wait_for_operation(operation_id, target, time.monotonic())

    def _wait_after(
        self, begun: SessionOperation | Session, session_id: str, until: SessionState, began: float
    ) -> Session:
        if isinstance(begun, SessionOperation):
            self._wait_for_operation(begun.id, f"session {session_id} to be {until}", began)
        return self._wait(session_id, until, began)

    def _wait_for_operation(self, operation_id: str, target: str, began: float) -> SessionOperation:
        def on_progress(operation: SessionOperation) -> None:
            seen = operation.session_operation_type
            message = f": {operation.progress.message}" if operation.progress is not None else ""
            self.report(f"waiting for {target}; last seen: {seen}{message}")

        self.report(f"waiting for {target}")
        left_s = left_of(self.timeout_s, began)
        return self.client.wait_for_session_operation(operation_id, left_s, self.poll_interval_s, on_progress)

    def _wait(self, session_id: str, until: SessionState, began: float) -> Session:
        def on_progress(session: Session) -> None:
            self.report(f"waiting for session {session_id} to be {until}; last seen: {session.state}")

        left_s = left_of(self.timeout_s, began)
        return self.client.wait_for_session(session_id, until, left_s, self.poll_interval_s, on_progress)


def bounded(client: SessionsClient, timeout_s: float) -> SessionsClient:
    """The client, with a deadline of its calls that is at most the timeout of a command."""
    return client.with_options(deadline=min(DEADLINE_S, max(MIN_WAIT_S, timeout_s)))


def left_of(timeout_s: float, began: float) -> float:
    """The seconds that are left of a timeout that began at this time of the monotonic clock; at least a little."""
    return max(MIN_WAIT_S, timeout_s - (time.monotonic() - began))
