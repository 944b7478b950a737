"""The controls of a sandbox: seed files, resets, snapshots."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, SandboxError, SystemClock, serve
from anyscale_sessions_sandbox.engine.backend import CLOCK_SETTING

from .conftest import APP


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "a: [", "is not valid YAML or JSON"),
        ("a.json", "{", "is not valid YAML or JSON"),
        ("a.json", "[]", "does not contain a mapping"),
        ("a.yaml", "", "does not contain a mapping"),
        ("none.yaml", None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_holds_no_seed_is_refused(
    api_with_rules: Any, tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    """A file without a seed is refused with one line that names the file."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(SandboxError, match=message):
        api_with_rules.sandbox.seed(path)


def test_json_is_read_without_a_parser_for_yaml(
    api_with_rules: Any, tmp_path: Path, seed_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A JSON seed needs no YAML parser, and a YAML seed without pyyaml is refused with a hint to install it."""
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"sessions": [{**APP, "name": "a"}]}))
    api_with_rules.sandbox.seed(str(path))
    assert api_with_rules.call("GET", "/sessions/?project_id=prj_1").body["metadata"]["total"] == 1
    with pytest.raises(SandboxError, match="needs pyyaml"):
        api_with_rules.sandbox.seed(seed_file)


def test_a_reset_makes_it_as_new(api_with_rules: Any, seed_file: Path) -> None:
    """A reset restores the initial faults and rules and empties everything else, but keeps the time."""
    api_with_rules.sandbox.seed(seed_file)
    before = api_with_rules.sandbox.clock.advance(5)
    api_with_rules.sandbox.reset()
    assert api_with_rules.sandbox.journal.count() == 0
    assert api_with_rules.call("GET", "/sessions/?project_id=prj_1").body["metadata"]["total"] == 0
    assert api_with_rules.call("GET", "/session_operations/sop_1").status == 404
    assert [entry.fault.session for entry in api_with_rules.sandbox.faults.entries] == ["never"]
    assert [move.sessions for move in api_with_rules.sandbox.transition_rules.rules] == ["never"]
    assert api_with_rules.sandbox.clock.now() == before
    api_with_rules.sandbox.clock.advance(hours=5)
    assert api_with_rules.running()["state"] == "Running"


@pytest.mark.parametrize("in_file", [True, False])
def test_a_snapshot_puts_everything_back(tmp_path: Path, visit: Any, in_file: bool) -> None:
    """Restoring brings back sessions, timers, time and paging tokens, also after a restart."""
    db = tmp_path / "a.db" if in_file else None
    with serve(db=db, clock=ManualClock(), validate_responses=True) as sandbox:
        api_with_rules = visit(sandbox)
        session = api_with_rules.running(idle_timeout=10)
        api_with_rules.create()
        command = api_with_rules.run(session, "sleep 60")
        query = {"project_id": api_with_rules.project_id, "count": 1}
        token = api_with_rules.call("GET", "/sessions/", params=query).body["metadata"]["next_paging_token"]
        api_with_rules.sandbox.clock.advance(30)
        snapshot = json.loads(json.dumps(sandbox.snapshot()))
        seen = [api_with_rules.get(session), api_with_rules.command(command), api_with_rules.events(session)]
        then = sandbox.clock.now()
        sandbox.clock.advance(hours=2)
        api_with_rules.create()
        assert api_with_rules.get(session)["state"] == "Terminated"
        sandbox.restore(snapshot)
        assert sandbox.clock.now() == then
        assert [api_with_rules.get(session), api_with_rules.command(command), api_with_rules.events(session)] == seen
        query["paging_token"] = token
        assert len(api_with_rules.call("GET", "/sessions/", params=query).body["results"]) == 1
        sandbox.clock.advance(30)
        assert api_with_rules.command(command)["status_code"] == 0
        sandbox.clock.advance(minutes=11)
        assert api_with_rules.get(session)["state"] == "Terminated"
    if db:
        with serve(db=db, clock=ManualClock()) as sandbox:
            assert visit(sandbox).get(session)["state"] == "Terminated"


def test_time_that_passes_by_itself_goes_on_from_the_snapshot() -> None:
    """Restoring a snapshot also sets back a system clock, which continues from there."""
    with serve(clock=SystemClock(ManualClock().now(), speed=2)) as sandbox:
        snapshot = sandbox.snapshot()
        ahead = sandbox.clock.advance(hours=1)
        sandbox.restore(snapshot)
        assert ahead - sandbox.clock.now() > timedelta(minutes=59)


@pytest.mark.parametrize(
    "change",
    [
        lambda snapshot: snapshot | {"format": "x"},
        lambda snapshot: snapshot | {"tables": {}},
        lambda snapshot: snapshot | {"tables": 5},
        lambda snapshot: {"format": snapshot["format"]},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"sessions": [[1, 2]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"timers": 5}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"meta": []}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"meta": [[CLOCK_SETTING, "yesterday"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"events": [[1, "i", "s", "t", "l", "m", "[]"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"events": [[1, "i", "s", "t", "l", "m", "{"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"events": [[1, "i", "s", "t", "l", "m", "{}"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"meta": [["a", 10**30]]}},
    ],
)
def test_what_is_no_snapshot_is_refused(api_with_rules: Any, change: Any) -> None:
    """Data that is not a snapshot is refused and changes nothing."""
    session = api_with_rules.create()
    before = api_with_rules.sandbox.snapshot()
    with pytest.raises(ValueError, match=r"not a snapshot|isoformat"):
        api_with_rules.sandbox.restore(change(before))
    assert api_with_rules.sandbox.snapshot() == before
    assert api_with_rules.get(session) == session


def test_a_reset_is_atomic_under_load(visit: Any) -> None:
    """A request that sees a session during resets also sees all of its events."""
    with serve() as sandbox:
        stop = threading.Event()
        wrong: list[Any] = []

        def work() -> None:
            api_with_rules = visit(sandbox)
            while not stop.is_set():
                response = api_with_rules.call("POST", "/sessions/", {**APP, "name": "a", "project_id": "p"})
                if response.status != 200:
                    wrong.append(response)
                    return
                session_id = response.body["result"]["id"]
                events = api_with_rules.call("GET", "/session_events/", params={"session_id": session_id})
                found = tuple(event["event_type"] for event in events.body.get("results", ()))
                if (events.status, found) not in {(200, ("created",)), (404, ())}:
                    wrong.append(events)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            sandbox.reset()
            tables = sandbox.snapshot()["tables"]
            created = {json.loads(row[-1])["session_id"] for row in tables["events"]}
            assert created == {row[1] for row in tables["sessions"]}
        stop.set()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_ids_from_a_seed_come_again_after_a_reset(visit: Any) -> None:
    """After a reset, a sandbox with an id seed creates the same ids again."""
    with serve(clock=ManualClock(), ids_seed=1) as sandbox:
        first = visit(sandbox).create()["id"]
        sandbox.reset()
        assert visit(sandbox).create()["id"] == first
