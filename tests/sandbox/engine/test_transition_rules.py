"""Transition rules: at once, after a time, after reads, on request, or failing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from anyscale_sessions.states import TRANSITIONS
from anyscale_sessions_sandbox import ManualClock, TransitionRule, serve
from anyscale_sessions_sandbox.engine.transition_rules import TransitionRules
from anyscale_sessions_sandbox.errors import ConflictError

CLUSTER = {"uses_app_config": False, "cluster_config": "a: 1", "cloud_id": "c"}


@pytest.fixture
def with_rules(visit: Any) -> Any:
    """Serves a sandbox with these rules."""

    @contextmanager
    def serving(*moves: TransitionRule) -> Iterator[Any]:
        with serve(clock=ManualClock(), transition_rules=moves, validate_responses=True) as sandbox:
            yield visit(sandbox)

    return serving


def test_a_session_goes_on_after_a_time_of_the_rules(with_rules: Any) -> None:
    """A rule with `after_s` replaces the time that the flow would take."""
    with with_rules(TransitionRule("StartingUp", "Running", after_s=60)) as api:
        session = api.create()
        operation = api.start(session)
        api.sandbox.clock.advance(59)
        assert api.get(session)["state"] == "StartingUp"
        assert api.operation(operation)["completed"] is False
        api.sandbox.clock.advance(1)
        assert api.get(session)["state"] == "Running"
        assert api.operation(operation)["result"]["data"]["state"] == "Running"


@pytest.mark.parametrize("options", [{"after_s": 0}, {"after_reads": 0}])
def test_a_session_goes_on_at_once(with_rules: Any, options: Any) -> None:
    """A rule with `after_s=0` has taken effect by the next request."""
    with with_rules(TransitionRule("StartingUp", "Running", **options)) as api:
        session = api.create()
        api.start(session)
        assert api.get(session)["state"] == "Running"


def test_a_session_goes_on_after_so_many_reads(with_rules: Any) -> None:
    """A rule with `after_reads` counts reads of the session and of its operation."""
    with with_rules(TransitionRule("StartingUp", "Running", after_reads=3)) as api:
        session = api.create()
        operation = api.start(session)
        api.sandbox.clock.advance(hours=1)
        assert [api.get(session)["state"], api.operation(operation)["completed"]] == ["StartingUp", False]
        assert [api.get(session)["state"] for _ in range(2)] == ["StartingUp", "Running"]
        assert api.operation(operation)["completed"] is True


def test_a_session_waits_for_a_hand(with_rules: Any) -> None:
    """A session with a rule without a delay waits for a transition by the test, and continues from there."""
    with with_rules(TransitionRule("StartingUp")) as api:
        session = api.create(**CLUSTER)
        operation = api.start(session)
        api.sandbox.clock.advance(hours=1)
        assert api.get(session)["state"] == "StartingUp"
        api.sandbox.transition(session["id"], "AwaitingFileMounts")
        assert api.get(session)["state"] == "AwaitingFileMounts"
        api.sandbox.clock.advance(1)
        assert api.get(session)["state"] == "Running"
        assert api.operation(operation)["result"]["error"] is None


def test_no_hand_moves_a_session_where_none_can_go(with_rules: Any) -> None:
    """A transition that the table of states does not have is refused."""
    with with_rules() as api:
        session = api.create()
        with pytest.raises(ConflictError, match="Stopped and cannot become Running"):
            api.sandbox.transition(session["id"], "Running")
        with pytest.raises(LookupError, match="does not exist"):
            api.sandbox.transition("ses_none", "Running")


@pytest.mark.parametrize(
    ("move", "place"),
    [
        (
            TransitionRule("StartingUp", "StartupErrored", after_s=1, message="No capacity."),
            ("startup", "startup_error"),
        ),
        (
            TransitionRule("AwaitingStartup", "StartupErrored", after_s=1, message="No capacity."),
            ("startup", "startup_error"),
        ),
        (
            TransitionRule("AwaitingFileMounts", "StartupErrored", after_s=1, message="No capacity."),
            ("startup", "startup_error"),
        ),
    ],
)
def test_a_start_fails_with_a_message(with_rules: Any, move: TransitionRule, place: tuple[str, str]) -> None:
    """A failed start has its message in the session, the operation and the events."""
    with with_rules(move) as api:
        session = api.create()
        operation = api.start(session)
        api.sandbox.clock.advance(10)
        failed = api.get(session)
        assert (failed["state"], failed["pending_state"]) == ("StartupErrored", None)
        assert failed["state_data"][place[0]][place[1]] == "No capacity."
        assert api.operation(operation)["result"] == {"data": None, "error": {"message": "No capacity."}}
        event = api.events(session)[-1]
        assert (event["event_type"], event["log_level"]) == ("startup_errored", "error")
        assert event["description"].endswith("No capacity.")
        assert event["cause"]["cause_system"] == "sandbox"


def test_a_rule_can_be_used_up(with_rules: Any) -> None:
    """A rule with `times=1` makes only the first start fail."""
    with with_rules(TransitionRule("StartingUp", "StartupErrored", after_s=0, times=1)) as api:
        session = api.create()
        for state in ("StartupErrored", "Running"):
            api.start(session)
            api.sandbox.clock.advance(2)
            assert api.get(session)["state"] == state


def test_a_termination_fails_with_a_message(with_rules: Any) -> None:
    """A rule can make a termination fail, and it can be requested again."""
    with with_rules(TransitionRule("Terminating", "TerminatingErrored", after_s=0, message="Stuck.", times=1)) as api:
        session = api.running()
        operation = api.terminate(session)
        assert api.get(session)["state_data"]["stopping"]["stop_error"] == "Stuck."
        assert api.operation(operation)["result"]["error"] == {"message": "Stuck."}
        assert api.get(session)["state"] == "TerminatingErrored"
        api.terminate(session)
        api.sandbox.clock.advance(1)
        assert api.get(session)["state"] == "Terminated"


@pytest.mark.parametrize(("to", "state"), [("Running", "Running"), ("UpdatingErrored", "UpdatingErrored")])
def test_an_update_of_a_running_session_takes_its_way_if_a_rule_says_so(with_rules: Any, to: str, state: str) -> None:
    """A rule makes an update go through Updating, without an operation."""
    with with_rules(TransitionRule("Updating", to, after_s=5)) as api:
        session = api.running()
        path = f"/sessions/{session['id']}"
        updated = api.result("PUT", path, {"idle_timeout": 7})
        assert (updated["state"], updated["pending_state"]) == ("Updating", "Running")
        api.sandbox.clock.advance(5)
        assert (api.get(session)["state"], api.get(session)["idle_timeout"]) == (state, 7)
        assert api.result("PUT", path, {"idle_timeout": 8})["state"] == "Updating"


@pytest.mark.parametrize(("to", "state"), [("Stopped", "Stopped"), ("StoppingErrored", "StoppingErrored")])
def test_an_idle_session_is_stopped_if_a_rule_says_so(with_rules: Any, to: str, state: str) -> None:
    """A rule makes an idle session Stopped instead of Terminated, and it can be started again."""
    with with_rules(TransitionRule("Stopping", to, after_s=5)) as api:
        session = api.running(idle_timeout=1)
        api.sandbox.clock.advance(62)
        assert api.get(session)["state"] == "Stopping"
        api.sandbox.clock.advance(5)
        assert api.get(session)["state"] == state
        if state == "Stopped":
            api.start(session)
        else:
            api.terminate(session)


@pytest.mark.parametrize("to", ["Terminated", "Terminating", "Stopping", "Updating"])
def test_a_running_session_can_be_lost(with_rules: Any, to: str) -> None:
    """A running session that a rule terminates loses its commands with its machines."""
    with with_rules(TransitionRule("Running", to, after_s=30, times=1)) as api:
        session = api.running()
        command = api.run(session, "sleep 3600")
        api.sandbox.clock.advance(29)
        assert api.get(session)["state"] == "Running"
        api.sandbox.clock.advance(1)
        assert api.get(session)["state"] == to
        api.sandbox.clock.advance(1)
        rest = {"Stopping": "Stopped", "Updating": "Running"}.get(to, "Terminated")
        assert api.get(session)["state"] == rest
        assert (api.command(command)["status_code"] is None) is (to == "Updating")
        assert (api.get(session)["host_name"] is None) is (rest != "Running")


def test_a_session_that_is_lost_while_it_terminates_its_workers_ends_that_operation(with_rules: Any) -> None:
    """The operation of a lost session ends with an error that says why."""
    with with_rules() as api:
        session = api.running()
        operation = api.terminate(session, workers_only=True)
        api.sandbox.transition(session["id"], "Terminated", "The power went.")
        assert api.operation(operation)["result"]["error"] == {"message": "The power went."}
        assert api.get(session)["state"] == "Terminated"


def test_a_session_can_start_by_itself(with_rules: Any) -> None:
    """A rule for Stopped starts a session as soon as it is created."""
    with with_rules(TransitionRule("Stopped", "StartingUp", after_s=5, sessions="auto-*")) as api:
        session, other = api.create(name="auto-1"), api.create(name="other")
        api.sandbox.clock.advance(10)
        assert (api.get(session)["state"], api.get(other)["state"]) == ("Running", "Stopped")


def test_a_session_that_leaves_before_its_time_is_not_moved_later(with_rules: Any) -> None:
    """A scheduled transition is dropped when the session leaves its state earlier."""
    with with_rules(TransitionRule("Running", "Stopping", after_s=30)) as api:
        session = api.running()
        api.terminate(session)
        api.sandbox.clock.advance(60)
        assert api.get(session)["state"] == "Terminated"


def test_the_first_rule_that_matches_counts(with_rules: Any) -> None:
    """The first matching rule applies, and names match shell patterns case-sensitively."""
    moves = (
        TransitionRule("StartingUp", "StartupErrored", after_s=0, sessions="bad-*"),
        TransitionRule("StartingUp", after_reads=None),
    )
    with with_rules(*moves) as api:
        states = {}
        for name in ("bad-1", "Bad-1", "good"):
            session = api.create(name=name)
            api.start(session)
            api.sandbox.clock.advance(5)
            states[name] = api.get(session)["state"]
        assert states == {"bad-1": "StartupErrored", "Bad-1": "StartingUp", "good": "StartingUp"}


@pytest.mark.parametrize("after_s", [0, 1e-9])
def test_rules_that_lead_in_a_circle_at_once_are_given_up(
    with_rules: Any, after_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop of rules without a delay is stopped and logged, and other sessions continue."""
    circle = (
        TransitionRule("Running", "Updating", after_s=after_s, sessions="c"),
        TransitionRule("Updating", "Running", after_s=0),
    )
    with with_rules(*circle) as api:
        going = api.running(name="c")
        assert going["state"] in {"Running", "Updating"}
        assert api.running(name="a")["state"] == "Running"
        assert api.terminate(going)["session_operation_type"] == "terminate"
    assert f"{going['id']}: transition rules without a delay form a loop" in caplog.text


