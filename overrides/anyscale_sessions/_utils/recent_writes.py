"""When a client last asked sessions to move: for a while after that, what is read of them can be old."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

STALE_S: Final = 3.0
MOST_SESSIONS_REMEMBERED: Final = 1_000


class RecentWrites:
    """The sessions that were lately asked to move, by a client or its copies."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._asked_at: dict[str, float] = {}

    def note(self, session_id: str, now: float) -> None:
        """A session has been asked to start, to end or to change."""
        with self._lock:
            self._asked_at.pop(session_id, None)
            self._asked_at[session_id] = now
            if len(self._asked_at) > MOST_SESSIONS_REMEMBERED:
                del self._asked_at[next(iter(self._asked_at))]

    def fresh_after(self, session_id: str) -> float:
        """The moment, by the monotonic clock, from which on its state is to be believed."""
        return self._asked_at.get(session_id, float("-inf")) + STALE_S
