"""What the sandbox remembers: documents in tables, timers, and a few values of its own, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..spec import Document


class Table(NamedTuple):
    """A table of documents; `columns` are the fields of a document that rows are looked up by."""

    name: str
    columns: tuple[str, ...]


SESSIONS = Table("sessions", ("id", "project_id", "name", "state", "creator_id", "ha_job_id", "archived_at"))
OPERATIONS = Table("operations", ("id", "session_id"))
COMMANDS = Table("commands", ("id", "session_id", "finished_at"))
EVENTS = Table("events", ("id", "session_id", "event_type", "log_level", "timestamp"))


TABLES = (SESSIONS, OPERATIONS, COMMANDS, EVENTS)
# Of how many documents it is remembered what they were before.
MOST_BEFORE = 20_000


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
        # What stood in the place of documents before they were last changed, and what the transaction adds to that.
        self._before: OrderedDict[tuple[Table, str], str | None] = OrderedDict()
        self._changing: dict[tuple[Table, str], str | None] = {}

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside is kept, durably, or nothing is."""
        with self.lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._changing = {}
            try:
                yield
                self._connection.execute("COMMIT")
                self._before.update(self._changing)
                while len(self._before) > MOST_BEFORE:
                    self._before.popitem(last=False)
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
        self._changing.setdefault((table, document["id"]), None)
        names = ", ".join((*table.columns, "document"))
        marks = ", ".join("?" * (len(table.columns) + 1))
        self._connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", _values(table, document))

    def save(self, table: Table, document: Document) -> None:
        """Put a changed document in the place of the one with the same id."""
        key = (table, document["id"])
        if key not in self._changing:
            self._changing[key] = self._text_of(*key)
        settings = ", ".join(f"{name} = ?" for name in (*table.columns, "document"))
        values = (*_values(table, document), document["id"])
        self._connection.execute(f"UPDATE {table.name} SET {settings} WHERE id = ?", values)

    def find(self, table: Table, resource_id: str) -> Document | None:
        """The document with an id, if there is one."""
        text = self._text_of(table, resource_id)
        return None if text is None else json.loads(text)

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

    def before(self, connection: sqlite3.Connection) -> Store:
        """A store as this one was before the last change of each document, in another database, which is empty."""
        connection.execute("BEGIN")
        for table in TABLES:
            for row in self.select(table, ()):
                text = self._before.get((table, row.document["id"]), "")
                document = row.document if text == "" else json.loads(text or "null")
                if document:
                    names = ", ".join(("seq", *table.columns, "document"))
                    marks = ", ".join("?" * (len(table.columns) + 2))
                    row_values = (row.seq, *_values(table, document))
                    connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", row_values)
        values = self._connection.execute("SELECT key, value FROM meta").fetchall()
        connection.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", values)
        connection.execute("COMMIT")
        return Store(connection)

    def clear(self) -> None:
        """Forget everything."""
        for name in (*(table.name for table in TABLES), "timers", "meta", "sqlite_sequence"):
            self._connection.execute(f"DELETE FROM {name}")

    def dump(self) -> dict[str, list[list[Any]]]:
        """Everything, as the rows of each table, without what tells them apart in here."""
        return {
            name: [list(row) for row in self._connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1")]
            for name, columns in _COLUMNS.items()
        }

    def load(self, rows: Mapping[str, list[list[Any]]]) -> None:
        """Put what `dump` gave in the place of everything. Raises ValueError if it is something else."""
        self.clear()
        try:
            for name, columns in _COLUMNS.items():
                marks = ", ".join("?" * len(columns))
                sql = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"
                for row in rows[name]:
                    if columns[-1] == "document":
                        _refuse_unlike(name, dict(zip(columns, row, strict=True)))
                    self._connection.execute(sql, row)
        except (sqlite3.Error, LookupError, OverflowError, TypeError, ValueError) as error:
            raise ValueError(f"it is not a snapshot of a sandbox: {error}") from None

    def close(self) -> None:
        """Close the database; a file can then be opened by others."""
        with self.lock:
            self._connection.close()

    def _text_of(self, table: Table, resource_id: str) -> str | None:
        row = self._connection.execute(f"SELECT document FROM {table.name} WHERE id = ?", (resource_id,)).fetchone()
        return None if row is None else row[0]

    def _one_timer(self, clause: str, values: tuple[str, ...]) -> Timer | None:
        sql = f"SELECT due_at, kind, subject_id, document FROM timers {clause}"
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else Timer(row[0], row[1], row[2], json.loads(row[3]))


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{table.name: ("seq", *table.columns, "document") for table in TABLES},
    "timers": ("seq", "due_at", "kind", "subject_id", "document"),
    "meta": ("key", "value"),
}


def _refuse_unlike(name: str, row: Mapping[str, Any]) -> None:
    """Raise an error for a row whose document is none, or is not that of its columns: it would fail when it is used."""
    document: Document = {**json.loads(row["document"])}
    columns = next((table.columns for table in TABLES if table.name == name), ())
    if any(document.get(column) != row[column] for column in columns):
        raise ValueError(f"a row of {name} is not that of its document")


# Made once: it is the greater part of the cost of a short document.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _where(conditions: Sequence[Condition]) -> tuple[str, list[str | int]]:
    sql = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    return sql, [value for condition in conditions for value in condition.values]


def _values(table: Table, document: Document) -> list[str | None]:
    return [*(document.get(name) for name in table.columns), _text(document)]


def _text(document: Document) -> str:
    return _ENCODER.encode(document)
