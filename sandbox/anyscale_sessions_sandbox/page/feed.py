"""The feed: everything once, and then what changes, as server-sent events."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from ..clock import AdjustableClock, from_text
from ..control.controls import Components
from ..errors import ServiceUnavailableError
from ..spec import Document
from .change_log import ChangeLog, Changes, Position
from .masking import MAX_NAME_CHARACTERS, Mask
from .summaries import clock_row, count_sessions, entry_row, newest_sessions, session_rows

# The shortest time between two messages about changes. Changes in between go into one message.
GROUP_S = 0.1
# How often a comment is sent while nothing changes, so that a lost connection is noticed.
KEEPALIVE_S = 15.0
# How many rows of sessions one message has.
CHUNK_ROWS = 500
# How many pages can be open.
MAX_WATCHERS = 20
# It is above the number of every session.
LAST_NUMBER = 2**62
KEEPALIVE = b": \n\n"


class Feed:
    """The changes of one sandbox, for all its pages.

    While a page is open, the sandbox does what is due at its time. Otherwise it does it at the next request.
    """

    def __init__(self, components: Components, mask: Mask, description: Document) -> None:
        self._components = components
        self._backend = components.backend
        self._mask = mask
        # What the first message says besides the data.
        self._description = description
        self._watchers: set[_Watcher] = set()
        # Another one for each run of the sandbox, because revisions start at 0 again.
        self.boot = secrets.token_hex(8)
        self.log = log = ChangeLog()
        log.on_change = self._wake
        components.backend.watch(log.note_sessions)
        components.journal.on_change = log.note_entry
        components.faults.on_change = lambda: log.note_part("faults")
        components.backend.transition_rules.on_change = lambda: log.note_part("transition_rules")
        self._unsubscribe = components.clock.subscribe(lambda: log.note_part("clock"))
        self.is_closed = False

    def close(self) -> None:
        """End all feeds. Called in the event loop that serves them."""
        self.is_closed = True
        self._unsubscribe()
        self._wake()

    def check_free(self) -> None:
        """Raise ServiceUnavailableError if too many pages are open."""
        if len(self._watchers) >= MAX_WATCHERS:
            raise ServiceUnavailableError(f"{MAX_WATCHERS} pages of this sandbox are open; close one of them.")

    async def messages(self, boot: str | None, position: Position | None) -> AsyncGenerator[bytes]:
        """The messages to a page that has read up to a position of this or another run of the sandbox."""
        with self._watching() as watcher:
            reason = None if boot == self.boot else "restarted" if boot else "first"
            while not self.is_closed:
                changes = self.log.since(position) if position and not reason else None
                if changes is None:
                    reason = reason or self._reason(position)
                    position = self.log.position
                    for message in self._snapshot(reason, position):
                        yield message
                    reason = None
                else:
                    position = changes.position
                    for message in self._changes(changes):
                        yield message
                await asyncio.sleep(GROUP_S)
                while not await watcher.wait(min(KEEPALIVE_S, self._due_in_s())):
                    self._settle()
                    if not watcher.is_awake:
                        yield KEEPALIVE

    def _reason(self, position: Position | None) -> str:
        """Why a page cannot continue at a position of this run."""
        if position is None:
            return "first"
        return "too_old" if position.generation == self.log.position.generation else "reset"

    def _snapshot(self, reason: str, position: Position) -> Generator[bytes]:
        """Everything. Each message is made when the one before it was sent."""
        with self._backend.transaction() as transaction:
            total = count_sessions(transaction.store)
        start = {"reason": reason, "boot": self.boot, "generation": position.generation, "sessions_total": total}
        rest = self._description | self._parts(("clock", "faults", "transition_rules"))
        yield _message("snapshot", start | {"revision": position.revision} | rest)
        before = LAST_NUMBER
        while before:
            with self._backend.transaction() as transaction:
                rows, before = newest_sessions(transaction.store, self._mask, before, CHUNK_ROWS)
            yield self._rows(position, rows)
        entries = [entry_row(entry, self._mask) for entry in reversed(self._components.journal.entries())]
        yield _message("changes", {"revision": position.revision, "journal": entries})
        yield _message("ready", {"revision": position.revision})

    def _changes(self, changes: Changes) -> Generator[bytes]:
        """What changed."""
        revision = changes.position.revision
        first: Document = {"revision": revision} | self._parts({"clock", *changes.parts})
        if changes.entries:
            kept = {entry.number: entry for entry in self._components.journal.entries()}
            first["journal"] = [entry_row(kept[number], self._mask) for number in changes.entries if number in kept]
        yield _message("changes", first)
        for index in range(0, len(changes.sessions), CHUNK_ROWS):
            ids = changes.sessions[index : index + CHUNK_ROWS]
            with self._backend.transaction() as transaction:
                rows = session_rows(transaction.store, self._mask, ids)
            found = {row["id"] for row in rows}
            yield self._rows(changes.position, rows, removed=[name for name in ids if name not in found])

    def _rows(self, position: Position, rows: list[Document], **more: Any) -> bytes:
        sessions = [row | {"rev": self.log.revision_of(row["id"])} for row in rows]
        return _message("changes", {"revision": position.revision, "sessions": sessions, **more})

    def _parts(self, names: Iterable[str]) -> Document:
        """The parts that are sent as a whole."""
        components = self._components
        rules = components.backend.transition_rules
        values: dict[str, Callable[[], Any]] = {
            "clock": lambda: clock_row(components.clock, components.backend),
            "faults": lambda: [
                self._mask.document(entry.to_dict(), MAX_NAME_CHARACTERS) for entry in components.faults.entries
            ],
            "transition_rules": lambda: [
                self._mask.document(entry.to_dict(), MAX_NAME_CHARACTERS) for entry in rules.entries
            ],
            "journal_cleared": lambda: True,
        }
        return {name: values[name]() for name in names}

    def _settle(self) -> None:
        """Do what is due."""
        with self._backend.transaction():
            pass

    def _due_in_s(self) -> float:
        """In how many seconds of real time something is due; infinity if nothing will be."""
        clock = self._components.clock
        due_at = self._backend.next_due()
        speed = clock.speed if isinstance(clock, AdjustableClock) else 1.0
        if due_at is None or not speed:
            return float("inf")
        return max((from_text(due_at) - clock.now()).total_seconds() / speed, 0.0)

    @contextmanager
    def _watching(self) -> Generator[_Watcher]:
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def _wake(self) -> None:
        for watcher in tuple(self._watchers):
            watcher.wake()


class _Watcher:
    """A page that waits for changes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self.is_awake = False

    def wake(self) -> None:
        """End the wait. Any thread can call it."""
        if not self.is_awake:
            self.is_awake = True
            # The loop may have just ended.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> bool:
        """Wait until something changes, but no longer than this. Whether something changed."""
        timer = self._loop.call_later(seconds, self._event.set)
        await self._event.wait()
        timer.cancel()
        self._event.clear()
        is_changed, self.is_awake = self.is_awake, False
        return is_changed


def _message(event: str, data: Document) -> bytes:
    return b"event: " + event.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