def test_rules_can_be_added_listed_and_cleared(with_rules: Any) -> None:
    """Rules can be changed while the sandbox runs, and a reset restores the initial ones."""
    first = TransitionRule("Running", "Terminated", after_s=1)
    with with_rules(first) as api:
        added = api.sandbox.transition_rules.add(TransitionRule("StartingUp"))
        assert api.sandbox.transition_rules.rules == (first, added.rule)
        api.sandbox.transition_rules.clear()
        assert api.running()["state"] == "Running"
        api.sandbox.transition_rules.reset()
        assert api.sandbox.transition_rules.rules == (first,)


def test_a_copy_of_the_rules_is_used_up_by_itself() -> None:
    """Uses of a copy do not count for the original, so that a dry run uses no rule."""
    moves = TransitionRules([TransitionRule("Running", "Terminated", after_s=1, times=1)])
    assert moves.copy().take({"name": "a"}, "Running")
    assert moves.take({"name": "a"}, "Running")
    assert moves.copy().take({"name": "a"}, "Running") is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"from_state": "Napping"}, "from_state must be one of"),
        (
            {"from_state": "Stopped", "to_state": "Running"},
            "AwaitingStartup, StartingUp, Terminating after Stopped",
        ),
        ({"from_state": "Running", "to_state": "Stopping", "after_s": 1, "after_reads": 1}, "not both"),
        ({"from_state": "Running", "after_s": 1}, "need a to_state"),
        ({"from_state": "Running", "to_state": "Stopping", "after_s": -1}, "must be 0 or more"),
        ({"from_state": "Running", "to_state": "Stopping", "after_reads": -1}, "must be 0 or more"),
        ({"from_state": "Running", "to_state": "Stopping", "times": 0}, "1 or more"),
        ({"from_state": "Running", "to_state": "Stopping", "after_s": math.inf}, "after_s must be a finite number"),
        ({"from_state": "Running", "to_state": "Stopping", "after_reads": 1.5}, "after_reads must be an integer"),
        ({"from_state": ["Running"]}, "from_state must be a string"),
        ({"from_state": "Running", "state": "x"}, "unknown field of a transition rule: state"),
        ({}, "needs a from_state"),
    ],
)
def test_a_move_that_cannot_be_is_refused(fields: Any, message: str) -> None:
    """A rule for an impossible transition is refused when it is created."""
    with pytest.raises(ValueError, match=message):
        TransitionRule.from_dict(fields)


