"""The sessions that a client has created recently. For a while after a creation, a search can miss the session."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import AbstractContextManager
from typing import Final

REMEMBERED_S: Final = 60.0
MAX_SESSIONS_REMEMBERED: Final = 1_000


class RecentCreates:
    """Which sessions a client, or a copy of it, has created, by a key such as project and name."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._created: dict[str, tuple[Hashable, float]] = {}

    def add(self, session_id: str, key: Hashable, now: float) -> None:
        """A session was created."""
        with self._lock:
            self._created[session_id] = (key, now)
            if len(self._created) > MAX_SESSIONS_REMEMBERED:
                del self._created[next(iter(self._created))]

    def remove(self, session_id: str) -> None:
        """A session was deleted."""
        with self._lock:
            self._created.pop(session_id, None)

    def ids(self, key: Hashable, now: float) -> list[str]:
        """The sessions with this key that were created in the last minute, oldest first."""
        with self._lock:
            return [
                session_id
                for session_id, (created_key, created_at) in self._created.items()
                if created_key == key and now - created_at < REMEMBERED_S
            ]
