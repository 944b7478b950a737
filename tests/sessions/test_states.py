"""Which state of a session can follow which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import SessionState
from anyscale_sessions.states import AUTOMATIC_TRANSITIONS, TRANSITIONS, reachable

# New states of the spec have no transitions until a person decides; regeneration lists them.
STATES = sorted(TRANSITIONS)


def test_table_holds_the_states_of_the_spec() -> None:
    """The table has only states of the spec, leads to no other state, and has more transitions with requests."""
    assert sorted(AUTOMATIC_TRANSITIONS) == STATES
    assert {state.value for state in SessionState} >= set(STATES)
    assert len(STATES) >= 13
    for state, following in AUTOMATIC_TRANSITIONS.items():
        assert following <= TRANSITIONS[state] <= set(STATES)


def test_no_state_follows_itself() -> None:
    """A transition changes the state."""
    assert not [state for state in STATES if state in TRANSITIONS[state]]


def test_every_state_can_be_left_and_reached() -> None:
    """With requests, every state can be left and reached, and without them some states are stable."""
    assert {follower for following in TRANSITIONS.values() for follower in following} == set(STATES)
    assert all(TRANSITIONS.values())
    resting = {state for state, following in AUTOMATIC_TRANSITIONS.items() if not following}
    assert resting == {"Stopped", "Terminated", *(state for state in STATES if state.endswith("Errored"))}


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_reachable_is_the_closure_of_the_transitions(from_state: str, to_state: str) -> None:
    """A state is reachable if a path of automatic transitions of any length leads to it."""
    closure = {state: {state} | set(following) for state, following in AUTOMATIC_TRANSITIONS.items()}
    for _ in STATES:
        closure = {state: set().union(*(closure[step] for step in steps)) for state, steps in closure.items()}
    assert reachable(from_state, to_state) == (to_state in closure[from_state])


@given(st.sampled_from(STATES), st.text().filter(lambda text: text not in STATES))
def test_unknown_states_count_as_reachable(known: str, unknown: str) -> None:
    """A state that is not in the table counts as reachable."""
    assert reachable(unknown, known)
    assert reachable(known, unknown)
    assert reachable(unknown, unknown)


def test_transitions_that_waiters_need() -> None:
    """A starting session can run, a failed one cannot, and a terminating one cannot either."""
    assert reachable("AwaitingStartup", "Running")
    assert reachable("StartingUp", "Terminated")
    assert not reachable("StartupErrored", "Running")
    assert not reachable("Terminating", "Running")
    assert not reachable("Stopped", "Running")
