"""Snapshots with data that would make later requests fail are refused before anything is kept."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, TransitionRule, serve

TABLES = ("sessions", "operations", "commands", "events")


@pytest.fixture(scope="module")
def snapshot() -> Any:
    """A snapshot with sessions that start, wait for reads, run a command and are idle."""
    rules = [
        TransitionRule("StartingUp", "Running", after_reads=5, sessions="read"),
        TransitionRule("StartingUp", "StartupErrored", after_s=60, sessions="failing"),
        TransitionRule("StartingUp", sessions="stuck"),
    ]
    body = {"project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
    sessions = [
        *(
            {**body, "name": name, "id": f"ses_{name}", "state": "StartingUp"}
            for name in ("plain", "read", "failing", "stuck")
        ),
        {**body, "name": "idle", "id": "ses_idle", "state": "Running"},
        {**body, "name": "busy", "id": "ses_busy", "state": "Running", "commands": [{"shell_command": "sleep 60"}]},
        {**body, "name": "old", "id": "ses_old", "state": "Terminated", "operations": [{"type": "terminate"}]},
    ]
    with serve(clock=ManualClock(), transition_rules=rules) as sandbox:
        sandbox.seed({"sessions": sessions})
        return sandbox.snapshot()


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox with one session of its own."""
    with serve(clock=ManualClock(), validate_responses=True) as sandbox:
        api = visit(sandbox)
        api.create(name="mine")
        yield api


def test_a_snapshot_of_every_kind_is_restored(api: Any, snapshot: Any) -> None:
    """A snapshot with every kind of timer is restored, and everything in it continues."""
    kinds = {row[2] for row in snapshot["tables"]["timers"]}
    assert kinds == {"flow", "transition_rule", "command", "idle"}
    api.sandbox.restore(snapshot)
    api.sandbox.clock.advance(hours=3)
    states = {name: api.get({"id": f"ses_{name}"})["state"] for name in ("plain", "failing", "idle", "busy", "old")}
    assert states == {
        "plain": "Terminated",
        "failing": "StartupErrored",
        "idle": "Terminated",
        "busy": "Terminated",
        "old": "Terminated",
    }


def test_a_snapshot_whose_timers_never_fire_is_restored(api: Any, snapshot: Any) -> None:
    """A snapshot in which a session waits for a request or for reads only is restored."""
    changed = copy.deepcopy(snapshot)
    changed["tables"]["timers"] = [row for row in changed["tables"]["timers"] if row[1] == "never"]
    assert changed["tables"]["timers"]
    api.sandbox.restore(changed)
    api.sandbox.clock.advance(hours=3)
    assert api.get({"id": "ses_stuck"})["state"] == "StartingUp"


def timer(kind: str, **changes: Any) -> Callable[[Any], None]:
    """Change the document of the first timer of a kind."""

    def change(tables: Any) -> None:
        row = next(row for row in tables["timers"] if row[2] == kind)
        document = json.loads(row[-1]) | changes
        row[-1] = json.dumps({name: value for name, value in document.items() if value != "removed"})

    return change


def column(table: str, index: int, value: Any) -> Callable[[Any], None]:
    """Change a column of the first row of a table."""

    def change(tables: Any) -> None:
        tables[table][0][index] = value

    return change


def document(table: str, **changes: Any) -> Callable[[Any], None]:
    """Change the document of the first row of a table."""

    def change(tables: Any) -> None:
        values = json.loads(tables[table][0][-1]) | changes
        tables[table][0][-1] = json.dumps({name: value for name, value in values.items() if value != "removed"})

    return change


def setting(key: str, value: Any) -> Callable[[Any], None]:
    """Replace a setting."""

    def change(tables: Any) -> None:
        tables["meta"] = [row for row in tables["meta"] if row[0] != key] + [[key, value]]

    return change