def test_rules_can_be_written_down() -> None:
    """A rule survives `to_dict` and `from_dict`."""
    move = TransitionRule("Running", "Stopping", after_s=1.5, sessions="a*", times=2)
    assert TransitionRule.from_dict(move.to_dict()) == move
    assert move.to_dict() == {
        "from_state": "Running", "to_state": "Stopping", "after_s": 1.5, "sessions": "a*", "times": 2
    }  # fmt: skip


def test_every_state_can_be_come_to(with_rules: Any) -> None:
    """All 13 states can be reached by requests, rules, controls and time."""
    ways = {
        "AwaitingStartup": [TransitionRule("AwaitingStartup")],
        "StartingUp": [TransitionRule("StartingUp")],
        "AwaitingFileMounts": [TransitionRule("AwaitingFileMounts")],
        "StartupErrored": [TransitionRule("StartingUp", "StartupErrored", after_s=0)],
        "Updating": [TransitionRule("Running", "Updating", after_s=0), TransitionRule("Updating")],
        "UpdatingErrored": [
            TransitionRule("Running", "Updating", after_s=0),
            TransitionRule("Updating", "UpdatingErrored", after_s=0),
        ],
        "Stopping": [TransitionRule("Running", "Stopping", after_s=0), TransitionRule("Stopping")],
        "Stopped": [TransitionRule("Running", "Stopping", after_s=0)],
        "StoppingErrored": [
            TransitionRule("Running", "Stopping", after_s=0),
            TransitionRule("Stopping", "StoppingErrored", after_s=0),
        ],
        "Running": [],
        "Terminating": [TransitionRule("Running", "Terminating", after_s=0), TransitionRule("Terminating")],
        "Terminated": [TransitionRule("Running", "Terminating", after_s=0)],
        "TerminatingErrored": [
            TransitionRule("Running", "Terminating", after_s=0),
            TransitionRule("Terminating", "TerminatingErrored", after_s=0),
        ],
    }
    assert set(ways) == set(TRANSITIONS)
    with with_rules() as api:
        for state, moves in ways.items():
            api.sandbox.transition_rules.clear()
            for move in moves:
                api.sandbox.transition_rules.add(move)
            session = api.create()
            api.start(session)
            api.sandbox.clock.advance(10)
            assert api.get(session)["state"] == state


def test_a_rule_that_is_switched_off_does_not_apply() -> None:
    """While a rule is switched off, the next one that matches applies; a number that no rule has is refused."""
    rules = TransitionRules([TransitionRule("Running", message="first"), TransitionRule("Running", message="second")])
    rules.switch(1, on=False)
    taken = rules.take({"name": "a"}, "Running")
    assert taken
    assert taken.message == "second"
    assert [entry.to_dict()["used"] for entry in rules.entries] == [0, 1]
    for change in (rules.remove, lambda number: rules.switch(number, on=True)):
        with pytest.raises(LookupError, match="no transition rule 9"):
            change(9)


def test_every_change_of_the_rules_is_reported() -> None:
    """Adding, using, switching and removing a rule each call the listener."""
    rules, calls = TransitionRules(), list[str]()
    rules.on_change = lambda: calls.append("changed")
    rules.add(TransitionRule("Running"))
    rules.take({"name": "a"}, "Running")
    rules.switch(1, on=False)
    rules.remove(1)
    rules.clear()
    assert len(calls) == 5
