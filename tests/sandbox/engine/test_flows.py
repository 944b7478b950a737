"""Flows, and the table of state transitions that waiters and the sandbox share."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from anyscale_sessions.states import AUTOMATIC_TRANSITIONS, TRANSITIONS, reachable
from anyscale_sessions_sandbox.engine.flows import FLOWS


def test_the_table_has_exactly_the_states_of_the_spec(document: Any) -> None:
    """The table has states of the document only; regeneration lists those that are missing."""
    states = set(document["components"]["schemas"]["SessionState"]["enum"])
    assert set(TRANSITIONS) == set(AUTOMATIC_TRANSITIONS) <= states
    assert set().union(*TRANSITIONS.values()) <= set(TRANSITIONS)


def test_every_state_can_be_come_to_and_left() -> None:
    """Every state can be entered and left, and none follows itself."""
    assert set().union(*TRANSITIONS.values()) == set(TRANSITIONS)
    assert all(following and state not in following for state, following in TRANSITIONS.items())


def test_what_happens_by_itself_is_part_of_what_can_happen() -> None:
    """Automatic transitions are among the possible ones."""
    assert all(AUTOMATIC_TRANSITIONS[state] <= TRANSITIONS[state] for state in TRANSITIONS)


@pytest.mark.parametrize(
    "state", ["Stopped", "Terminated", *(state for state in TRANSITIONS if state.endswith("Errored"))]
)
def test_a_state_of_rest_is_left_on_request_only(state: str) -> None:
    """A state of rest reaches no other state without a request."""
    assert {wanted for wanted in TRANSITIONS if reachable(state, wanted)} == {state}


@pytest.mark.parametrize("state", ["AwaitingStartup", "StartingUp", "AwaitingFileMounts", "Updating", "Running"])
def test_a_session_on_its_way_can_come_to_run_and_to_end(state: str) -> None:
    """A starting session can reach Running, Terminated and TerminatingErrored without a request."""
    assert reachable(state, "Running")
    assert reachable(state, "Terminated")
    assert reachable(state, "TerminatingErrored")


def test_a_session_that_terminates_does_not_come_to_run() -> None:
    """A terminating session cannot reach Running without a request."""
    assert not reachable("Terminating", "Running")
    assert not reachable("Stopping", "Terminated")


def test_a_state_nobody_knows_is_not_given_up() -> None:
    """An unknown state may reach any state and may be reached from any."""
    assert reachable("NotInTheSpec", "Running")
    assert reachable("Stopped", "NotInTheSpec")


@pytest.mark.parametrize("name", FLOWS)
def test_the_sandbox_goes_by_the_table(name: str) -> None:
    """Each step of a flow follows the previous one as the table of transitions allows."""
    steps = FLOWS[name].steps
    for before, after in itertools.pairwise(steps):
        assert after.state == before.state or after.state in AUTOMATIC_TRANSITIONS[before.state]
        assert before.at < after.at
    assert next(step for step in steps if not step.optional).at == 0.0
    assert steps[-1].at == 1.0
