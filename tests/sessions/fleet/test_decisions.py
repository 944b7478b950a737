"""Which sessions are adopted, terminated and left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import Session, SessionState
from anyscale_sessions.fleet.decisions import LIVE_STATES, SweepRule, choose, is_ending, is_stopped
from anyscale_sessions.fleet.names import SessionName

from .conftest import a_session

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
ENDED = {"Terminating", "Terminated"}
USABLE = {"Stopped", "AwaitingStartup", "StartingUp", "AwaitingFileMounts", "Running", "Updating"}

AGES = st.integers(-3, 300).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def sessions(draw: st.DrawFn) -> list[Session]:
    """Sessions of two fleets and two keys, and others, in all states and of all ages."""
    names = st.one_of(
        st.builds(
            lambda fleet, key, age: str(SessionName(fleet, key, NOW + timedelta(hours=1) - age)),
            st.sampled_from(["eval", "eval-2"]),
            st.sampled_from(["k1", "k2"]),
            AGES,
        ),
        st.sampled_from(["nightly", "eval--k1", "x-eval--k1--t1", "eval--k1--T1", "eval--K1--t1"]),
    )
    states = st.sampled_from([state.value for state in SessionState] + ["NotInTheSpec"])
    made = draw(
        st.lists(
            st.tuples(
                names, states, st.none() | AGES, st.none() | st.sampled_from(["Terminating", "Stopping", "Stopped"])
            ),
            min_size=0,
            max_size=9,
        )
    )
    return [
        a_session(
            name,
            state,
            session_id=f"ses_{number}",
            created_at=None if age is None else NOW - age,
            pending_state=pending,
        )
        for number, (name, state, age, pending) in enumerate(made)
    ]


def is_of_key(session: Session) -> bool:
    """Whether a session belongs to the key of these tests."""
    name = SessionName.parse(session.name)
    return name is not None and (name.fleet, name.key) == ("eval", "k1")


@given(sessions())
def test_every_live_session_of_a_key_is_adopted_or_surplus(found: list[Session]) -> None:
    """A choice keeps at most one session of the key alive, and does not contain a session of another key."""
    choice = choose(found, "eval", "k1", NOW)
    adopted = [] if choice.adopted is None else [choice.adopted[0]]
    chosen = [session.id for session in (*adopted, *choice.surplus)]
    assert sorted(chosen) == sorted(session.id for session in found if is_of_key(session) and not is_ending(session))
    assert len(chosen) == len(set(chosen))


@given(sessions())
def test_the_oldest_usable_session_before_its_deadline_is_adopted(found: list[Session]) -> None:
    """The adopted session is the oldest one that is usable and before its deadline, and the choice has its deadline."""
    choice = choose(found, "eval", "k1", NOW)
    usable = [
        session
        for session in found
        if is_of_key(session)
        and not is_ending(session)
        and session.state in {*USABLE, "NotInTheSpec"}
        and (session.state == "Stopped" or session.pending_state not in {"Stopping", "Stopped"})
        and SessionName.parse(session.name).deadline > NOW  # type: ignore[union-attr]
    ]
    oldest = min(
        usable, key=lambda session: (session.created_at or datetime.max.replace(tzinfo=UTC), session.id), default=None
    )
    assert (choice.adopted and choice.adopted[0]) == oldest
    if choice.adopted is not None:
        assert SessionName.parse(choice.adopted[0].name).deadline == choice.adopted[1]  # type: ignore[union-attr]


@given(sessions(), st.none() | AGES.filter(lambda age: age >= timedelta(0)))
def test_a_sweep_of_a_fleet_ends_what_is_past_its_deadline_or_old_and_nothing_else(
    found: list[Session], older_than: timedelta | None
) -> None:
    """A sweep of a fleet matches only its live sessions, and those past their deadline or old enough are due."""
    rule = SweepRule("eval", "", older_than)
    for session in found:
        name = SessionName.parse(session.name)
        is_in_fleet = name is not None and name.fleet == "eval"
        is_live = session.state not in ENDED and session.pending_state not in ENDED
        assert rule.matches(session) == (is_in_fleet and is_live)
        if rule.matches(session):
            is_old = (
                older_than is not None and session.created_at is not None and session.created_at <= NOW - older_than
            )
            assert rule.is_due(session, NOW) == (name.deadline <= NOW or is_old)  # type: ignore[union-attr]


@given(sessions(), AGES.filter(lambda age: age > timedelta(0)))
def test_a_sweep_by_prefix_goes_by_age_alone(found: list[Session], older_than: timedelta) -> None:
    """A sweep by prefix matches the live sessions whose names begin with it, and those that are old enough are due."""
    rule = SweepRule(None, "eval-", older_than)
    for session in found:
        is_live = session.state not in ENDED and session.pending_state not in ENDED
        assert rule.matches(session) == (session.name.startswith("eval-") and is_live)
        is_old = session.created_at is not None and session.created_at <= NOW - older_than
        assert rule.is_due(session, NOW) == is_old


@pytest.mark.parametrize(
    ("state", "pending_state", "expected"),
    [("Stopped", None, True), ("Stopped", "Stopped", True), ("Stopped", "Running", False), ("Running", None, False)],
)
def test_only_a_session_without_a_start_in_progress_is_stopped(
    state: str, pending_state: str | None, expected: bool
) -> None:
    """A session is stopped if its state is Stopped and no other state is pending."""
    assert is_stopped(a_session("any", state, pending_state=pending_state)) is expected


def test_live_states_are_all_but_those_of_the_end() -> None:
    """Every state of the API except Terminating and Terminated is live."""
    assert {state.value for state in SessionState} - {state.value for state in LIVE_STATES} == ENDED
