"""Database files that are damaged, locked or foreign: each gives one clear line, and nothing is overwritten."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyscale_sessions_sandbox import SandboxDatabaseError, SandboxError, create_app, serve
from anyscale_sessions_sandbox.engine.backend import Backend
from anyscale_sessions_sandbox.storage import database
from anyscale_sessions_sandbox.storage.database import explain, open_file, open_memory

NOBODY = 65534


@pytest.fixture
def db(tmp_path: Path, visit: Any) -> Path:
    """A database with a session in it."""
    path = tmp_path / "sandbox.db"
    with serve(db=path) as sandbox:
        visit(sandbox).create()
    return path


def refused(path: Path | str) -> str:
    """Why a file is refused, in one line that names it and a remedy; all that is there is as it was before."""
    before = contents(path)
    with pytest.raises(SandboxDatabaseError) as caught, serve(db=path):
        pass
    assert contents(path) == before
    error = caught.value
    assert isinstance(error, SandboxError)
    assert str(error) == f"sandbox database {error.path}: {error.reason}; {error.remedy}"
    assert len(str(error).splitlines()) == 1
    assert error.path.endswith(Path(path).name)
    assert error.remedy
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.path, copy.reason, copy.remedy) == (str(error), error.path, error.reason, error.remedy)
    return error.reason


def moved_aside(path: Path) -> None:
    """The file is damaged: it is kept, with its log, under another name, and a new and empty one is in its place."""
    before = contents(path)
    with serve(db=path) as sandbox:
        [note] = sandbox.startup_notes
        assert sandbox.snapshot()["tables"]["sessions"] == []
    [kept] = path.parent.glob(f"{path.name}.damaged-*Z")
    assert note == f"the database {path} was damaged; it was renamed to {kept.name}, and a new one was created"
    after = contents(path)
    log = Path(f"{path}-wal").name
    assert after.pop(kept.name) == before.pop(path.name)
    assert after.pop(f"{kept.name}-wal", b"") == before.pop(log, b"")
    after.pop(path.name)
    assert after == before
    with serve(db=path) as sandbox:
        assert sandbox.startup_notes == ()


def contents(path: Path | str) -> dict[str, bytes]:
    """The files in a file's folder; SQLite's index of a log is left out, as it is made anew whenever it is read."""
    folder = Path(path).parent
    if not folder.is_dir() or "\0" in str(path):
        return {}
    return {
        entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file() and entry.suffix != ".db-shm"
    }


def edit(path: Path, sql: str) -> None:
    """Change a database behind the sandbox's back."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)


def test_a_second_sandbox_on_the_same_file_is_refused(db: Path) -> None:
    """A second sandbox on a file is refused, also in the same process, and the first one continues."""
    with serve(db=db) as sandbox:
        with pytest.raises(SandboxDatabaseError, match="in use by another sandbox; stop that one"), serve(db=db):
            pass
        sandbox.clock.advance(1)


def test_a_sandbox_keeps_its_lock_when_a_second_one_is_refused(db: Path) -> None:
    """Other processes are still locked out after this process was refused a second time."""
    alias = db.with_name("alias.db")
    alias.symlink_to(db)
    with serve(db=db):
        for path in (db, alias):
            with pytest.raises(SandboxDatabaseError, match="in use"), serve(db=path):
                pass
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM meta')"
        other = subprocess.run([sys.executable, "-c", code, db], capture_output=True, text=True, check=False)
    assert "database is locked" in other.stderr
    with serve(db=alias):
        pass


