"""Starts and terminates sessions, waits for the result, and reports progress."""

from __future__ import annotations

import time

import attrs

from anyscale_sessions.client import SessionsClient
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
        timeout_s: the longest time that one wait may take.
        poll_interval_s: seconds between two polls, or `None` for the client's own interval.
    """

    client: SessionsClient
    output: Output
    timeout_s: float
    poll_interval_s: float | None = None

    def start(self, session_id: str) -> Session:
        """Start a session, wait until it is Running, and return it."""
        return self._wait(session_id, self.client.start_session(session_id), SessionState.RUNNING)

    def terminate(self, session_id: str) -> Session:
        """Terminate a session, wait until it is Terminated, and return it."""
        return self._wait(session_id, self.client.terminate_session(session_id), SessionState.TERMINATED)

    def _wait(self, session_id: str, operation: SessionOperation, until: SessionState) -> Session:
        with self.output.progress() as report:

            def on_operation(operation: SessionOperation) -> None:
                if operation.progress is not None:
                    report(f"session {session_id}: {operation.progress.message}")

            def on_session(session: Session) -> None:
                report(f"session {session_id}: {session.state}")

            began = time.monotonic()
            self.client.wait_for_session_operation(operation.id, self.timeout_s, self.poll_interval_s, on_operation)
            left_s = max(MIN_WAIT_S, self.timeout_s - (time.monotonic() - began))
            return self.client.wait_for_session(session_id, until, left_s, self.poll_interval_s, on_session)
