"""One transaction at one time of the sandbox, and the timings of its flows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from ..clock import to_text
from ..errors import NotFoundError
from ..runtimes import Runtime
from ..runtimes.catalog import Catalog
from ..spec import Document
from ..storage.ids import Ids
from ..storage.store import CATALOG_SETTING, SESSIONS, Store, Table, Timer
from .transition_rules import TransitionRules


@dataclass(frozen=True)
class Timings:
    """The duration of a start and a termination, in seconds of the sandbox's clock; infinity means that it never ends.

    Raises ValueError for a duration that is negative or not a number.
    """

    start_s: float = 1.5
    terminate_s: float = 0.5

    def __post_init__(self) -> None:
        if not (self.start_s >= 0 and self.terminate_s >= 0):
            raise ValueError("start_s and terminate_s must be 0 or more")

    def of(self, operation_type: str | None) -> float:
        """The duration of an operation. A stop and an update take as long as a termination."""
        return self.start_s if operation_type == "start" else self.terminate_s


@dataclass(slots=True)
class Transaction:
    """A transaction of the store at the time `now`."""

    store: Store
    now: datetime
    runtime: Runtime
    timings: Timings
    ids: Ids
    transition_rules: TransitionRules
    # `now` as text, as documents have it.
    timestamp: str = field(init=False)

    def __post_init__(self) -> None:
        self.timestamp = to_text(self.now)

    def at(self, now: datetime) -> Transaction:
        """The same transaction at another time."""
        return replace(self, now=now)

    def ago(self, seconds: float) -> str:
        """The time so many seconds before `now`, as documents have it."""
        return to_text(self.now - timedelta(seconds=seconds))

    @property
    def catalog(self) -> Catalog:
        """The builds, compute templates and instance types that seeds have defined."""
        text = self.store.setting(CATALOG_SETTING)
        return msgspec.json.decode(text, type=Catalog) if text else Catalog()

    def define(self, catalog: Catalog) -> None:
        """Add builds, compute templates and instance types, which replace those with the same ids."""
        merged = self.catalog.merged(catalog)
        self.store.set_setting(CATALOG_SETTING, msgspec.json.encode(merged).decode())

    def new_id(self, prefix: str) -> str:
        """A new, unique id."""
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
        """The document with this id. Raises NotFoundError, with `noun` in its text."""
        document = self.store.find(table, resource_id)
        if document is None:
            raise NotFoundError(f"{noun} {resource_id} does not exist.")
        return document

    def note_state(self, session: Document) -> None:
        """Add the state that a session has just entered to its history."""
        self.store.add_state(session["id"], self.timestamp, session["state"])

    def archive(self, session: Document) -> None:
        """Mark a session as deleted, and delete its history."""
        session["archived_at"] = self.timestamp
        self.store.drop_states(session["id"])

    def schedule(self, kind: str, subject_id: str, after_s: float, document: Document) -> None:
        """Set a timer so many seconds from now. A time beyond the year 9999 never comes, so no timer is set for it."""
        self.store.drop_timer(kind, subject_id)
        with suppress(OverflowError):
            due = self.now + timedelta(seconds=max(after_s, 0.0))
            self.store.set_timer(Timer(to_text(due), kind, subject_id, document))
