"""A database file that cannot be used: one clear line, and nothing is overwritten."""

from __future__ import annotations

import contextlib
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
        [note] = sandbox.found
        assert sandbox.snapshot()["tables"]["sessions"] == []
    [kept] = path.parent.glob(f"{path.name}.damaged-*Z")
    assert note == f"the database {path} was damaged: it is kept as {kept.name}, and a new one was begun"
    after = contents(path)
    log = Path(f"{path}-wal").name
    assert after.pop(kept.name) == before.pop(path.name)
    assert after.pop(f"{kept.name}-wal", b"") == before.pop(log, b"")
    after.pop(path.name)
    assert after == before
    with serve(db=path) as sandbox:
        assert sandbox.found == ()


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
    """In the same process as well; the first goes on."""
    with serve(db=db) as sandbox:
        with pytest.raises(SandboxDatabaseError, match="in use by another sandbox; stop that one"), serve(db=db):
            pass
        sandbox.clock.advance(1)


def test_a_sandbox_keeps_its_lock_when_a_second_one_is_refused(db: Path) -> None:
    """Other processes are still kept out, although the system drops a process's locks on a file that it closes."""
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
    """A sandbox needs it for itself alone."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.execute("SELECT count(*) FROM sessions").fetchone()
        assert "in use" in refused(db)


@pytest.mark.parametrize("content", [b"x", b"hello, world\n" * 1000, b"\0" * 8192, b"SQLite format 3\0"])
def test_a_file_that_is_no_sandbox_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever it is, down to a single byte."""
    path = tmp_path / "sandbox.db"
    path.write_bytes(content)
    assert refused(path) == "it is not a sandbox database"


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """It is a good one, but not a sandbox's."""
    path = tmp_path / "sandbox.db"
    edit(path, "CREATE TABLE sessions (id)")
    assert refused(path) == "it is not a sandbox database"


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    """At once: nobody waits for the other end of a pipe."""
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
    """Folders are not made by the way."""
    (tmp_path / "file").touch()
    assert reason in refused(f"{tmp_path}/{name}")
    assert not (tmp_path / "missing").exists()


def test_an_empty_file_is_filled(tmp_path: Path, visit: Any) -> None:
    """As `mktemp` leaves one."""
    path = tmp_path / "sandbox.db"
    path.touch()
    with serve(db=path) as sandbox:
        assert visit(sandbox).create()


def test_a_database_from_a_newer_version_is_refused(db: Path) -> None:
    """Saying which version it is and which ones are known."""
    edit(db, "PRAGMA user_version = 7")
    assert refused(db) == "a newer version wrote it (schema 7, and this one knows 1)"


@pytest.mark.parametrize("sql", ["DROP TABLE meta", "DROP INDEX events_by_session", "ALTER TABLE timers ADD COLUMN x"])
def test_a_database_with_other_tables_than_its_version_has_is_damaged(db: Path, sql: str) -> None:
    """It is not what it says it is."""
    edit(db, sql)
    moved_aside(db)


def test_what_others_added_to_a_database_does_no_harm(db: Path) -> None:
    """Such as the statistics of a query planner."""
    edit(db, "ANALYZE; CREATE VIEW running AS SELECT * FROM sessions WHERE state = 'Running'")
    with serve(db=db):
        pass


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
    """In its header or in any of its pages; one that is not even a sandbox's any more is refused."""
    overwrite(db, at, content)
    if reason:
        assert refused(db) == reason
    else:
        moved_aside(db)


@pytest.mark.parametrize("keep", [100, 4096, 5000])
def test_a_truncated_database_is_moved_aside(db: Path, keep: int) -> None:
    """Wherever it ends."""
    os.truncate(db, keep)
    moved_aside(db)


@pytest.mark.parametrize("value", ["'yesterday'", "x'ff'", "CAST(x'ff' AS TEXT)"])
def test_a_time_that_cannot_be_read_is_damage(db: Path, value: str) -> None:
    """The sandbox would not know when it is."""
    edit(db, f"UPDATE meta SET value = {value} WHERE key = 'clock'")
    moved_aside(db)


