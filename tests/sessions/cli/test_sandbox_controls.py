"""The commands that control a sandbox which is being served."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import Run


def test_the_clock_is_pushed_ahead(run: Run, server: Sandbox) -> None:
    """`sandbox advance` advances the clock by a duration in the usual notation."""
    began = server.clock.now()
    now = datetime.fromisoformat(run("sandbox", "advance", "1h30m1.5s", "--output", "json").result["now"])
    assert 0 <= (now - began).total_seconds() - 5401.5 < 60
    assert run("sandbox", "advance", "90").out.startswith("The time is now ")


@pytest.mark.parametrize("span", ["", "h", "5x", "-5m", "1m1h", "1..5s", "99999999999h"])
def test_what_is_no_span_of_time_is_refused(run: Run, span: str) -> None:
    """An invalid duration is refused with code 2."""
    ended = run("sandbox", "advance", "--output", "json", "--", span)
    assert ended.code == 2
    assert ended.error["message"]


def test_a_span_that_no_calendar_holds_is_refused_by_the_sandbox(run: Run) -> None:
    """A duration beyond the year 9999 is refused by the sandbox, with code 3."""
    ended = run("sandbox", "advance", "999999999h", "--output", "json")
    assert (ended.code, ended.error["message"]) == (3, "a clock cannot be advanced beyond the year 9999")


def test_faults_are_added_shown_and_cleared(run: Run, server: Sandbox) -> None:
    """Faults are added with fields as in the header, listed, and removed."""
    added = run("sandbox", "fault", "add", "status", "status=503", "operation=get_session", "--output", "json").result
    assert (added["kind"], added["status"], added["used"]) == ("status", 503, 0)
    [fault] = server.faults.entries
    assert fault.fault.operation == "get_session"
    always = run("sandbox", "fault", "add", "reset", "times=null", "--output", "json").result
    assert (added["times"], always["times"]) == (1, None)
    assert run("sandbox", "fault", "--output", "json").result == [added, always]
    assert "get_session" in run("sandbox", "fault").out
    assert run("sandbox", "fault", "clear").code == 0
    assert not server.faults.entries
    refused = run("sandbox", "fault", "add", "explode", "--output", "json")
    assert (refused.code, refused.error["message"][:12]) == (2, "kind must be")


def test_the_journal_is_shown_and_written(run: Run, client: SessionsClient, session: Session, tmp_path: Path) -> None:
    """The journal is shown for all requests or one operation, and written as HAR, with secrets redacted."""
    client.get_session(session.id)
    [entry] = run("sandbox", "journal", "--operation", "get_session", "--last", "5", "--output", "json").result
    assert entry["status"] == 200
    assert "create_session" in run("sandbox", "journal").out
    har = tmp_path / "a.har"
    assert run("sandbox", "journal", "--har", str(har), "--output", "json").result == {"file": str(har), "requests": 2}
    assert session.access_token not in har.read_text()
    assert len(json.loads(har.read_text())["log"]["entries"]) == 2
    ended = run("sandbox", "journal", "--har", str(tmp_path))
    assert (ended.code, ended.err) == (2, f"Error: {tmp_path} cannot be written: Is a directory\n")


def test_a_session_is_moved(run: Run, client: SessionsClient, session: Session) -> None:
    """`sandbox transition` changes the state of a session if the new state can follow."""
    ended = run("sandbox", "transition", session.id, "Updating", "--output", "json")
    assert (ended.code, ended.error["type"], ended.error["status"]) == (3, "SandboxRefusedError", 409)
    assert "cannot become Updating" in ended.error["message"]
    for state in ("StartingUp", "Terminated"):
        moved = run("sandbox", "transition", session.id, state, "--message", "The power went.", "--output", "json")
        assert moved.result == {"id": session.id, "state": state}
    assert client.get_session(session.id).state == "Terminated"


def test_a_sandbox_is_seeded_and_reset(run: Run, client: SessionsClient, tmp_path: Path) -> None:
    """A seed file is applied, its problems are reported, and a reset removes everything."""
    path = tmp_path / "seed.yaml"
    path.write_text("sessions: [{name: a, id: ses_1, project_id: p, cluster_config: 'a: 1', cloud_id: c}]")
    assert run("sandbox", "seed", str(path), "--output", "json").result == {"seeded": {"sessions": 1}}
    assert client.get_session("ses_1").name == "a"
    ended = run("sandbox", "seed", str(path))
    assert (ended.code, "given twice" in ended.err) == (3, True)
    assert run("sandbox", "seed", str(tmp_path / "none.yaml")).code == 2
    assert run("sandbox", "reset", "--output", "json").result == {"reset": True}
    assert list(client.list_sessions("p")) == []


def test_a_snapshot_is_written_and_restored(run: Run, client: SessionsClient, session: Session, tmp_path: Path) -> None:
    """A snapshot is written to a file that only its owner can read, and restored from it."""
    path = tmp_path / "snapshot.json"
    assert run("sandbox", "snapshot", str(path)).code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    run("sandbox", "reset")
    assert run("sandbox", "restore", str(path)).code == 0
    assert client.get_session(session.id) == session
    path.write_text("{")
    assert run("sandbox", "restore", str(path)).err == f"Error: {path} is not a snapshot: it is not JSON\n"
    path.write_text("{}")
    assert "not a snapshot" in run("sandbox", "restore", str(path)).err
    assert "No such file" in run("sandbox", "restore", str(tmp_path / "none")).err
    assert "cannot be written" in run("sandbox", "snapshot", str(tmp_path)).err


def test_where_no_sandbox_is_it_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command without a running sandbox ends in one line with code 4."""
    monkeypatch.setenv("ANYSCALE_HOST", "http://127.0.0.1:9")
    ended = run("sandbox", "reset")
    assert (ended.code, ended.err.count("\n")) == (4, 1)
    assert "no sandbox answered at http://127.0.0.1:9" in ended.err


def test_another_token_is_refused(run: Run, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong token ends with code 3, and an invalid one with code 2."""
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_another")
    ended = run("sandbox", "reset", "--output", "json")
    assert (ended.code, ended.error["type"], ended.error["status"]) == (3, "SandboxRefusedError", 403)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_ä")
    assert run("sandbox", "reset").code == 2
    assert server.token not in ended.err
