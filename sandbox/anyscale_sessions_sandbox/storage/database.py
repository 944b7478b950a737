"""A sandbox's SQLite database opened: checked, locked for this process, and brought to the present schema."""

from __future__ import annotations

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

# "AnSs": what marks a file as a sandbox's, at a fixed place in its header.
APPLICATION_ID = 0x416E5373
HEADER_BYTES = 100
MAGIC = b"SQLite format 3\0"

# SQLite's primary result codes, and what each means to whoever named the file.
FAILURES = {
    sqlite3.SQLITE_BUSY: ("it is in use by another sandbox", "stop that one or use another file"),
    sqlite3.SQLITE_NOTADB: ("it is damaged", "put back a good copy, or move it away to start afresh"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "put back a good copy, or move it away to start afresh"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "make the file and its folder writable, or use another file"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be written", "make the file and its folder writable, or use another file"),
    sqlite3.SQLITE_FULL: ("the disk is full", "make room or use another file"),
}
DAMAGE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
# The value, kept in the database, that tells the time it was left at.
CLOCK_NAME = "clock"

logger = logging.getLogger("anyscale_sessions_sandbox")


class _Damaged(Exception):
    """The database is not what a sandbox wrote."""


def open_memory() -> Connection:
    """A new database that lives as long as its connection."""
    connection = _connect(":memory:")
    _migrate(connection)
    return connection


def open_file(path: str | os.PathLike[str]) -> Connection:
    """The database in a file, made if there is none. No other process can use the file until it is closed.

    A damaged one is kept under another name, which the connection's `notes` tell, and a new one is begun.
    Raises SandboxDatabaseError for a file that is locked, written by a newer version, not a sandbox's, or not
    writable, and leaves it as it was.
    """
    place = Path(path).absolute()
    try:
        with _opening:
            _create(place)
            _refuse_used_here(place)
            _refuse_foreign(place)
            connection = _open_sound(place)
            connection.claim(place)
            return connection
    except sqlite3.Error as error:
        raise SandboxDatabaseError(place, *explain(error)) from None
    except (OSError, ValueError) as error:
        # A ValueError is what Python raises for a path with a null character.
        reason = f"it cannot be opened ({getattr(error, 'strerror', error)})"
        raise SandboxDatabaseError(place, reason, "name a file in a folder that exists and can be written") from None


class Connection(sqlite3.Connection):
    """A connection that can have a file to itself in this process, until it is closed.

    `notes` are lines for people on what was found, and set right, when it was opened.
    """

    notes: tuple[str, ...] = ()
    _file: tuple[int, int] | None = None

    def claim(self, place: Path) -> None:
        """Keep all other connections of this process off the file."""
        self._file = _identity(place)
        _claimed[self._file] = self

    def close(self) -> None:
        """Close the connection, and let others have the file."""
        super().close()
        if self._file:
            _claimed.pop(self._file, None)


# The files that this process has open. A process loses its locks on a file as soon as it closes it anywhere, whatever
# else it has it open for; so that one which is in use here is not even looked at.
_claimed: WeakValueDictionary[tuple[int, int], Connection] = WeakValueDictionary()
_opening = threading.Lock()


def _identity(place: Path) -> tuple[int, int]:
    found = place.stat()
    return found.st_dev, found.st_ino


def explain(error: sqlite3.Error) -> tuple[str, str]:
    """What an error of SQLite means to whoever named the file: what is wrong, and what to do about it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return FAILURES.get(code & 0xFF, (f"SQLite says {str(error)!r}", "use another file"))


def _create(place: Path) -> None:
    """Make an empty file that nobody else can read, since the database holds tokens; nothing if there is one."""
    with suppress(FileExistsError):
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _refuse_used_here(place: Path) -> None:
    if not place.is_file():
        raise SandboxDatabaseError(place, "it is not a file", "name a file, or one that does not exist yet")
    if _identity(place) in _claimed:
        raise SandboxDatabaseError(place, *FAILURES[sqlite3.SQLITE_BUSY])


def _refuse_foreign(place: Path) -> None:
    """Another program's file is not even opened with SQLite, which could change it."""
    # For writing, so that a file which cannot be written is refused by its proper reason.
    with place.open("r+b") as file:
        header = file.read(HEADER_BYTES)
    if header and not (header.startswith(MAGIC) and header[68:72] == APPLICATION_ID.to_bytes(4, "big")):
        raise SandboxDatabaseError(place, "it is not a sandbox database", "use another file")
    if not header and _log_is_left(place):
        # SQLite would delete it.
        reason = f"it is empty, but {place.name}-wal holds what was last written to it"
        raise SandboxDatabaseError(place, reason, "put the file back, or move its log away too")


def _log_is_left(place: Path) -> bool:
    """Whether there is a log of changes that are not in the file yet, left by a process that was killed."""
    log = Path(f"{place}-wal")
    return log.exists() and log.stat().st_size > 0


def _open_sound(place: Path) -> Connection:
    """The database in a file; if it is damaged, a new one in its place."""
    seen = _identity(place)
    try:
        return _open(place)
    except _Damaged:
        pass
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in DAMAGE:
            raise
    kept = _move_aside(place, seen)
    _create(place)
    connection = _open(place)
    connection.notes = (f"the database {place} was damaged: it is kept as {kept.name}, and a new one was begun",)
    logger.warning("%s", *connection.notes)
    return connection


def _move_aside(place: Path, seen: tuple[int, int]) -> Path:
    """Give a damaged file, and the log that belongs to it, another name, which is returned."""
    stem = f"{place}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (Path(stem if number == 0 else f"{stem}-{number}") for number in count())
    kept = next(name for name in names if not name.exists())
    if _identity(place) != seen:
        # Another process was faster, and this is its new database.
        raise SandboxDatabaseError(place, *FAILURES[sqlite3.SQLITE_BUSY])
    place.rename(kept)
    if _log_is_left(place):
        Path(f"{place}-wal").rename(f"{kept}-wal")
    for suffix in ("-wal", "-shm"):
        Path(f"{place}{suffix}").unlink(missing_ok=True)
    return kept


def _open(place: Path) -> Connection:
    if _log_is_left(place):
        # Closing a writable connection would copy it into the file, even a damaged one, so that the first look is
        # taken with one that cannot write.
        with closing(_connect(f"{place.as_uri()}?mode=ro")) as look:
            _inspect(place, look)
    connection = _connect(f"{place.as_uri()}?mode=rw")
    try:
        # Exclusive before the first access: the lock is then held until the connection is closed.
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
    # With an exclusive lock SQLite does without this file, which the first look may have left.
    Path(f"{place}-shm").unlink(missing_ok=True)
    return connection


def _connect(target: str) -> Connection:
    # The store takes its own lock, begins its own transactions and waits for nobody.
    return sqlite3.connect(
        target, uri=True, isolation_level=None, check_same_thread=False, timeout=0, factory=Connection
    )


def _inspect(place: Path, connection: sqlite3.Connection) -> None:
    """Raise SandboxDatabaseError for a database that is newer than this version, and _Damaged for a damaged one."""
    version, known = _version(connection), len(_migrations())
    if version > known:
        reason = f"a newer version wrote it (schema {version}, and this one knows {known})"
        raise SandboxDatabaseError(place, reason, "upgrade anyscale-sessions or use another file")
    with closing(_connect(":memory:")) as sound:
        _migrate(sound, version)
        if not _schema(sound) <= _schema(connection):
            raise _Damaged
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise _Damaged
    if version:
        _tell_time(connection)


def _tell_time(connection: sqlite3.Connection) -> None:
    """The time that a database was left at must be one; otherwise raise _Damaged."""
    try:
        for (text,) in connection.execute("SELECT value FROM meta WHERE key = ?", (CLOCK_NAME,)):
            from_text(text)
    except (TypeError, ValueError, sqlite3.OperationalError):
        raise _Damaged from None


def _schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


def _migrate(connection: sqlite3.Connection, target: int | None = None) -> None:
    """Bring the schema to a version, the present one by default, one whole step after the other."""
    for version, script in enumerate(_migrations()[_version(connection) : target], _version(connection) + 1):
        marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
        connection.executescript(f"BEGIN IMMEDIATE; {script} {marks} COMMIT;")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@cache
def _migrations() -> list[str]:
    """The scripts that lead from an empty database to the present schema, in order."""
    folder = files("anyscale_sessions_sandbox.storage").joinpath("migrations")
    scripts = sorted((script for script in folder.iterdir() if script.name.endswith(".sql")), key=lambda s: s.name)
    return [script.read_text(encoding="utf-8") for script in scripts]
