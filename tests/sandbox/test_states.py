"""The table of moves that waiters and the sandbox share."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from anyscale_sessions.states import AUTOMATIC_TRANSITIONS, TRANSITIONS, reachable
from anyscale_sessions_sandbox.engine.flows import FLOWS


def test_the_table_has_exactly_the_states_of_the_spec(document: Any) -> None:
    """A state added to the spec must be given its moves."""
    states = set(document["components"]["schemas"]["SessionState"]["enum"])
    assert set(TRANSITIONS) == set(AUTOMATIC_TRANSITIONS) == states
    assert set().union(*TRANSITIONS.values()) <= states


def test_every_state_can_be_come_to_and_left() -> None:
    """No state is a trap or an island, and none follows itself."""
    assert set().union(*TRANSITIONS.values()) == set(TRANSITIONS)
    assert all(following and state not in following for state, following in TRANSITIONS.items())


def test_what_happens_by_itself_is_part_of_what_can_happen() -> None:
    """Transitions on request only add to those that need none."""
    assert all(AUTOMATIC_TRANSITIONS[state] <= TRANSITIONS[state] for state in TRANSITIONS)


@pytest.mark.parametrize(
    "state", ["Stopped", "Terminated", *(state for state in TRANSITIONS if state.endswith("Errored"))]
)
def test_a_state_of_rest_is_left_on_request_only(state: str) -> None:
    """Waiting there for anything else is in vain."""
    assert {wanted for wanted in TRANSITIONS if reachable(state, wanted)} == {state}


@pytest.mark.parametrize("state", ["AwaitingStartup", "StartingUp", "AwaitingFileMounts", "Updating", "Running"])
def test_a_session_on_its_way_can_come_to_run_and_to_end(state: str) -> None:
    """The moves of the platform are followed over several states."""
    assert reachable(state, "Running")
    assert reachable(state, "Terminated")
    assert reachable(state, "TerminatingErrored")


def test_a_session_that_terminates_does_not_come_to_run() -> None:
    """Only a new start would lead there."""
    assert not reachable("Terminating", "Running")
    assert not reachable("Stopping", "Terminated")


def test_a_state_nobody_knows_is_not_given_up() -> None:
    """The platform may add states, at either end."""
    assert reachable("Hibernating", "Running")
    assert reachable("Stopped", "Hibernating")


@pytest.mark.parametrize("name", FLOWS)
def test_the_sandbox_goes_by_the_table(name: str) -> None:
    """Between two steps of a flow lies a move of the table, or none; the first step is one that somebody asks for."""
    steps = FLOWS[name].steps
    for before, after in itertools.pairwise(steps):
        assert after.state == before.state or after.state in AUTOMATIC_TRANSITIONS[before.state]
        assert before.at < after.at
    assert next(step for step in steps if not step.optional).at == 0.0
    assert steps[-1].at == 1.0