def test_no_damaged_database_takes_the_place_of_another(db: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each gets a name of its own, and the log tells of it in a line."""
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
    """Of two that find one damaged, the slower is told that the other uses it."""
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
    """Which is neither copied into the file nor deleted."""
    killed(db)
    overwrite(db, 4096, b"\xff" * 4096)
    moved_aside(db)
    [log] = db.parent.glob("*.damaged-*-wal")
    assert log.stat().st_size


@pytest.mark.parametrize("there", [True, False])
def test_a_log_without_its_database_is_refused(db: Path, there: bool) -> None:
    """SQLite would delete it."""
    killed(db)
    log = Path(f"{db}-wal").read_bytes()
    db.unlink()
    if there:
        db.touch()
    with pytest.raises(SandboxDatabaseError, match=r"sandbox\.db-wal holds what was last written"), serve(db=db):
        pass
    assert Path(f"{db}-wal").read_bytes() == log


def test_an_empty_log_does_no_harm(db: Path) -> None:
    """As a clean end may leave one."""
    Path(f"{db}-wal").touch()
    with serve(db=db):
        pass


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_refused_or_moved_aside_or_does_no_harm(at: int, content: bytes) -> None:
    """The sandbox opens the database, or refuses it in one line, or keeps it as it was under another name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sandbox.db")
        with create_app(db=path) as app:
            app.clock.advance(1)
        overwrite(path, at % path.stat().st_size, content)
        before = path.read_bytes()
        try:
            with create_app(db=path) as app:
                found = app.found
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
    """The file, or the folder that its log would be in."""
    shared_db.chmod(file_mode)
    shared_db.parent.chmod(folder_mode)
    before = contents(shared_db)
    with ordinary_user(), pytest.raises(SandboxDatabaseError) as caught:
        open_file(shared_db)
    assert caught.value.reason == reason
    assert "writ" in caught.value.remedy
    assert contents(shared_db) == before


def test_a_new_file_in_a_folder_that_cannot_be_written_is_refused(shared_db: Path) -> None:
    """Saying so."""
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
    """It is answered with 500 and a reason, nothing of it stays, and the sandbox goes on."""
    db = tmp_path / "sandbox.db"
    with serve(db=db, validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create(name="kept")
        with no_room_beyond(Path(f"{db}-wal").stat().st_size + 1000):
            body = {"name": "lost", "project_id": api.project_id, "cluster_config": "x" * 100_000, "cloud_id": "c"}
            response = api.call("POST", "/sessions/", body)
            assert response.status == 500
            assert "database cannot be used: SQLite says 'disk I/O error'" in response.body["error"]["detail"]
            assert api.get(session) == session
        assert api.create(name="later")["name"] == "later"
    with serve(db=db) as sandbox:
        listed = visit(sandbox).call("GET", "/sessions/", params={"project_id": api.project_id}).body
        assert [row["name"] for row in listed["results"]] == ["kept", "later"]


def test_a_sandbox_ends_even_if_there_is_no_room_to_write_its_time(tmp_path: Path) -> None:
    """And frees the file."""
    db = tmp_path / "sandbox.db"
    with create_app(db=db) as app, no_room_beyond(1000):
        app.close()
    create_app(db=db).close()


def test_a_full_disk_is_named() -> None:
    """By the reason that SQLite itself gives for it."""
    with contextlib.closing(open_memory()) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO meta (key, value) VALUES ('a', zeroblob(1000000))")
    assert explain(caught.value) == ("the disk is full", "make room or use another file")


def test_a_new_database_for_which_there_is_no_room_is_refused(tmp_path: Path) -> None:
    """In one line."""
    path = tmp_path / "sandbox.db"
    with no_room_beyond(4096), pytest.raises(SandboxDatabaseError, match="disk I/O error"), serve(db=path):
        pass
