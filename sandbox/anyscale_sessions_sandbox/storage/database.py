"""Opening the SQLite database of a sandbox: check it, lock it for this process, and migrate it."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import count
from pathlib import Path
from weakref import WeakValueDictionary

from ..clock import from_text
from ..errors import SandboxDatabaseError

# "AnSs" marks a file as a sandbox database, at a fixed place of its header.
APPLICATION_ID = 0x416E5373
HEADER_BYTES = 100
MAGIC = b"SQLite format 3\0"

# By primary result code of SQLite: what is wrong with the file, and what to do.
FAILURES = {
    sqlite3.SQLITE_BUSY: ("it is in use by another sandbox", "stop that one or use another file"),
    sqlite3.SQLITE_NOTADB: ("it is damaged", "restore a good copy, or move the file away to start with a new one"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "restore a good copy, or move the file away to start with a new one"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "make the file and its folder writable, or use another file"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be written", "make the file and its folder writable, or use another file"),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space"),
    # On a full disk, SQLite reports it if it cannot read the changes of the last time.
    sqlite3.SQLITE_IOERR: ("the disk is full or has an error", "free some space, or check the disk"),
}
# The permissions that let other users read or change a file.
OPEN_TO_OTHERS = 0o066
DAMAGE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
# The setting that holds the time of the sandbox when it was last used.
CLOCK_SETTING = "clock"

logger = logging.getLogger("anyscale_sessions_sandbox")


class _Damaged(Exception):
    """The database is damaged."""


def open_memory() -> Connection:
    """Create a database in memory. It exists until its connection is closed."""
    connection = _connect(":memory:")
    _migrate(connection)
    return connection


def open_file(path: str | os.PathLike[str]) -> Connection:
    """Open the database in a file, or create it. No other process can use the file until the connection is closed.

    A damaged file is renamed and a new one is created; the connection's `notes` say so.
    Raises SandboxDatabaseError for a file that is locked, written by a newer version, not a sandbox database, or not
    writable. Such a file is not changed.
    """
    place = Path(path).absolute()
    try:
        with _opening:
            _create(place)
            _check_not_open(place)
            _check_header(place)
            connection = _open_or_replace(place)
            connection.claim(place)
            if os.name == "posix" and place.stat().st_mode & OPEN_TO_OTHERS:
                connection.warn(f"other users can read or change {place}, which contains tokens; run chmod 600 {place}")
            return connection
    except sqlite3.Error as error:
        raise SandboxDatabaseError(place, *explain(error)) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise SandboxDatabaseError(place, *FAILURES[sqlite3.SQLITE_FULL]) from None
        # Python raises ValueError for a path with a null character.
        reason = f"it cannot be opened ({getattr(error, 'strerror', error)})"
        raise SandboxDatabaseError(place, reason, "name a file in a writable folder that exists") from None


class Connection(sqlite3.Connection):
    """A connection that can claim a file within this process until it is closed.

    `notes` say what was repaired, and what to be careful about, when the database was opened, one line each.
    """

    notes: tuple[str, ...] = ()
    _file: tuple[int, int] | None = None

    def warn(self, note: str) -> None:
        """Add a note, and log it."""
        self.notes += (note,)
        logger.warning("%s", note)

    def claim(self, place: Path) -> None:
        """Reserve the file for this connection, within this process."""
        self._file = _identity(place)
        _claimed[self._file] = self

    def close(self) -> None:
        """Close the connection and release its file."""
        super().close()
        if self._file:
            _claimed.pop(self._file, None)


# The files that this process has open. POSIX drops all locks of a process on a file when the process closes the file
# anywhere, so a file that is open here must not be opened a second time, not even to read it.
_claimed: WeakValueDictionary[tuple[int, int], Connection] = WeakValueDictionary()
_opening = threading.Lock()


def _identity(place: Path) -> tuple[int, int]:
    status = place.stat()
    return status.st_dev, status.st_ino


def explain(error: sqlite3.Error) -> tuple[str, str]:
    """The reason and the remedy that belong to an SQLite error."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return FAILURES.get(code & 0xFF, (f"SQLite says {str(error)!r}", "use another file"))


def _create(place: Path) -> None:
    """Create an empty file, unless it exists. Only its owner can read it, because the database contains tokens."""
    with suppress(FileExistsError):
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _check_not_open(place: Path) -> None:
    if not place.is_file():
        raise SandboxDatabaseError(place, "it is not a file", "name a file")
    if _identity(place) in _claimed:
        raise SandboxDatabaseError(place, *FAILURES[sqlite3.SQLITE_BUSY])


