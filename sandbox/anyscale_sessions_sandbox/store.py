"""What the sandbox remembers: documents in tables, timers, and a few values of its own, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from .spec import Document


class Table(NamedTuple):
    """A table of documents; `columns` are the fields of a document that rows are looked up by."""

    name: str
    columns: tuple[str, ...]


SESSIONS = Table("sessions", ("id", "project_id", "name", "state", "creator_id", "ha_job_id", "archived_at"))
OPERATIONS = Table("operations", ("id", "session_id"))
COMMANDS = Table("commands", ("id", "session_id", "finished_at"))
EVENTS = Table("events", ("id", "session_id", "event_type", "log_level", "timestamp"))
# When a timer is due that waits for something else than a time: after all times.
HELD = "held"


class Condition(NamedTuple):
    """A condition on a table's columns, in SQL, and the values for its question marks."""

    sql: str
    values: tuple[str | int, ...] = ()


class Row(NamedTuple):
    """A document and its place in the order of creation."""

    seq: int
    document: Document


# When something is due that does not come with time. It sorts after every moment.
NEVER = "never"


class Timer(NamedTuple):
    """Something that is to happen: when, what kind of thing, to whom, and what it needs to know."""

    due_at: str
    kind: str
    subject_id: str
    document: Document


class Store:
    """Documents in SQLite. Safe to use from many threads: whoever holds `lock` has it alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.lock = threading.RLock()
        self._connection = connection

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside is kept, durably, or nothing is."""
        with self.lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # After some errors, such as a full disk, SQLite has rolled back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @property
    def changes(self) -> int:
        """How many rows were written since the store was opened."""
        return self._connection.total_changes

    def insert(self, table: Table, document: Document) -> None:
        """Add a document."""
        names = ", ".join((*table.columns, "document"))
        marks = ", ".join("?" * (len(table.columns) + 1))
        self._connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", _values(table, document))

    def save(self, table: Table, document: Document) -> None:
        """Put a changed document in the place of the one with the same id."""
        settings = ", ".join(f"{name} = ?" for name in (*table.columns, "document"))
        values = (*_values(table, document), document["id"])
        self._connection.execute(f"UPDATE {table.name} SET {settings} WHERE id = ?", values)

    def find(self, table: Table, resource_id: str) -> Document | None:
        """The document with an id, if there is one."""
        row = self._connection.execute(f"SELECT document FROM {table.name} WHERE id = ?", (resource_id,)).fetchone()
        return None if row is None else json.loads(row[0])

    def select(self, table: Table, conditions: Sequence[Condition], limit: int = -1) -> list[Row]:
        """The first `limit` documents that meet every condition, oldest first; all of them by default."""
        where, values = _where(conditions)
        sql = f"SELECT seq, document FROM {table.name} WHERE {where} ORDER BY seq LIMIT ?"
        return [Row(seq, json.loads(text)) for seq, text in self._connection.execute(sql, (*values, limit))]

    def count(self, table: Table, conditions: Sequence[Condition]) -> int:
        """How many documents meet every condition."""
        where, values = _where(conditions)
        total: int = self._connection.execute(f"SELECT count(*) FROM {table.name} WHERE {where}", values).fetchone()[0]
        return total

    def set_timer(self, timer: Timer) -> None:
        """Set a timer in the place of any of the same kind for the same subject."""
        self._connection.execute(
            "INSERT OR REPLACE INTO timers (due_at, kind, subject_id, document) VALUES (?, ?, ?, ?)",
            (timer.due_at, timer.kind, timer.subject_id, _text(timer.document)),
        )

    def timer(self, kind: str, subject_id: str) -> Timer | None:
        """The timer of a kind for a subject, if one is set."""
        return self._one_timer("WHERE kind = ? AND subject_id = ?", (kind, subject_id))

    def next_timer(self, due_by: str) -> Timer | None:
        """The timer that is due first, if one is due by then."""
        return self._one_timer("WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1", (due_by,))

    def drop_timer(self, kind: str, subject_id: str) -> None:
        """Take a timer back; nothing if there is none."""
        self._connection.execute("DELETE FROM timers WHERE kind = ? AND subject_id = ?", (kind, subject_id))

    def remember(self, key: str, value: str) -> None:
        """Keep a value of the sandbox's own."""
        self._connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        """A value kept with `remember`."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        """Close the database; a file can then be opened by others."""
        with self.lock:
            self._connection.close()

    def _one_timer(self, clause: str, values: tuple[str, ...]) -> Timer | None:
        sql = f"SELECT due_at, kind, subject_id, document FROM timers {clause}"
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else Timer(row[0], row[1], row[2], json.loads(row[3]))


def _where(conditions: Sequence[Condition]) -> tuple[str, list[str | int]]:
    sql = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    return sql, [value for condition in conditions for value in condition.values]


def _values(table: Table, document: Document) -> list[str | None]:
    return [*(document.get(name) for name in table.columns), _text(document)]


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