def test_a_database_that_another_program_reads_is_refused(db: Path) -> None:
    """A database that another program has open is refused."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.execute("SELECT count(*) FROM sessions").fetchone()
        assert "in use" in refused(db)


@pytest.mark.parametrize("content", [b"x", b"hello, world\n" * 1000, b"\0" * 8192, b"SQLite format 3\0"])
def test_a_file_that_is_no_sandbox_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """Any file that is not a sandbox database is refused, even one of a single byte."""
    path = tmp_path / "sandbox.db"
    path.write_bytes(content)
    assert refused(path) == "it is not a sandbox database"


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """A valid SQLite database of another program is refused."""
    path = tmp_path / "sandbox.db"
    edit(path, "CREATE TABLE sessions (id)")
    assert refused(path) == "it is not a sandbox database"


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    """A pipe, a device or a folder is refused at once."""
    path = tmp_path / "sandbox.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nowhere")
    assert refused(path) == "it is not a file"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/sandbox.db", "No such file or directory"),
        ("file/sandbox.db", "Not a directory"),
        ("a\0b", "embedded null"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_file_that_cannot_be_made_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    """A path that cannot be created is refused, and no folder is created."""
    (tmp_path / "file").touch()
    assert reason in refused(f"{tmp_path}/{name}")
    assert not (tmp_path / "missing").exists()


def test_an_empty_file_is_filled(tmp_path: Path, visit: Any) -> None:
    """An empty file becomes a new database."""
    path = tmp_path / "sandbox.db"
    path.touch()
    with serve(db=path) as sandbox:
        assert visit(sandbox).create()


def test_a_database_from_a_newer_version_is_refused(db: Path) -> None:
    """A database of a newer version is refused with both schema versions."""
    edit(db, "PRAGMA user_version = 7")
    assert refused(db) == "a newer version wrote it (schema 7; this version supports up to 2)"


@pytest.mark.parametrize("sql", ["DROP TABLE meta", "DROP INDEX events_by_session", "ALTER TABLE timers ADD COLUMN x"])
def test_a_database_with_other_tables_than_its_version_has_is_damaged(db: Path, sql: str) -> None:
    """A database without the tables of its schema version is treated as damaged."""
    edit(db, sql)
    moved_aside(db)


def test_what_others_added_to_a_database_does_no_harm(db: Path) -> None:
    """Tables that another program added to a database are kept, and the sandbox works."""
    edit(db, "ANALYZE; CREATE VIEW running AS SELECT * FROM sessions WHERE state = 'Running'")
    with serve(db=db) as sandbox:
        assert sandbox.startup_notes == ()
        assert len(sandbox.snapshot()["tables"]["sessions"]) == 1
    with contextlib.closing(sqlite3.connect(db)) as connection:
        kept = connection.execute("SELECT name FROM sqlite_master WHERE name IN ('running', 'sqlite_stat1')").fetchall()
    assert {name for (name,) in kept} == {"running", "sqlite_stat1"}


def overwrite(path: Path, at: int, content: bytes) -> None:
    """Damage a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


@pytest.mark.parametrize(
    ("at", "content", "reason"),
    [
        (0, b"\0" * 16, "it is not a sandbox database"),
        (16, b"\0\0\0\0", None),
        (100, b"\xff" * 100, None),
        (4096, b"\xff" * 4096, None),
        (3 * 4096, b"\0" * 4096, None),
    ],
)
def test_a_damaged_database_is_moved_aside(db: Path, at: int, content: bytes, reason: str | None) -> None:
    """A database with a damaged page is renamed, and one with a damaged header is refused."""
    overwrite(db, at, content)
    if reason:
        assert refused(db) == reason
    else:
        moved_aside(db)


@pytest.mark.parametrize("keep", [100, 4096, 5000])
def test_a_truncated_database_is_moved_aside(db: Path, keep: int) -> None:
    """A database that is truncated anywhere is renamed."""
    os.truncate(db, keep)
    moved_aside(db)


@pytest.mark.parametrize("value", ["'yesterday'", "x'ff'", "CAST(x'ff' AS TEXT)"])
def test_a_time_that_cannot_be_read_is_damage(db: Path, value: str) -> None:
    """A database with an invalid time is treated as damaged."""
    edit(db, f"UPDATE meta SET value = {value} WHERE key = 'clock'")
    moved_aside(db)