def _check_header(place: Path) -> None:
    """Refuse a file of another program without opening it with SQLite, which could change it."""
    # It is opened for writing, so that a file that is not writable is refused for that reason.
    with place.open("r+b") as file:
        header = file.read(HEADER_BYTES)
    if header and not (header.startswith(MAGIC) and header[68:72] == APPLICATION_ID.to_bytes(4, "big")):
        raise SandboxDatabaseError(place, "it is not a sandbox database", "use another file")
    if not header and _has_log(place):
        # SQLite would delete the log.
        reason = f"it is empty, but {place.name}-wal contains unsaved changes"
        raise SandboxDatabaseError(place, reason, "restore the file, or move its log away too")


def _has_log(place: Path) -> bool:
    """Whether a killed process left a log of changes that are not in the file yet."""
    log = Path(f"{place}-wal")
    return log.exists() and log.stat().st_size > 0


def _open_or_replace(place: Path) -> Connection:
    """Open the database, or replace it with a new one if it is damaged."""
    identity = _identity(place)
    try:
        return _open(place)
    except _Damaged:
        pass
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in DAMAGE:
            raise
    kept = _move_aside(place, identity)
    _create(place)
    connection = _open(place)
    connection.warn(f"the database {place} was damaged; it was renamed to {kept.name}, and a new one was created")
    return connection


def _move_aside(place: Path, identity: tuple[int, int]) -> Path:
    """Rename a damaged file and its log, and return the new path."""
    stem = f"{place}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (Path(stem if number == 0 else f"{stem}-{number}") for number in count())
    kept = next(name for name in names if not name.exists())
    if _identity(place) != identity:
        # Another process was faster, and this is its new database.
        raise SandboxDatabaseError(place, *FAILURES[sqlite3.SQLITE_BUSY])
    place.rename(kept)
    if _has_log(place):
        Path(f"{place}-wal").rename(f"{kept}-wal")
    for suffix in ("-wal", "-shm"):
        Path(f"{place}{suffix}").unlink(missing_ok=True)
    return kept


def _open(place: Path) -> Connection:
    if _has_log(place):
        # Closing a writable connection copies the log into the file, even if the file is damaged. Therefore the file
        # is inspected with a read-only connection first.
        with closing(_connect(f"{place.as_uri()}?mode=ro")) as read_only:
            _inspect(place, read_only)
    connection = _connect(f"{place.as_uri()}?mode=rw")
    try:
        # If this is set before the first access, SQLite holds its lock until the connection is closed.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN IMMEDIATE")
        _inspect(place, connection)
        connection.execute("COMMIT")
        _migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    # SQLite does not use this file with an exclusive lock. The read-only connection may have created it.
    Path(f"{place}-shm").unlink(missing_ok=True)
    return connection


def _connect(target: str) -> Connection:
    # The store has its own lock and begins its own transactions. It does not wait for other processes.
    return sqlite3.connect(
        target, uri=True, isolation_level=None, check_same_thread=False, timeout=0, factory=Connection
    )


def _inspect(place: Path, connection: sqlite3.Connection) -> None:
    """Raise SandboxDatabaseError for a database of a newer version, and _Damaged for a damaged one."""
    version, known = _version(connection), len(_migrations())
    if version > known:
        reason = f"a newer version wrote it (schema {version}; this version supports up to {known})"
        raise SandboxDatabaseError(place, reason, "upgrade anyscale-sessions or use another file")
    with closing(_connect(":memory:")) as expected:
        _migrate(expected, version)
        if not _schema(expected) <= _schema(connection):
            raise _Damaged
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise _Damaged
    if version:
        _check_clock(connection)


def _check_clock(connection: sqlite3.Connection) -> None:
    """Raise _Damaged if the stored time of the sandbox is not a time."""
    try:
        for (text,) in connection.execute("SELECT value FROM meta WHERE key = ?", (CLOCK_SETTING,)):
            from_text(text)
    except (TypeError, ValueError, sqlite3.OperationalError):
        raise _Damaged from None


def _schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


def _migrate(connection: sqlite3.Connection, target: int | None = None) -> None:
    """Migrate the schema to a version, by default the current one, with one transaction for each step."""
    for version, script in enumerate(_migrations()[_version(connection) : target], _version(connection) + 1):
        header = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
        connection.executescript(f"BEGIN IMMEDIATE; {script} {header} COMMIT;")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@cache
def _migrations() -> list[str]:
    """The migration scripts, in order."""
    folder = files("anyscale_sessions_sandbox.storage").joinpath("migrations")
    scripts = sorted((script for script in folder.iterdir() if script.name.endswith(".sql")), key=lambda s: s.name)
    return [script.read_text(encoding="utf-8") for script in scripts]
