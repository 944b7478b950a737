"""Which sessions, journal entries and other parts of a sandbox changed, and at which revision.

Only what changed is kept, not how, so that a page that was away for a while receives each row once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

# How many sessions, and how many entries, the log remembers. A page that is further behind starts anew.
MAX_KEYS = 20_000

Key = TypeVar("Key", int, str)


class Position(NamedTuple):
    """How far a page has read: the number of resets before it, and the revision since then."""

    generation: int
    revision: int


class Changes(NamedTuple):
    """What changed after a revision."""

    position: Position
    sessions: list[str]
    entries: list[int]
    # The names of the other parts: "faults", "transition_rules", "journal_cleared".
    parts: frozenset[str]


class ChangeLog:
    """A bounded log of changes. Any thread can note a change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = 0
        self._generation = 0
        self._sessions = _Recent[str]()
        self._entries = _Recent[int]()
        self._parts: dict[str, int] = {}
        # Called after each change, in the thread that made it.
        self.on_change: Callable[[], None] = lambda: None

    @property
    def position(self) -> Position:
        """The position after the last change."""
        with self._lock:
            return Position(self._generation, self._revision)

    def note_sessions(self, session_ids: Iterable[str] | None) -> None:
        """Note that sessions changed; None means that all data was replaced."""
        with self._lock:
            if session_ids is None:
                self._generation += 1
                self._sessions = _Recent[str]()
                self._revision += 1
            else:
                changed = tuple(session_ids)
                if not changed:
                    return
                self._revision += 1
                self._sessions.add(changed, self._revision)
        self.on_change()

    def note_entry(self, number: int | None) -> None:
        """Note that a journal entry is new or has changed; None means that all were deleted."""
        with self._lock:
            self._revision += 1
            if number is None:
                self._parts["journal_cleared"] = self._revision
                self._entries = _Recent[int]()
            else:
                self._entries.add((number,), self._revision)
        self.on_change()

    def note_part(self, name: str) -> None:
        """Note that another part changed."""
        with self._lock:
            self._revision += 1
            self._parts[name] = self._revision
        self.on_change()

    def revision_of(self, session_id: str) -> int:
        """The revision of the last change of a session; 0 if it did not change since the log began."""
        return self._sessions.revisions.get(session_id, self._sessions.forgotten)

    def since(self, position: Position) -> Changes | None:
        """What changed after a position, or None if the log does not know it any more."""
        with self._lock:
            revision = position.revision
            is_known = self._sessions.forgotten <= revision <= self._revision
            if position.generation != self._generation or not is_known:
                return None
            parts = frozenset(name for name, changed in self._parts.items() if changed > revision)
            return Changes(
                Position(self._generation, self._revision),
                self._sessions.since(revision),
                self._entries.since(revision),
                parts,
            )


class _Recent(Generic[Key]):
    """The last revision of each key that changed recently."""

    def __init__(self) -> None:
        self.revisions: OrderedDict[Key, int] = OrderedDict()
        # The revision up to which changes may have been dropped.
        self.forgotten = 0

    def add(self, keys: Iterable[Key], revision: int) -> None:
        for key in keys:
            self.revisions[key] = revision
            self.revisions.move_to_end(key)
        while len(self.revisions) > MAX_KEYS:
            self.forgotten = self.revisions.popitem(last=False)[1]

    def since(self, revision: int) -> list[Key]:
        """The keys that changed after a revision, the last one first."""
        found: list[Key] = []
        for key, changed in reversed(self.revisions.items()):
            if changed <= revision:
                break
            found.append(key)
        return found
