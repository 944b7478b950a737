"""Starts and terminates sessions, waits for the result, and reports progress."""

from __future__ import annotations

import time

import attrs

from anyscale_sessions.client import SessionsClient
from anyscale_sessions.client.base import DEADLINE_S
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.session_operation import SessionOperation
from anyscale_sessions_api.models.session_state import SessionState

from .output import Output

MIN_WAIT_S = 1.0


@attrs.frozen
class SessionWaiter:
    """Waits for sessions on behalf of one command. Its methods raise what the client's waiters raise.

    Attributes:
        client: the client to poll with.
        output: where progress is reported.
        timeout_s: the longest time that a start or a termination and the wait for it may take.
        poll_interval_s: seconds between two polls, or `None` for the client's own interval.
    """

    client: SessionsClient
    output: Output
    timeout_s: float
    poll_interval_s: float | None = None

    def start(self, session_id: str) -> Session:
        """Start a session, wait until it is Running, and return it."""
        began = time.monotonic()
        operation = bounded(self.client, self.timeout_s).start_session(session_id)
        return self._wait(session_id, operation, SessionState.RUNNING, began)

    def terminate(self, session_id: str) -> Session:
        """Terminate a session, wait until it is Terminated, and return it."""
        began = time.monotonic()
        operation = bounded(self.client, self.timeout_s).terminate_session(session_id)
        return self._wait(session_id, operation, SessionState.TERMINATED, began)

    def _wait(self, session_id: str, operation: SessionOperation, until: SessionState, began: float) -> Session:
        with self.output.progress() as report:

            def on_operation(operation: SessionOperation) -> None:
                if operation.progress is not None:
                    report(f"session {session_id}: {operation.progress.message}")

            def on_session(session: Session) -> None:
                report(f"session {session_id}: {session.state}")

            left_s = left_of(self.timeout_s, began)
            self.client.wait_for_session_operation(operation.id, left_s, self.poll_interval_s, on_operation)
            left_s = left_of(self.timeout_s, began)
            return self.client.wait_for_session(session_id, until, left_s, self.poll_interval_s, on_session)


def bounded(client: SessionsClient, timeout_s: float) -> SessionsClient:
    """The client, with a deadline of its calls that is at most the timeout of a command."""
    return client.with_options(deadline=min(DEADLINE_S, max(MIN_WAIT_S, timeout_s)))


def left_of(timeout_s: float, began: float) -> float:
    """The seconds that are left of a timeout that began at this time of the monotonic clock; at least a little."""
    return max(MIN_WAIT_S, timeout_s - (time.monotonic() - began))
