"""Sandboxes seeded, reset, kept as snapshots and put back: all of it or nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions.states import TRANSITIONS
from anyscale_sessions_sandbox import Fault, ManualClock, SandboxError, SeedError, SystemClock, TransitionRule, serve
from anyscale_sessions_sandbox.engine.backend import CLOCK_NAME

APP = {"project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
SEED = """
sessions:
  - name: nightly
    id: ses_nightly
    project_id: prj_1
    uses_app_config: true
    build_id: bld_1
    compute_template_id: cpt_1
    state: Running
    operations:
      - {type: start, id: sop_1}
      - {type: stop, error: It would not.}
      - {type: terminate, completed: false}
    commands:
      - {shell_command: sleep 60, id: scd_1}
      - {shell_command: make, status_code: 3}
    events:
      - {event_type: edited}
      - {event_type: starting, description: Here we go., log_level: error}
  - {name: old, project_id: prj_1, cluster_config: "a: 1", cloud_id: c, state: Terminated}
faults:
  - {kind: reset, operation: list_sessions}
moves:
  - {from_state: StartingUp, to_state: StartupErrored, after_s: 1}
"""


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox of the test's own, which began with a fault and a rule that never come into play."""
    with serve(
        clock=ManualClock(),
        validate_responses=True,
        faults=[Fault("reset", operation="nothing")],
        moves=[TransitionRule("Running", sessions="never")],
    ) as sandbox:
        yield visit(sandbox)


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    """A seed, as people write it."""
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    return path


def test_a_seed_is_planted(api: Any, seed_file: Path) -> None:
    """Sessions in their states, with operations, commands and events, and faults and moves."""
    api.sandbox.seed(seed_file)
    session = api.get({"id": "ses_nightly"})
    assert (session["state"], session["idle_timeout"], session["status"]) == ("Running", 120, "RUNNING")
    assert session["user_service_url"]
    assert session["idle_termination_status"] == "ACTIVE_COMMAND"
    assert api.operation({"id": "sop_1"})["result"]["data"]["state"] == "Running"
    assert api.command({"id": "scd_1"})["finished_at"] is None
    query = {"session_id": "ses_nightly"}
    commands = api.call("GET", "/session_commands/", params=query).body["results"]
    assert [command["status_code"] for command in commands] == [None, 3]
    events = api.events(session)
    assert [event["event_type"] for event in events[-2:]] == ["edited", "starting"]
    assert (events[-1]["description"], events[-1]["log_level"]) == ("Here we go.", "error")
    assert [entry.fault.kind for entry in api.sandbox.faults.listed()] == ["reset", "reset"]
    assert len(api.sandbox.moves.listed()) == 2
    api.sandbox.clock.advance(hours=3)
    assert api.get(session)["state"] == "Terminated"


def test_seeded_operations_are_as_given(api: Any) -> None:
    """Under way, done, or failed."""
    operations = [
        {"type": "start", "id": "sop_a", "completed": False},
        {"type": "stop", "id": "sop_b", "error": "It would not."},
    ]
    api.sandbox.seed({"sessions": [{**APP, "name": "a", "operations": operations}]})
    assert api.operation({"id": "sop_a"})["completed"] is False
    assert api.operation({"id": "sop_b"})["result"]["error"] == {"message": "It would not."}


