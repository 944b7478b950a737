"""Which state of a session can follow which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import SessionState
from anyscale_sessions.states import AUTOMATIC_TRANSITIONS, TRANSITIONS, reachable

STATES = sorted(state.value for state in SessionState)


def test_table_holds_the_states_of_the_spec() -> None:
    """The table has a row for each SessionState, leads to no other, and says more with requests than without."""
    assert sorted(TRANSITIONS) == sorted(AUTOMATIC_TRANSITIONS) == STATES
    for state, following in AUTOMATIC_TRANSITIONS.items():
        assert following <= TRANSITIONS[state] <= set(STATES)


def test_no_state_follows_itself() -> None:
    """A move changes the state."""
    assert not [state for state in STATES if state in TRANSITIONS[state]]


def test_every_state_is_left_and_come_to() -> None:
    """With requests, every state is left in some way; without any, some states rest."""
    assert {follower for following in TRANSITIONS.values() for follower in following} == set(STATES)
    assert all(TRANSITIONS.values())
    resting = {state for state, following in AUTOMATIC_TRANSITIONS.items() if not following}
    assert resting == {"Stopped", "Terminated", *(state for state in STATES if state.endswith("Errored"))}


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_reachable_is_the_closure_of_the_moves(from_state: str, to_state: str) -> None:
    """A state is reachable where a path of moves that need no request leads to it, however long."""
    closure = {state: {state} | set(following) for state, following in AUTOMATIC_TRANSITIONS.items()}
    for _ in STATES:
        closure = {state: set().union(*(closure[step] for step in steps)) for state, steps in closure.items()}
    assert reachable(from_state, to_state) == (to_state in closure[from_state])


@given(st.sampled_from(STATES), st.text().filter(lambda text: text not in STATES))
def test_states_that_are_not_known_count_as_reachable(known: str, unknown: str) -> None:
    """The platform may add states, so that nothing is said of one that the table does not hold."""
    assert reachable(unknown, known)
    assert reachable(known, unknown)
    assert reachable(unknown, unknown)


def test_what_waiters_rely_on() -> None:
    """A start can come to run, one that failed cannot, and a termination that is under way cannot either."""
    assert reachable("AwaitingStartup", "Running")
    assert reachable("StartingUp", "Terminated")
    assert not reachable("StartupErrored", "Running")
    assert not reachable("Terminating", "Running")
    assert not reachable("Stopped", "Running")