def test_no_damaged_database_takes_the_place_of_another(db: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each damaged database gets its own name and one line in the log."""
    for _ in range(3):
        os.truncate(db, 4096)
        with serve(db=db):
            pass
    assert len({path.name for path in db.parent.glob("*.damaged-*")}) == 3
    assert [message.splitlines() for message in caplog.messages] == [[message] for message in caplog.messages]
    assert len(caplog.messages) == 3


def test_a_database_that_another_process_has_just_begun_anew_is_let_be(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If two processes find a damaged database, the slower one reports that it is in use."""
    os.truncate(db, 4096)
    faster = database._open

    def slower(place: Path) -> Any:
        monkeypatch.setattr(database, "_open", faster)
        try:
            return faster(place)
        finally:
            place.rename(place.with_name("aside.db"))
            place.touch()

    monkeypatch.setattr(database, "_open", slower)
    with pytest.raises(SandboxDatabaseError, match="in use by another sandbox"):
        open_file(db)
    assert db.read_bytes() == b""


def killed(db: Path) -> None:
    """Leave a database as a killed process does: with a log of changes that are not in the file yet."""
    with serve(db=db) as sandbox:
        sandbox.clock.advance(1)
        copies = {suffix: Path(f"{db}{suffix}").read_bytes() for suffix in ("", "-wal")}
    for suffix, content in copies.items():
        Path(f"{db}{suffix}").write_bytes(content)
    assert copies["-wal"]


def test_a_damaged_database_is_moved_aside_with_its_log(db: Path) -> None:
    """The log of a damaged database is renamed with it, and neither applied nor deleted."""
    killed(db)
    overwrite(db, 4096, b"\xff" * 4096)
    moved_aside(db)
    [log] = db.parent.glob("*.damaged-*-wal")
    assert log.stat().st_size


@pytest.mark.parametrize("there", [True, False])
def test_a_log_without_its_database_is_refused(db: Path, there: bool) -> None:
    """An empty file with a log is refused, because SQLite would delete the log."""
    killed(db)
    log = Path(f"{db}-wal").read_bytes()
    db.unlink()
    if there:
        db.touch()
    with pytest.raises(SandboxDatabaseError, match=r"sandbox\.db-wal contains unsaved changes"), serve(db=db):
        pass
    assert Path(f"{db}-wal").read_bytes() == log


def test_an_empty_log_does_no_harm(db: Path) -> None:
    """An empty log beside a database is accepted, and all sessions are still there."""
    Path(f"{db}-wal").touch()
    with serve(db=db) as sandbox:
        assert sandbox.startup_notes == ()
        assert len(sandbox.snapshot()["tables"]["sessions"]) == 1
    assert [path.name for path in db.parent.glob("*damaged*")] == []


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_refused_or_moved_aside_or_does_no_harm(at: int, content: bytes) -> None:
    """Any damage is harmless, refused in one line, or leads to a renamed file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sandbox.db")
        with create_app(db=path) as app:
            app.clock.advance(1)
        overwrite(path, at % path.stat().st_size, content)
        before = path.read_bytes()
        try:
            with create_app(db=path) as app:
                found = app.startup_notes
        except SandboxDatabaseError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            assert len(refusal.splitlines()) == 1
            assert path.read_bytes() == before
            return
        kept = [path.read_bytes() for path in Path(folder).glob("*.damaged-*")]
        assert kept == ([before] if found else [])


@contextlib.contextmanager
def ordinary_user() -> Iterator[None]:
    """Rights as everyone has them, where the tests run as root, whom no file mode stops.

    They may not reach to our own files, so that what is done with them must not read any.
    """
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def shared_db(visit: Any) -> Iterator[Path]:
    """A database in a folder that every user can enter."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sandbox.db")
        with serve(db=path) as sandbox:
            visit(sandbox).create()
        yield path
        Path(folder).chmod(0o700)


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "reason"),
    [
        (0o555, 0o444, "it cannot be opened (Permission denied)"),
        (0o777, 0o444, "it cannot be opened (Permission denied)"),
        (0o555, 0o666, "it cannot be written"),
        (0o777, 0o000, "it cannot be opened (Permission denied)"),
    ],
)
def test_a_database_that_cannot_be_written_is_refused(
    shared_db: Path, folder_mode: int, file_mode: int, reason: str
) -> None:
    """A read-only file, or one in a read-only folder, is refused."""
    shared_db.chmod(file_mode)
    shared_db.parent.chmod(folder_mode)
    before = contents(shared_db)
    with ordinary_user(), pytest.raises(SandboxDatabaseError) as caught:
        open_file(shared_db)
    assert caught.value.reason == reason
    assert "writ" in caught.value.remedy
    assert contents(shared_db) == before


def test_a_new_file_in_a_folder_that_cannot_be_written_is_refused(shared_db: Path) -> None:
    """A new file in a read-only folder is refused with the reason."""
    shared_db.parent.chmod(0o555)
    path = shared_db.with_name("new.db")
    with ordinary_user(), pytest.raises(SandboxDatabaseError, match="Permission denied"):
        open_file(path)
    assert not path.exists()


