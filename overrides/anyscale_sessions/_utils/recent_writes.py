"""The sessions that a client has changed recently. For a while after a change, a read can show the old state."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

STALE_S: Final = 3.0
MAX_SESSIONS_REMEMBERED: Final = 1_000


class RecentWrites:
    """When a client, or a copy of it, last asked each session to change."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._written_at: dict[str, float] = {}

    def add(self, session_id: str, now: float) -> None:
        """A session was asked to start, to terminate or to change."""
        with self._lock:
            self._written_at.pop(session_id, None)
            self._written_at[session_id] = now
            if len(self._written_at) > MAX_SESSIONS_REMEMBERED:
                del self._written_at[next(iter(self._written_at))]

    def fresh_after(self, session_id: str) -> float:
        """The time of the monotonic clock from which reads of the session are up to date."""
        return self._written_at.get(session_id, float("-inf")) + STALE_S
