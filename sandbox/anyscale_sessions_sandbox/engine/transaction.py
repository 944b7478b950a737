"""One transaction at one time: what there is to read and write, and when it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..clock import to_text
from ..errors import NotFoundError
from ..runtimes import Runtime
from ..spec import Document
from ..storage.ids import Ids
from ..storage.store import SESSIONS, Store, Table, Timer
from .transition_rules import TransitionRules


@dataclass(frozen=True)
class Timings:
    """How many seconds of the sandbox's clock a start and a termination take; infinity is a time that never ends.

    Raises ValueError for a time that is negative or no number.
    """

    start_s: float = 1.5
    terminate_s: float = 0.5

    def __post_init__(self) -> None:
        if not (self.start_s >= 0 and self.terminate_s >= 0):
            raise ValueError("a start and a termination take a time that is not negative")

    def of(self, operation_type: str | None) -> float:
        """How long an operation of a type takes. A stop takes as long as a termination, and so does an update."""
        return self.start_s if operation_type == "start" else self.terminate_s


@dataclass(frozen=True, slots=True)
class Moment:
    """The store as it is at `now`, inside a transaction."""

    store: Store
    now: datetime
    runtime: Runtime
    timings: Timings
    ids: Ids
    moves: TransitionRules

    @property
    def stamp(self) -> str:
        """`now`, as it stands in documents."""
        return to_text(self.now)

    def at(self, now: datetime) -> Moment:
        """The same transaction at another time."""
        return replace(self, now=now)

    def new_id(self, prefix: str) -> str:
        """An id that was never given before."""
        return self.ids.new_id(self.store, prefix)

    def new_secret(self) -> str:
        """A secret of 32 bytes, as URL-safe text."""
        return self.ids.new_secret(self.store)

    def session(self, session_id: str) -> Document:
        """A session that is not deleted. Raises NotFoundError."""
        session = self.resource(SESSIONS, "Session", session_id)
        if session["archived_at"]:
            raise NotFoundError(f"Session {session_id} does not exist.")
        return session

    def resource(self, table: Table, noun: str, resource_id: str) -> Document:
        """The document with an id. Raises NotFoundError, naming it by `noun`."""
        found = self.store.find(table, resource_id)
        if found is None:
            raise NotFoundError(f"{noun} {resource_id} does not exist.")
        return found

    def schedule(self, kind: str, subject_id: str, after_s: float, document: Document) -> None:
        """Set a timer that many seconds from now; none if no calendar holds that time, since it never comes."""
        self.store.drop_timer(kind, subject_id)
        with suppress(OverflowError):
            due = self.now + timedelta(seconds=max(after_s, 0.0))
            self.store.set_timer(Timer(to_text(due), kind, subject_id, document))