@contextlib.contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_request_that_cannot_be_kept_is_not_done(tmp_path: Path, visit: Any) -> None:
    """A request on a full disk is answered with 500, changes nothing, and the sandbox continues."""
    db = tmp_path / "sandbox.db"
    with serve(db=db, validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create(name="kept")
        with no_room_beyond(Path(f"{db}-wal").stat().st_size + 1000):
            body = {"name": "lost", "project_id": api.project_id, "cluster_config": "x" * 100_000, "cloud_id": "c"}
            response = api.call("POST", "/sessions/", body)
            assert response.status == 500
            assert (
                "database cannot be used: the disk is full or has an error; free some space"
                in response.body["error"]["detail"]
            )
            assert api.get(session) == session
        assert api.create(name="later")["name"] == "later"
    with serve(db=db) as sandbox:
        listed = visit(sandbox).call("GET", "/sessions/", params={"project_id": api.project_id}).body
        assert [row["name"] for row in listed["results"]] == ["kept", "later"]


def test_a_sandbox_ends_even_if_there_is_no_room_to_write_its_time(tmp_path: Path) -> None:
    """A sandbox closes its file even if the disk is too full to store the time."""
    db = tmp_path / "sandbox.db"
    with create_app(db=db) as app:
        app.clock.advance(1)
        before = open_descriptors(db)
        with no_room_beyond(1000):
            app.close()
        assert before
        assert open_descriptors(db) == set()
    create_app(db=db).close()


def open_descriptors(path: Path) -> set[str]:
    """The open files of this process whose names begin with a path."""
    links = [os.path.realpath(descriptor) for descriptor in Path("/proc/self/fd").iterdir()]
    return {link for link in links if link.startswith(str(path))}


def test_a_full_disk_is_named() -> None:
    """The error on a full disk is the one that SQLite reports."""
    with contextlib.closing(open_memory()) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO meta (key, value) VALUES ('a', zeroblob(1000000))")
    assert explain(caught.value) == ("the disk is full", "free some space")


def test_a_new_database_for_which_there_is_no_room_is_refused(tmp_path: Path) -> None:
    """A new database on a full disk is refused in one line."""
    path = tmp_path / "sandbox.db"
    with no_room_beyond(4096), pytest.raises(SandboxDatabaseError, match="free some space"), serve(db=path):
        pass


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR | 19 << 8, sqlite3.SQLITE_FULL])
def test_an_error_of_the_disk_says_to_free_some_space(code: int) -> None:
    """After a full disk, no advice is to use another file, because the data is in this one."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    reason, remedy = explain(error)
    assert "the disk is full" in reason
    assert "free some space" in remedy
    assert "another file" not in remedy


def test_a_restart_on_a_full_disk_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk while a sandbox starts is a `SandboxDatabaseError`, and the file is released and kept."""
    path = tmp_path / "sandbox.db"
    create_app(db=path).close()

    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(Backend, "reconcile", full)
        for db in (path, None):
            with pytest.raises(SandboxDatabaseError, match="the disk is full; free some space"):
                create_app(db=db)
    create_app(db=path).close()


def test_a_file_that_cannot_be_created_on_a_full_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the system has no space for a new file, the error says so, and not that the folder is wrong."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("anyscale_sessions_sandbox.storage.database._create", full)
    with pytest.raises(SandboxDatabaseError, match="the disk is full; free some space"):
        create_app(db=tmp_path / "sandbox.db")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o620, 0o666])
def test_a_file_that_others_can_read_or_change_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    """An existing file that other users can read or change is opened with a warning that says what to do."""
    path = tmp_path / "sandbox.db"
    with create_app(db=path) as app:
        assert app.startup_notes == ()
    path.chmod(mode)
    with create_app(db=path) as app:
        [note] = app.startup_notes
    assert note == f"other users can read or change {path}, which contains tokens; run chmod 600 {path}"
    assert note in caplog.messages
    path.chmod(0o600)
    with create_app(db=path) as app:
        assert app.startup_notes == ()


def test_a_database_of_the_first_version_gets_a_history(db: Path) -> None:
    """In a database from before the history of states, sessions have their current state since its last use."""
    edit(db, "UPDATE meta SET value = '2026-01-02T00:00:00.000000+00:00' WHERE key = 'clock'")
    edit(db, "DROP TABLE states; PRAGMA user_version = 1")
    with serve(db=db) as sandbox:
        tables = sandbox.snapshot()["tables"]
        assert sandbox.startup_notes == ()
    (session,) = tables["sessions"]
    assert [row[1:] for row in tables["states"]] == [[session[1], "2026-01-02T00:00:00.000000+00:00", session[4]]]
