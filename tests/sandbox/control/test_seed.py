"""Seeds: what they add, and what makes them invalid."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions.states import TRANSITIONS
from anyscale_sessions_sandbox import ManualClock, SeedError, serve
from anyscale_sessions_sandbox.errors import ConflictError

from .conftest import APP


def test_a_seed_is_planted(api_with_rules: Any, seed_file: Path) -> None:
    """A seed adds sessions in their states with operations, commands and events, and faults and rules."""
    api_with_rules.sandbox.seed(seed_file)
    session = api_with_rules.get({"id": "ses_nightly"})
    assert (session["state"], session["idle_timeout"], session["status"]) == ("Running", 120, "RUNNING")
    assert session["user_service_url"]
    assert session["idle_termination_status"] == "ACTIVE_COMMAND"
    assert api_with_rules.operation({"id": "sop_1"})["result"]["data"]["state"] == "Running"
    assert api_with_rules.command({"id": "scd_1"})["finished_at"] is None
    query = {"session_id": "ses_nightly"}
    commands = api_with_rules.call("GET", "/session_commands/", params=query).body["results"]
    assert [command["status_code"] for command in commands] == [None, 3]
    events = api_with_rules.events(session)
    assert [event["event_type"] for event in events[-2:]] == ["edited", "starting"]
    assert (events[-1]["description"], events[-1]["log_level"]) == ("Here we go.", "error")
    assert [entry.fault.kind for entry in api_with_rules.sandbox.faults.entries] == ["reset", "reset"]
    assert len(api_with_rules.sandbox.transition_rules.rules) == 2
    api_with_rules.sandbox.clock.advance(hours=3)
    assert api_with_rules.get(session)["state"] == "Terminated"


def test_seeded_operations_are_as_given(api_with_rules: Any) -> None:
    """Seeded operations are in progress, completed or failed, as the seed says."""
    operations = [
        {"type": "start", "id": "sop_a", "completed": False},
        {"type": "stop", "id": "sop_b", "error": "It would not."},
    ]
    api_with_rules.sandbox.seed({"sessions": [{**APP, "name": "a", "operations": operations}]})
    assert api_with_rules.operation({"id": "sop_a"})["completed"] is False
    assert api_with_rules.operation({"id": "sop_b"})["result"]["error"] == {"message": "It would not."}


@pytest.mark.parametrize("state", TRANSITIONS)
def test_a_session_is_seeded_in_any_state(api_with_rules: Any, state: str) -> None:
    """A session can be seeded in any state, and continues from there like any other session."""
    api_with_rules.sandbox.seed({"sessions": [{**APP, "name": "a", "id": "ses_1", "state": state}]})
    assert api_with_rules.get({"id": "ses_1"})["state"] == state
    api_with_rules.sandbox.clock.advance(5)
    rest = {"Stopping": "Stopped", "Terminating": "Terminated"}
    going = {"AwaitingStartup", "StartingUp", "AwaitingFileMounts", "Updating"}
    assert api_with_rules.get({"id": "ses_1"})["state"] == rest.get(state, "Running" if state in going else state)


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({"session": []}, "session: unknown field; known fields: builds, compute_templates, faults, "),
        ({"sessions": {}}, "sessions: must be a list of mappings"),
        ({"builds": {"bld_1": {"requirement": []}}}, "builds.bld_1.requirement: extra fields not permitted"),
        ({"instance_types": {"big": {"CPU": "8"}}}, "instance_types.big.CPU: value is not a valid integer"),
        ({"sessions": [5]}, "sessions: must be a list of mappings"),
        ({"sessions": [{"name": "a"}]}, "sessions.0.project_id: field required"),
        ({"sessions": [{**APP, "name": "a", "build_id": None}]}, "sessions.0.build_id: str type expected"),
        ({"sessions": [{**APP, "name": "a", "mood": 1}]}, "sessions.0.mood: extra fields not permitted"),
        ({"sessions": [{**APP, "name": "a", "state": "Napping"}]}, "sessions.0.state: must be one of Stopped, "),
        ({"sessions": [{**APP, "name": "a", "state": ["Running"]}]}, "sessions.0.state: must be one of Stopped, "),
        ({"sessions": [{**APP, "name": "a", "id": 5}]}, "sessions.0.id: str type expected"),
        ({"sessions": [{**APP, "name": "a", "id": "a/b"}]}, "sessions.0.id: string does not match"),
        ({"sessions": [{**APP, "name": date(2026, 1, 1)}]}, "sessions.0: value is not a JSON value"),
        (
            {"sessions": [{**APP, "name": "a", "commands": [{}]}]},
            "sessions.0.commands.0.shell_command: field required",
        ),
        ({"sessions": [{**APP, "name": "a", "commands": [{"shell_command": "a"}]}]}, "sessions.0.commands.0: Session "),
        ({"sessions": [{**APP, "name": "a", "events": 5}]}, "sessions.0.events: must be a list of mappings"),
        (
            {"sessions": [{**APP, "name": "a", "events": [{"event_type": "x"}]}]},
            "sessions.0.events.0.event_type: value",
        ),
        (
            {"sessions": [{**APP, "name": "a", "operations": [{"kind": "x"}]}]},
            "sessions.0.operations.0.kind: unknown field",
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
            "sessions.0.events.0.description: text contains a lone surrogate",
        ),
        ({"sessions": [{**APP, "name": "a", "id": "ses_0"}]}, "an id is given twice or already exists"),
        ({"faults": [{"kind": "x"}]}, "faults.0: kind must be one of"),
        ({"transition_rules": [{"from_state": "x"}]}, "transition_rules.0: from_state must be one of"),
        (
            {"transition_rules": [{"from_state": "Running", "times": "x"}]},
            "transition_rules.0: times must be an integer",
        ),
        (
            {"transition_rules": [{"from_state": "Running", "sessions": 5}]},
            "transition_rules.0: sessions must be a string",
        ),
        ({"faults": [{"kind": ["reset"]}]}, "faults.0: kind must be a string"),
    ],
)
def test_a_seed_with_anything_wrong_is_not_planted_at_all(api_with_rules: Any, seed: Any, problem: str) -> None:
    """A seed with any problem adds nothing, and the error names all problems."""
    good = {**APP, "name": "good", "id": "ses_0"}
    if isinstance(seed.get("sessions"), list) and "ses_0" in str(seed):
        api_with_rules.sandbox.seed({"sessions": [good]})
    seed = {"sessions": [], "faults": [], "transition_rules": [], **seed}
    before = api_with_rules.sandbox.snapshot()["tables"]["sessions"]
    with pytest.raises(SeedError) as caught:
        api_with_rules.sandbox.seed(seed)
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems
    assert str(caught.value).startswith("invalid seed:\n  ")
    assert api_with_rules.sandbox.snapshot()["tables"]["sessions"] == before
    assert len(api_with_rules.sandbox.faults.entries) == len(api_with_rules.sandbox.transition_rules.rules) == 1


@pytest.mark.parametrize("runtime", ["virtual", "process"])
def test_a_state_that_only_a_newer_spec_has_can_be_seeded_and_terminated(
    visit: Any, document: Any, tmp_path: Path, runtime: str
) -> None:
    """A session in a state without a lifecycle can be seeded, read, kept, terminated and deleted, and nothing else."""
    document["components"]["schemas"]["SessionState"]["enum"].append("Paused")
    options: dict[str, Any] = {"document": document, "db": tmp_path / "sandbox.db", "runtime": runtime}
    sessions = [{**APP, "name": state, "id": f"ses_{state}", "state": "Paused"} for state in ("a", "b", "c")]
    with serve(clock=ManualClock(), validate_responses=True, **options) as sandbox:
        sandbox.seed({"sessions": sessions})
    with serve(clock=ManualClock(), validate_responses=True, **options) as sandbox:
        assert sandbox.startup_notes == ()
        api = visit(sandbox)
        paused = api.get({"id": "ses_a"})
        assert paused["state"] == "Paused"
        assert api.call("POST", "/sessions/ses_a/start", {}).status == 409
        assert api.call("DELETE", "/sessions/ses_a").status == 409
        assert api.call("PUT", "/sessions/ses_a", {"idle_timeout": 5}).status in {200, 204}
        assert api.call("POST", "/session_commands/", {"session_id": "ses_a", "shell_command": "true"}).status == 409
        operation = api.terminate(paused)
        assert api.get(paused)["state"] == "Terminating"
        sandbox.clock.advance(1)
        assert api.get(paused)["state"] == "Terminated"
        assert api.operation(operation)["completed"]
        assert api.call("DELETE", "/sessions/ses_a").status == 204
        sandbox.transition("ses_b", "Terminated")
        assert api.get({"id": "ses_b"})["state"] == "Terminated"
        with pytest.raises(ConflictError, match="ses_c is Paused and cannot become Running"):
            sandbox.transition("ses_c", "Running")
        sandbox.restore(sandbox.snapshot())
        assert api.get({"id": "ses_c"})["state"] == "Paused"


def test_a_state_that_no_spec_has_cannot_be_seeded(api: Any, document: Any) -> None:
    """A state that neither the sandbox nor its document has is refused, with the possible ones."""
    with pytest.raises(SeedError, match=r"sessions\.0\.state: must be one of Stopped, .*") as refused:
        api.sandbox.seed({"sessions": [{**APP, "name": "a", "state": "Paused"}]})
    states = document["components"]["schemas"]["SessionState"]["enum"]
    assert sorted(str(refused.value).partition("must be one of ")[2].split(", ")) == sorted(states)
    states.append("Paused")
    with (
        serve(document=document) as sandbox,
        pytest.raises(SeedError, match=r"must be one of .*, TerminatingErrored(, \w+)*, Paused$"),
    ):
        sandbox.seed({"sessions": [{**APP, "name": "a", "state": "Pausd"}]})
