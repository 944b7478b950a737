"""The sessions that a client has changed recently. For a while after a change, a read can show the old state."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

STALE_S: Final = 5.0
MAX_IDS_REMEMBERED: Final = 1_000


class RecentWrites:
    """When a client, or a copy of it, last created each thing or asked it to change, by the ids of the things."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._written_at: dict[str, float] = {}

    def add(self, written_id: str, now: float) -> None:
        """A session, an operation or a command was created or asked to change."""
        with self._lock:
            self._written_at.pop(written_id, None)
            self._written_at[written_id] = now
            if len(self._written_at) > MAX_IDS_REMEMBERED:
                del self._written_at[next(iter(self._written_at))]

    def fresh_after(self, written_id: str) -> float:
        """The time of the monotonic clock from which reads of the thing are up to date, and find it."""
        return self._written_at.get(written_id, float("-inf")) + STALE_S
