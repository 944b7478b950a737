"""The data of a sandbox: documents in tables, timers and a few settings, for one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from ..spec import Document


class Table(NamedTuple):
    """A table of documents. `columns` are the fields of a document that queries can use."""

    name: str
    columns: tuple[str, ...]


SESSIONS = Table("sessions", ("id", "project_id", "name", "state", "creator_id", "ha_job_id", "archived_at"))
OPERATIONS = Table("operations", ("id", "session_id"))
COMMANDS = Table("commands", ("id", "session_id", "finished_at"))
EVENTS = Table("events", ("id", "session_id", "event_type", "log_level", "timestamp"))

TABLES = (SESSIONS, OPERATIONS, COMMANDS, EVENTS)
# A setting of the file, which is not part of the state of a sandbox: it is in no snapshot, and survives a reset.
TOKEN_SETTING = "token"  # noqa: S105 - the name of a setting
# The setting that holds the key of the paging tokens.
PAGING_KEY_SETTING = "paging_key"
# The setting that holds the builds, compute templates and instance types of seeds, as JSON.
CATALOG_SETTING = "catalog"
# For how many documents the store keeps the previous version.
MAX_PREVIOUS_DOCUMENTS = 20_000


class Condition(NamedTuple):
    """An SQL condition on the columns of a table, and the values for its question marks."""

    sql: str
    values: tuple[str | int, ...] = ()


class Row(NamedTuple):
    """A document and its number in the order of creation."""

    seq: int
    document: Document


# The due time of a timer that never becomes due. It sorts after every time.
NEVER = "never"


class Timer(NamedTuple):
    """Something that will happen: when, of what kind, to which session or command, and with what data."""

    due_at: str
    kind: str
    subject_id: str
    document: Document


class Store:
    """Documents in SQLite. It is thread-safe: the thread that holds `lock` has exclusive access."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.lock = threading.RLock()
        self._connection = connection
        # The version of each document before its last change, and the same for the current transaction.
        self._previous: OrderedDict[tuple[str, str], str | None] = OrderedDict()
        self._replaced: dict[tuple[str, str], str | None] = {}
        # The sessions that the current transaction changes, also by what belongs to them; None for all of them.
        self._touched: set[str] | None = set()
        # Called after each commit with the sessions that it changed, in the thread that holds the lock.
        self.on_commit: Callable[[set[str] | None], None] = lambda _: None

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commit everything in the block durably, or roll it back if the block fails."""
        with self.lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._replaced = {}
            self._touched = set()
            try:
                yield
                self._connection.execute("COMMIT")
                self._previous.update(self._replaced)
                while len(self._previous) > MAX_PREVIOUS_DOCUMENTS:
                    self._previous.popitem(last=False)
                self.on_commit(self._touched)
            except BaseException:
                # After some errors, such as a full disk, SQLite has already rolled back.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @property
    def changes(self) -> int:
        """The number of rows written since the store was opened."""
        return self._connection.total_changes

    def insert(self, table: Table, document: Document) -> None:
        """Add a document."""
        self._replaced.setdefault((table.name, document["id"]), None)
        self._touch(table, document)
        self._connection.execute(_INSERT[table.name], _values(table, document))

    def save(self, table: Table, document: Document) -> None:
        """Replace the document that has the same id."""
        key = (table.name, document["id"])
        if key not in self._replaced:
            self._replaced[key] = self._text_of(table, document["id"])
        self._touch(table, document)
        self._connection.execute(_UPDATE[table.name], (*_values(table, document), document["id"]))

    def find(self, table: Table, resource_id: str) -> Document | None:
        """The document with this id, if there is one."""
        text = self._text_of(table, resource_id)
        return None if text is None else _document(text)

    def select(self, table: Table, conditions: Sequence[Condition], limit: int = -1) -> list[Row]:
        """The first `limit` documents that meet all conditions, oldest first; all of them by default."""
        where, values = _where(conditions)
        sql = f"SELECT seq, document FROM {table.name} WHERE {where} ORDER BY seq LIMIT ?"
        return [Row(seq, _document(text)) for seq, text in self._connection.execute(sql, (*values, limit))]

    def count(self, table: Table, conditions: Sequence[Condition]) -> int:
        """The number of documents that meet all conditions."""
        where, values = _where(conditions)
        total: int = self._connection.execute(f"SELECT count(*) FROM {table.name} WHERE {where}", values).fetchone()[0]
        return total

    def rows(self, sql: str, values: Sequence[str | int] = ()) -> list[Any]:
        """The rows of a query that only reads."""
        return self._connection.execute(sql, values).fetchall()

    def add_state(self, session_id: str, at: str, state: str) -> None:
        """Add a state to the history of a session."""
        sql = "INSERT INTO states (session_id, at, state) VALUES (?, ?, ?)"
        self._connection.execute(sql, (session_id, at, state))

    def drop_states(self, session_id: str) -> None:
        """Delete the history of a session."""
        self._connection.execute("DELETE FROM states WHERE session_id = ?", (session_id,))

    def set_timer(self, timer: Timer) -> None:
        """Set a timer. It replaces a timer of the same kind for the same subject."""
        self._connection.execute(
            "INSERT OR REPLACE INTO timers (due_at, kind, subject_id, document) VALUES (?, ?, ?, ?)",
            (timer.due_at, timer.kind, timer.subject_id, _text(timer.document)),
        )

    def timers(self) -> list[Timer]:
        """All timers, in the order in which they are due."""
        sql = "SELECT due_at, kind, subject_id, document FROM timers ORDER BY due_at, seq"
        return [Timer(row[0], row[1], row[2], _document(row[3])) for row in self._connection.execute(sql)]

    def timer(self, kind: str, subject_id: str) -> Timer | None:
        """The timer of this kind for this subject, if one is set."""
        return self._one_timer("WHERE kind = ? AND subject_id = ?", (kind, subject_id))

    def next_timer(self, due_by: str) -> Timer | None:
        """The timer that is due first, if one is due at that time or before."""
        return self._one_timer("WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1", (due_by,))

    def drop_timer(self, kind: str, subject_id: str) -> None:
        """Remove a timer, if it is set."""
        self._connection.execute("DELETE FROM timers WHERE kind = ? AND subject_id = ?", (kind, subject_id))

    def set_setting(self, key: str, value: str) -> None:
        """Store a setting."""
        self._connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

    def setting(self, key: str) -> str | None:
        """A setting stored with `set_setting`, or None."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def previous(self, connection: sqlite3.Connection) -> Store:
        """A store with the previous version of each document, in another database, which must be empty."""
        connection.execute("BEGIN")
        for table in TABLES:
            for row in self.select(table, ()):
                text = self._previous.get((table.name, row.document["id"]), "")
                document = row.document if text == "" else _document(text or "null")
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
        """Delete everything except the token."""
        self._touched = None
        for name in (*(table.name for table in TABLES), "states", "timers", "sqlite_sequence"):
            self._connection.execute(f"DELETE FROM {name}")
        self._connection.execute("DELETE FROM meta WHERE key <> ?", (TOKEN_SETTING,))

    def dump(self) -> dict[str, list[list[Any]]]:
        """All rows of each table, with lists for rows, without the token."""
        return {
            name: [
                list(row)
                for row in self._connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1")
                if not _is_token(name, row)
            ]
            for name, columns in _COLUMNS.items()
        }

    def load(self, rows: Mapping[str, list[list[Any]]]) -> None:
        """Replace everything except the token with what `dump` returned. Raises ValueError for any other data."""
        self.clear()
        try:
            for name, columns in _COLUMNS.items():
                marks = ", ".join("?" * len(columns))
                sql = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"
                for row in rows[name]:
                    if _is_token(name, row):
                        continue
                    if columns[-1] == "document":
                        _check_columns(name, dict(zip(columns, row, strict=True)))
                    self._connection.execute(sql, row)
        except (sqlite3.Error, msgspec.DecodeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise ValueError(f"not a snapshot of a sandbox: {error}") from None

    def close(self) -> None:
        """Close the database. Another process can then open its file."""
        with self.lock:
            self._connection.close()

    def _touch(self, table: Table, document: Document) -> None:
        if self._touched is not None:
            self._touched.add(document["id" if table is SESSIONS else "session_id"])

    def _text_of(self, table: Table, resource_id: str) -> str | None:
        row = self._connection.execute(f"SELECT document FROM {table.name} WHERE id = ?", (resource_id,)).fetchone()
        return None if row is None else row[0]

    def _one_timer(self, clause: str, values: tuple[str, ...]) -> Timer | None:
        sql = f"SELECT due_at, kind, subject_id, document FROM timers {clause}"
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else Timer(row[0], row[1], row[2], _document(row[3]))


_INSERT = {
    table.name: f"INSERT INTO {table.name} ({', '.join((*table.columns, 'document'))}) "
    f"VALUES ({', '.join('?' * (len(table.columns) + 1))})"
    for table in TABLES
}
_UPDATE = {
    table.name: f"UPDATE {table.name} SET {', '.join(f'{name} = ?' for name in (*table.columns, 'document'))} "
    "WHERE id = ?"
    for table in TABLES
}
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{table.name: ("seq", *table.columns, "document") for table in TABLES},
    "states": ("seq", "session_id", "at", "state"),
    "timers": ("seq", "due_at", "kind", "subject_id", "document"),
    "meta": ("key", "value"),
}


def _is_token(name: str, row: Sequence[Any]) -> bool:
    return name == "meta" and row[0] == TOKEN_SETTING


def _check_columns(name: str, row: Mapping[str, Any]) -> None:
    """Raise ValueError or TypeError for a row whose document is invalid or does not match its columns."""
    document: Document = {**_document(row["document"])}
    columns = next((table.columns for table in TABLES if table.name == name), ())
    if any(document.get(column) != row[column] for column in columns):
        raise ValueError(f"a row of {name} does not match its document")


def _where(conditions: Sequence[Condition]) -> tuple[str, list[str | int]]:
    sql = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    return sql, [value for condition in conditions for value in condition.values]


def _values(table: Table, document: Document) -> list[str | None]:
    return [*(document.get(name) for name in table.columns), _text(document)]


def _document(text: str) -> Any:
    return msgspec.json.decode(text)


def _text(document: Document) -> str:
    return msgspec.json.encode(document).decode()