def make_running(tables: Any) -> None:
    """Let the first session, whose start has not ended, be Running."""
    document("sessions", state="Running")(tables)
    column("sessions", 4, "Running")(tables)


CHANGES: dict[str, tuple[Callable[[Any], None], str]] = {
    "unknown kind": (column("timers", 2, "surprise"), "the timer 'surprise' of"),
    "subject": (column("timers", 3, "ses_none"), "has no subject"),
    "due time": (column("timers", 1, "soon"), "has an invalid time: 'soon'"),
    "flow": (timer("flow", flow="fly"), "has no such flow and step: 'fly'"),
    "step": (timer("flow", step=99), "has no such flow and step"),
    "negative step": (timer("flow", step=-1), "has no such flow and step"),
    "step of another type": (timer("flow", step="1"), "Expected `int`, got `str`"),
    "flow without a cause": (timer("flow", cause="removed"), "missing required field `cause`"),
    "unknown cause": (timer("flow", cause={"cause_user": None, "cause_system": None, "a": 1}), "unknown field `a`"),
    "operation": (timer("flow", operation_id="sop_none"), "has no such operation: 'sop_none'"),
    "status code": (timer("command", status_code=None), "Expected `int`, got `null`"),
    "rule state": (timer("transition_rule", to="Nowhere"), "cannot become Nowhere"),
    "rule without a state": (timer("transition_rule", to=None, reads_left=1), "reads_left needs a state"),
    "rule text": (timer("transition_rule", message=5), "Expected `str | null`, got `int`"),
    "state time": (column("states", 2, "then"), "the state 1 has an invalid time: 'then'"),
    "state without a session": (column("states", 1, "ses_none"), "the state 1 has no session"),
    "session of another state": (make_running, "is Running and cannot become StartingUp"),
    "session without a token": (document("sessions", access_token="removed"), "missing required field `access_token`"),
    "session without an end": (document("sessions", archived_at="removed"), "missing required field `archived_at`"),
    "session time": (document("sessions", created_at="yesterday"), "has an invalid time: 'yesterday'"),
    "operation result": (document("operations", completed="yes"), "Expected `bool`, got `str`"),
    "command without a text": (document("commands", shell_command="removed"), "missing required field `shell_command`"),
    "event time": (column("events", 5, "x"), "a row of events does not match its document"),
    "not a number": (column("events", 6, '{"id": NaN}'), "invalid"),
    "paging key": (setting("paging_key", "xyz"), "the setting 'paging_key' is invalid"),
    "count of ids": (setting("id_count", "many"), "the setting 'id_count' is invalid"),
    "catalog": (setting("catalog", "{"), "the setting 'catalog' is invalid"),
    "build": (setting("catalog", '{"builds": {"a": 1}}'), "the setting 'catalog' is invalid"),
    "clock": (setting("clock", "noon"), "the clock has an invalid time: 'noon'"),
    "no clock": (lambda tables: tables.update(meta=[]), "the clock has an invalid time: None"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_an_invalid_snapshot_is_refused(api: Any, snapshot: Any, kind: str) -> None:
    """An invalid snapshot is refused in one line that says what is wrong, and every request works as before."""
    change, message = CHANGES[kind]
    changed = copy.deepcopy(snapshot)
    change(changed["tables"])
    before = api.sandbox.snapshot()
    with pytest.raises(ValueError, match="not a snapshot of a sandbox: ") as caught:
        api.sandbox.restore(changed)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert api.sandbox.snapshot() == before
    api.sandbox.clock.advance(hours=3)
    assert api.create()["state"] == "Stopped"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_each_field_of_a_document_has_its_type(api: Any, snapshot: Any, table: str, value: Any) -> None:
    """A document whose id has another type is refused."""
    changed = copy.deepcopy(snapshot)
    document(table, session_id=value, id=value)(changed["tables"])
    with pytest.raises(ValueError, match="not a snapshot of a sandbox"):
        api.sandbox.restore(changed)