@pytest.mark.parametrize("state", TRANSITIONS)
def test_a_session_is_seeded_in_any_state(api: Any, state: str) -> None:
    """By the way that leads there, so that it goes on as any other would."""
    api.sandbox.seed({"sessions": [{**APP, "name": "a", "id": "ses_1", "state": state}]})
    assert api.get({"id": "ses_1"})["state"] == state
    api.sandbox.clock.advance(5)
    rest = {"Stopping": "Stopped", "Terminating": "Terminated"}
    going = {"AwaitingStartup", "StartingUp", "AwaitingFileMounts", "Updating"}
    assert api.get({"id": "ses_1"})["state"] == rest.get(state, "Running" if state in going else state)


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({"session": []}, "session: it is none of faults, moves, sessions"),
        ({"sessions": {}}, "sessions: it is a list of mappings"),
        ({"sessions": [5]}, "sessions: it is a list of mappings"),
        ({"sessions": [{"name": "a"}]}, "sessions.0.project_id: field required"),
        ({"sessions": [{**APP, "name": "a", "build_id": None}]}, "sessions.0.build_id: str type expected"),
        ({"sessions": [{**APP, "name": "a", "mood": 1}]}, "sessions.0.mood: extra fields not permitted"),
        ({"sessions": [{**APP, "name": "a", "state": "Napping"}]}, "sessions.0.state: it is one of Stopped, "),
        ({"sessions": [{**APP, "name": "a", "state": ["Running"]}]}, "sessions.0.state: it is one of Stopped, "),
        ({"sessions": [{**APP, "name": "a", "id": 5}]}, "sessions.0.id: str type expected"),
        ({"sessions": [{**APP, "name": "a", "id": "a/b"}]}, "sessions.0.id: string does not match"),
        ({"sessions": [{**APP, "name": date(2026, 1, 1)}]}, "sessions.0: value is none that JSON has"),
        (
            {"sessions": [{**APP, "name": "a", "commands": [{}]}]},
            "sessions.0.commands.0.shell_command: it must be given",
        ),
        ({"sessions": [{**APP, "name": "a", "commands": [{"shell_command": "a"}]}]}, "sessions.0.commands.0: Session "),
        ({"sessions": [{**APP, "name": "a", "events": 5}]}, "sessions.0.events: it is a list of mappings"),
        (
            {"sessions": [{**APP, "name": "a", "events": [{"event_type": "x"}]}]},
            "sessions.0.events.0.event_type: value",
        ),
        (
            {"sessions": [{**APP, "name": "a", "operations": [{"kind": "x"}]}]},
            "sessions.0.operations.0.kind: it is none",
        ),
        ({"sessions": [{**APP, "name": "a", "operations": [{"type": "x"}]}]}, "sessions.0.operations.0.type: value is"),
        (
            {"sessions": [{**APP, "name": "a", "operations": [{"type": "start", "completed": "yes"}]}]},
            "sessions.0.operations.0.completed: value could not be parsed to a boolean",
        ),
        (
            {"sessions": [{**APP, "name": "a", "operations": [{"type": "start", "error": 5}]}]},
            "sessions.0.operations.0.error: str type expected",
        ),
        (
            {"sessions": [{**APP, "name": "a", "commands": [{"shell_command": 5, "status_code": "0"}]}]},
            "sessions.0.commands.0.status_code: value is not a valid integer",
        ),
        (
            {"sessions": [{**APP, "name": "a", "events": [{"event_type": "running", "description": "\ud800"}]}]},
            "sessions.0.events.0.description: text holds half of a surrogate pair",
        ),
        ({"sessions": [{**APP, "name": "a", "id": "ses_0"}]}, "an id is given twice, or is there already"),
        ({"faults": [{"kind": "x"}]}, "faults.0: kind must be one of"),
        ({"moves": [{"from_state": "x"}]}, "moves.0: from_state must be one of"),
        ({"moves": [{"from_state": "Running", "times": "x"}]}, "moves.0: times must be a whole number"),
        ({"moves": [{"from_state": "Running", "sessions": 5}]}, "moves.0: sessions must be text"),
        ({"faults": [{"kind": ["reset"]}]}, "faults.0: kind must be text"),
    ],
)
def test_a_seed_with_anything_wrong_is_not_planted_at_all(api: Any, seed: Any, problem: str) -> None:
    """And all that is wrong is told."""
    good = {**APP, "name": "good", "id": "ses_0"}
    if isinstance(seed.get("sessions"), list) and "ses_0" in str(seed):
        api.sandbox.seed({"sessions": [good]})
    seed = {"sessions": [], "faults": [], "moves": [], **seed}
    before = api.sandbox.snapshot()["tables"]["sessions"]
    with pytest.raises(SeedError) as caught:
        api.sandbox.seed(seed)
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems
    assert str(caught.value).startswith("the seed cannot be planted:\n  ")
    assert api.sandbox.snapshot()["tables"]["sessions"] == before
    assert len(api.sandbox.faults.listed()) == len(api.sandbox.moves.listed()) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "a: [", "is neither YAML nor JSON"),
        ("a.json", "{", "is neither YAML nor JSON"),
        ("a.json", "[]", "holds no mapping"),
        ("a.yaml", "", "holds no mapping"),
        ("none.yaml", None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_holds_no_seed_is_refused(
    api: Any, tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    """In a line that names it."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(SandboxError, match=message):
        api.sandbox.seed(path)


def test_json_is_read_without_a_parser_for_yaml(
    api: Any, tmp_path: Path, seed_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which YAML needs, and says so."""
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"sessions": [{**APP, "name": "a"}]}))
    api.sandbox.seed(str(path))
    assert api.call("GET", "/sessions/?project_id=prj_1").body["metadata"]["total"] == 1
    with pytest.raises(SandboxError, match="needs pyyaml"):
        api.sandbox.seed(seed_file)


