"""Starts and terminates sessions, waits until that is done, and reports how it goes."""

from __future__ import annotations

import time

import attrs

from anyscale_sessions.client import SessionsClient
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.session_operation import SessionOperation
from anyscale_sessions_api.models.session_state import SessionState

from .output import Output

SHORTEST_WAIT_S = 1.0


@attrs.frozen
class Waits:
    """The waits of one command. They raise what the client's own raise.

    Attributes:
        client: what to ask.
        output: what to report to.
        timeout_s: how long a wait may take.
        poll_interval_s: seconds between two looks, or `None` for the client's own choice.
    """

    client: SessionsClient
    output: Output
    timeout_s: float
    poll_interval_s: float | None = None

    def start(self, session_id: str) -> Session:
        """Start a session; return it once it runs."""
        return self._arrived(session_id, self.client.start_session(session_id), SessionState.RUNNING)

    def terminate(self, session_id: str) -> Session:
        """Terminate a session; return it once it is terminated."""
        return self._arrived(session_id, self.client.terminate_session(session_id), SessionState.TERMINATED)

    def _arrived(self, session_id: str, operation: SessionOperation, until: SessionState) -> Session:
        with self.output.progress() as report:

            def on_operation(seen: SessionOperation) -> None:
                if seen.progress is not None:
                    report(f"session {session_id}: {seen.progress.message}")

            def on_session(seen: Session) -> None:
                report(f"session {session_id}: {seen.state}")

            began = time.monotonic()
            self.client.wait_for_session_operation(operation.id, self.timeout_s, self.poll_interval_s, on_operation)
            left_s = max(SHORTEST_WAIT_S, self.timeout_s - (time.monotonic() - began))
            return self.client.wait_for_session(session_id, until, left_s, self.poll_interval_s, on_session)
