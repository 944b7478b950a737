"""The store in a file: everything is kept, however the sandbox ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, Sandbox, SandboxDatabaseError, SystemClock, Timings, serve
from anyscale_sessions_sandbox.storage.database import open_file

SERVE = """
import json, sys, time
from anyscale_sessions_sandbox import serve
with serve(db=sys.argv[1], token="sss_kept_kept_kept") as sandbox:
    print(json.dumps(sandbox.url), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A file that does not exist yet, with a name that a URL would take for more than a name."""
    return tmp_path / "sand box?#%41.db"


@contextlib.contextmanager
def reopened(db: Path, **options: Any) -> Iterator[Sandbox]:
    """A sandbox on the file, with a clock that begins at the beginning."""
    with serve(db=db, clock=ManualClock(), validate_responses=True, **options) as sandbox:
        yield sandbox


def test_everything_is_there_after_a_restart(db: Path, visit: Any) -> None:
    """Sessions, operations, commands and events survive a restart, and so does the token."""
    with reopened(db) as sandbox:
        api = visit(sandbox)
        session = api.running()
        operation = api.terminate(api.running())
        command = api.run(session, "sleep 60")
        before = [api.get(session), api.operation(operation), api.command(command), api.events(session)]
        project_id = api.project_id
    with reopened(db) as again:
        api = visit(again)
        after = [api.get(session), api.operation(operation), api.command(command), api.events(session)]
        assert after == before
        assert again.token == sandbox.token
        listed = api.call("GET", "/sessions/", params={"project_id": project_id}).body
        assert listed["metadata"]["total"] == 2


def test_time_goes_on_where_it_was_left(db: Path, visit: Any) -> None:
    """The time continues after a restart, and a clock that is ahead is not set back."""
    with reopened(db) as sandbox:
        left = sandbox.clock.advance(hours=5)
    with reopened(db) as sandbox:
        assert sandbox.clock.now() == left
        assert visit(sandbox).create()["created_at"] == left.isoformat(timespec="microseconds")
    ahead = ManualClock(left + timedelta(days=1))
    with serve(db=db, clock=ahead) as sandbox:
        assert sandbox.clock.now() == left + timedelta(days=1)


def test_real_time_that_was_pushed_goes_on_too(db: Path) -> None:
    """A system clock that was advanced does not go back after a restart."""
    with serve(db=db) as sandbox:
        pushed = sandbox.clock.advance(hours=5)
    with serve(db=db, clock=SystemClock()) as sandbox:
        assert timedelta(0) <= sandbox.clock.now() - pushed < timedelta(minutes=1)


def test_what_was_on_its_way_arrives_after_a_restart(db: Path, visit: Any) -> None:
    """Starts, commands and idle timeouts happen at their times after a restart."""
    with reopened(db) as sandbox:
        api = visit(sandbox)
        session = api.running(idle_timeout=10)
        command = api.run(session, "sleep 60")
        other = api.create()
        start = api.start(other)
        sandbox.clock.advance(1)
    with reopened(db) as sandbox:
        api = visit(sandbox)
        assert api.get(other)["state"] == "StartingUp"
        sandbox.clock.advance(0.5)
        assert api.get(other)["state"] == "Running"
        assert api.operation(start)["completed"] is True
        sandbox.clock.advance(58.5)
        assert api.command(command)["status_code"] == 0
        sandbox.clock.advance(minutes=9, seconds=59)
        assert api.get(session)["state"] == "Running"
    with reopened(db) as sandbox:
        api = visit(sandbox)
        sandbox.clock.advance(1)
        assert api.get(session)["state"] == "Terminating"


def test_what_comes_due_while_it_is_closed_has_happened_when_it_opens(db: Path, visit: Any) -> None:
    """Everything that was due while the sandbox was closed happens at its own time."""
    with reopened(db, timings=Timings(start_s=4)) as sandbox:
        session = visit(sandbox).create()
        visit(sandbox).start(session)
        began = sandbox.clock.now()
    with serve(db=db, clock=ManualClock(began + timedelta(minutes=1)), timings=Timings(start_s=4)) as sandbox:
        last = visit(sandbox).events(session)[-1]
        assert last["event_type"] == "running"
        assert last["timestamp"] == (began + timedelta(seconds=4)).isoformat(timespec="microseconds")


def test_a_token_of_a_page_is_good_after_a_restart(db: Path, visit: Any) -> None:
    """A paging token works after a restart, and not for another database."""
    with reopened(db) as sandbox:
        api = visit(sandbox)
        ids = [api.create(project_id="prj_paged")["id"] for _ in range(3)]
        page = api.call("GET", "/sessions/?project_id=prj_paged&count=2").body
        token = page["metadata"]["next_paging_token"]
    query = {"project_id": "prj_paged", "paging_token": token}
    with reopened(db) as sandbox:
        rest = visit(sandbox).call("GET", "/sessions/", params=query).body["results"]
        assert [session["id"] for session in rest] == ids[2:]
    with serve() as sandbox:
        assert visit(sandbox).call("GET", "/sessions/", params=query).status == 404


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(db: Path) -> None:
    """Only the owner can read the file, and no other file is left."""
    with serve(db=str(db)):
        assert db.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def test_a_commit_is_on_the_disk_when_it_returns(db: Path) -> None:
    """A file uses synchronous commits, so that a power failure loses nothing."""
    with contextlib.closing(open_file(db)) as connection:
        pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]


def test_without_a_file_everything_is_gone_at_the_end(visit: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Without a file nothing is kept and nothing is written to disk."""
    monkeypatch.chdir(tmp_path)
    with serve() as sandbox:
        session = visit(sandbox).create()
    with serve() as sandbox:
        assert visit(sandbox).call("GET", f"/sessions/{session['id']}").status == 404
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def another_process(db: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves the file, killed at the end."""
    with subprocess.Popen([sys.executable, "-c", SERVE, str(db)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(db: Path, visit: Any) -> None:
    """Every session that was acknowledged before a kill is in the file."""
    acknowledged: list[str] = []

    def create(url: str) -> None:
        body = {"name": "a", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
        with (
            httpx.Client(trust_env=False, cookies={"cli_token": "sss_kept_kept_kept"}) as http,
            contextlib.suppress(httpx.HTTPError),
        ):
            while True:
                acknowledged.append(http.post(f"{url}/v0/sessions/", json=body).json()["result"]["id"])

    with another_process(db) as (process, url):
        threads = [threading.Thread(target=create, args=(url,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 20:
            threads[0].join(0.01)
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    log = Path(f"{db}-wal")
    assert log.stat().st_size > 0
    with serve(db=db, validate_responses=True) as sandbox:
        api = visit(sandbox)
        for session_id in acknowledged:
            assert api.get({"id": session_id})["state"] == "Stopped"
    assert [path.name for path in db.parent.iterdir()] == [db.name]


def work(url: str, number: int, acknowledged: list[tuple[str, str, str]]) -> None:
    """Create, start and run as fast as can be until the process is killed; tell what was answered."""
    body = {"name": f"w{number}", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
    with (
        httpx.Client(trust_env=False, cookies={"cli_token": "sss_kept_kept_kept"}, base_url=f"{url}/v0") as http,
        contextlib.suppress(httpx.HTTPError, KeyError, ValueError),
    ):
        while True:
            session_id = http.post("/sessions/", json=body).json()["result"]["id"]
            acknowledged.append(("session", session_id, ""))
            operation_id = http.post(f"/sessions/{session_id}/start", json={}).json()["result"]["id"]
            acknowledged.append(("operation", session_id, operation_id))


@pytest.mark.parametrize("_round", range(int(os.environ.get("SANDBOX_KILL_ROUNDS", "3"))))
def test_eight_writers_and_a_kill_leave_every_acknowledged_write_and_no_half_of_one(
    db: Path, visit: Any, _round: int
) -> None:
    """A kill under load keeps every acknowledged write whole."""
    acknowledged: list[tuple[str, str, str]] = []
    with another_process(db) as (process, url):
        threads = [threading.Thread(target=work, args=(url, number, acknowledged)) for number in range(8)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 24:
            threads[0].join(0.01)
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    with serve(db=db, validate_responses=True) as sandbox:
        assert sandbox.startup_notes == ()
        api = visit(sandbox)
        for kind, session_id, operation_id in acknowledged:
            session = api.get({"id": session_id})
            if kind == "operation":
                assert session["state"] != "Stopped"
                assert api.operation({"id": operation_id})["session_id"] == session_id
        tables = sandbox.snapshot()["tables"]
        events: dict[str, list[str]] = {}
        for row in tables["events"]:
            events.setdefault(row[2], []).append(row[3])
        started = {row[2] for row in tables["operations"]}
        assert set(events) == {row[1] for row in tables["sessions"]}
        for session_id, kinds in events.items():
            assert kinds[0] == "created"
            assert ("start_command" in kinds) == ("starting" in kinds) == (session_id in started)


def test_a_database_in_use_by_another_process_is_refused(db: Path) -> None:
    """A file in use by another process is refused until that process ends."""
    refused = pytest.raises(SandboxDatabaseError, match="in use by another sandbox")
    with another_process(db), refused, serve(db=db):
        pass
    with serve(db=db):
        pass


def test_the_token_stays_in_the_file(db: Path) -> None:
    """The token of a file is new at first, stays the same until another one is given, and then that one stays."""
    with serve(db=db) as first:
        assert len(first.token) >= 43
    with serve(db=db) as second:
        assert second.token == first.token
    given = "sss_given_given_given"
    with serve(db=db, token=given) as third:
        assert third.token == given
    with serve(db=db) as fourth, serve() as other:
        assert fourth.token == given
        assert other.token not in {first.token, given}


def test_the_token_is_not_part_of_the_state(db: Path, tmp_path: Path) -> None:
    """The token is in no snapshot, stays after a reset and a restore, and is not taken from a snapshot."""
    with serve(db=db) as sandbox:
        token = sandbox.token
        snapshot = sandbox.snapshot()
        assert token not in json.dumps(snapshot)
        sandbox.reset()
        sandbox.restore(snapshot)
    with serve(db=db) as sandbox:
        assert sandbox.token == token
        snapshot["tables"]["meta"].append(["token", "sss_other_other_other"])
        sandbox.restore(snapshot)
    with serve(db=db) as sandbox, serve(db=tmp_path / "other.db") as other:
        assert sandbox.token == token
        assert other.token != token


@pytest.mark.parametrize("stored", ["short", "a" * 20 + "\n", ""])
def test_a_stored_token_that_cannot_be_used_is_replaced(db: Path, stored: str) -> None:
    """A token that was changed in the file, so that no request could carry it, is replaced by a new one."""
    with serve(db=db):
        pass
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'token'", (stored,))
    with serve(db=db) as sandbox:
        assert len(sandbox.token) >= 43


def history(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The time, without its beginning and its end, and the state of each row of the history."""
    return [(row[2][11:21], row[3]) for row in sandbox.snapshot()["tables"]["states"]]


def test_the_states_of_a_session_are_kept(db: Path, visit: Any) -> None:
    """Each state is kept with the time at which it was entered, also across a restart and a restored snapshot."""
    with reopened(db) as sandbox:
        api = visit(sandbox)
        session = api.running()
        states = [("00:00:00.0", "Stopped"), ("00:00:00.0", "StartingUp"), ("00:00:01.5", "Running")]
        assert history(sandbox) == states
    with reopened(db) as sandbox:
        snapshot = sandbox.snapshot()
        api = visit(sandbox)
        sandbox.reset()
        assert history(sandbox) == []
        sandbox.restore(snapshot)
        assert history(sandbox)[:3] == states
        api.terminate(session, delete=True)
        sandbox.clock.advance(1)
        assert history(sandbox) == []


def test_the_states_of_a_deleted_session_are_deleted(db: Path, visit: Any) -> None:
    """When a session is deleted, its history is deleted, and that of other sessions is kept."""
    with reopened(db) as sandbox:
        api = visit(sandbox)
        api.create()
        assert api.call("DELETE", f"/sessions/{api.create()['id']}").status == 204
        assert history(sandbox) == [("00:00:00.0", "Stopped")]


def test_a_state_that_only_a_newer_document_has_is_kept(document: Any) -> None:
    """A seeded session in a state without a lifecycle has that state in its history."""
    document["components"]["schemas"]["SessionState"]["enum"].append("Paused")
    session = {"name": "a", "project_id": "p", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
    with serve(document=document) as sandbox:
        sandbox.seed({"sessions": [session | {"state": "Paused"}]})
        assert [state for _, state in history(sandbox)] == ["Stopped", "Paused"]