def test_a_reset_makes_it_as_new(api: Any, seed_file: Path) -> None:
    """But for the time; with the faults and the moves that it began with, and an empty journal."""
    api.sandbox.seed(seed_file)
    before = api.sandbox.clock.advance(5)
    api.sandbox.reset()
    assert api.sandbox.journal.count() == 0
    assert api.call("GET", "/sessions/?project_id=prj_1").body["metadata"]["total"] == 0
    assert api.call("GET", "/session_operations/sop_1").status == 404
    assert [entry.fault.operation for entry in api.sandbox.faults.listed()] == ["nothing"]
    assert [move.sessions for move in api.sandbox.moves.listed()] == ["never"]
    assert api.sandbox.clock.now() == before
    api.sandbox.clock.advance(hours=5)
    assert api.running()["state"] == "Running"


@pytest.mark.parametrize("in_file", [True, False])
def test_a_snapshot_puts_everything_back(tmp_path: Path, visit: Any, in_file: bool) -> None:
    """Sessions, what belongs to them, what is to come, the time, and the tokens of pages; also after a restart."""
    db = tmp_path / "a.db" if in_file else None
    with serve(db=db, clock=ManualClock(), validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.running(idle_timeout=10)
        api.create()
        command = api.run(session, "sleep 60")
        query = {"project_id": api.project_id, "count": 1}
        token = api.call("GET", "/sessions/", params=query).body["metadata"]["next_paging_token"]
        api.sandbox.clock.advance(30)
        snapshot = json.loads(json.dumps(sandbox.snapshot()))
        seen = [api.get(session), api.command(command), api.events(session)]
        then = sandbox.clock.now()
        sandbox.clock.advance(hours=2)
        api.create()
        assert api.get(session)["state"] == "Terminated"
        sandbox.restore(snapshot)
        assert sandbox.clock.now() == then
        assert [api.get(session), api.command(command), api.events(session)] == seen
        query["paging_token"] = token
        assert len(api.call("GET", "/sessions/", params=query).body["results"]) == 1
        sandbox.clock.advance(30)
        assert api.command(command)["status_code"] == 0
        sandbox.clock.advance(minutes=11)
        assert api.get(session)["state"] == "Terminated"
    if db:
        with serve(db=db, clock=ManualClock()) as sandbox:
            assert visit(sandbox).get(session)["state"] == "Terminated"


def test_time_that_passes_by_itself_goes_on_from_the_snapshot() -> None:
    """A system clock can be turned back too."""
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
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"meta": [[CLOCK_NAME, "yesterday"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"events": [[1, "i", "s", "t", "l", "m", "[]"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"events": [[1, "i", "s", "t", "l", "m", "{"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"events": [[1, "i", "s", "t", "l", "m", "{}"]]}},
        lambda snapshot: snapshot | {"tables": snapshot["tables"] | {"meta": [["a", 10**30]]}},
    ],
)
def test_what_is_no_snapshot_is_refused(api: Any, change: Any) -> None:
    """And nothing changes."""
    session = api.create()
    before = api.sandbox.snapshot()
    with pytest.raises(ValueError, match=r"not a snapshot|isoformat"):
        api.sandbox.restore(change(before))
    assert api.sandbox.snapshot() == before
    assert api.get(session) == session


def test_a_reset_is_atomic_under_load(visit: Any) -> None:
    """No request sees a part of one: whoever sees a session sees its events as well."""
    with serve() as sandbox:
        stop = threading.Event()
        wrong: list[Any] = []

        def work() -> None:
            api = visit(sandbox)
            while not stop.is_set():
                response = api.call("POST", "/sessions/", {**APP, "name": "a", "project_id": "p"})
                if response.status != 200:
                    wrong.append(response)
                    return
                session_id = response.body["result"]["id"]
                events = api.call("GET", "/session_events/", params={"session_id": session_id})
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
    """So that tests that share a sandbox are alike."""
    with serve(clock=ManualClock(), ids_seed=1) as sandbox:
        first = visit(sandbox).create()["id"]
        sandbox.reset()
        assert visit(sandbox).create()["id"] == first
