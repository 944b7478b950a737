"""Sweeps: which sessions they terminate, which they do not change, and what they report."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from anyscale_sessions import InvalidRequestError, PermissionDeniedError, Session, SessionsClient
from anyscale_sessions.fleet import Fleet, Swept
from anyscale_sessions.fleet.names import SessionName, deadline_after
from anyscale_sessions_sandbox import Fault, ManualClock, Sandbox

from .conftest import Face, body, live


def leave(client: SessionsClient, fleet: str, key: str, minutes: float) -> Session:
    """A running session of a fleet, some minutes before its deadline."""
    name = SessionName(fleet, key, deadline_after(client.clock.now(), timedelta(minutes=minutes)))
    return named(client, str(name))


def named(client: SessionsClient, name: str) -> Session:
    """A running session of this name."""
    session = body()
    session.name = name
    return client.launch_session(session)


def test_a_sweep_ends_what_is_past_its_deadline_and_nothing_else(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox_clock: ManualClock
) -> None:
    """A sweep terminates a fleet's sessions past their deadline, and does not change any other session."""
    due = [leave(sessions_client, fleet.name, f"k{number}", 5).id for number in range(3)]
    kept = leave(sessions_client, fleet.name, "k9", 60).id
    others = [
        leave(sessions_client, f"{fleet.name}-2", "k1", 5).id,
        leave(sessions_client, f"x-{fleet.name}", "k1", 5).id,
        named(sessions_client, f"{fleet.name}--k1").id,
        named(sessions_client, f"{fleet.name}--K1--t1").id,
    ]
    sandbox_clock.advance(minutes=6)
    assert face.sweep(fleet=fleet.name, dry_run=False) == Swept(tuple(due), (kept,), ())
    assert [session.id for session in live(sessions_client)] == [kept, *others]


def test_a_sweep_changes_nothing_unless_asked_to(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox, sandbox_clock: ManualClock
) -> None:
    """A dry run, which is the default, reports what it would terminate, and only sends searches."""
    due = leave(sessions_client, fleet.name, "k1", 5).id
    sandbox_clock.advance(minutes=6)
    sandbox.journal.clear()
    assert face.sweep(fleet=fleet.name) == Swept((due,), (), ())
    assert sandbox.journal.count() == sandbox.journal.count("search_sessions") == 1
    assert len(live(sessions_client)) == 1


def test_an_age_ends_sessions_of_a_fleet_before_their_deadline(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox_clock: ManualClock
) -> None:
    """A sweep of a fleet with an age terminates older sessions before their deadline, with the age 0 all."""
    old = leave(sessions_client, fleet.name, "k1", 60).id
    sandbox_clock.advance(minutes=3)
    new = leave(sessions_client, fleet.name, "k2", 60).id
    assert face.sweep(fleet=fleet.name, older_than=timedelta(minutes=3), dry_run=False) == Swept((old,), (new,), ())
    assert face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False) == Swept((new,), (), ())
    assert live(sessions_client) == []


def test_a_sweep_by_prefix_goes_by_age(face: Face, sessions_client: SessionsClient, sandbox_clock: ManualClock) -> None:
    """A sweep by prefix terminates sessions with that prefix from the age on, and does not change others."""
    old = named(sessions_client, "nightly-1").id
    named(sessions_client, "a-nightly-1")
    sandbox_clock.advance(hours=1)
    new = named(sessions_client, "nightly-2").id
    swept = face.sweep(name_prefix="nightly-", older_than=timedelta(hours=1), dry_run=False)
    assert swept == Swept((old,), (new,), ())
    assert [session.name for session in live(sessions_client)] == ["a-nightly-1", "nightly-2"]


def test_the_server_filters_by_name_and_state(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A search asks only for the fleet's names and the live states."""
    ended = leave(sessions_client, fleet.name, "k1", 60).id
    sessions_client.terminate_session(ended)
    face.sweep(fleet=fleet.name)
    query = json.loads(sandbox.journal.to_dicts()[-1]["body"])
    assert query["name"] == {"contains": f"{fleet.name}--"}
    assert len(query["state_filter"]) == 11
    assert not {"Terminated", "Terminating"} & set(query["state_filter"])


def test_a_sweep_goes_through_all_pages(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep terminates the sessions of all pages."""
    monkeypatch.setattr("anyscale_sessions.fleet.calls.SESSIONS_PER_PAGE", 2)
    ids = [leave(sessions_client, fleet.name, f"k{number}", 60).id for number in range(7)]
    swept = face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False)
    assert swept == Swept(tuple(ids), (), ())
    assert live(sessions_client) == []


def test_a_termination_that_fails_is_reported_and_does_not_stop_the_others(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A session that cannot be terminated is among the failed, and the others are terminated."""
    ids = [leave(sessions_client, fleet.name, f"k{number}", 60).id for number in range(3)]
    sandbox.faults.add(Fault("status", operation="terminate_session", session=ids[1], status=403, times=None))
    swept = face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False)
    assert swept == Swept((ids[0], ids[2]), (), (ids[1],))
    assert [session.id for session in live(sessions_client)] == [ids[1]]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", phase="before", operation="terminate_session"),
        Fault("reset", phase="after", operation="terminate_session"),
        Fault("throttle", operation="terminate_session", retry_after=3),
        Fault("status", operation="terminate_session", status=500, times=3),
        Fault("status", phase="after", operation="terminate_session", status=409),
        Fault("malformed", phase="after", operation="terminate_session"),
    ],
    ids=str,
)
def test_a_termination_that_goes_wrong_for_a_while_is_made_again(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox, fault: Fault
) -> None:
    """A termination that is throttled, fails, loses its response or was done already succeeds in the end."""
    ids = [leave(sessions_client, fleet.name, f"k{number}", 60).id for number in range(2)]
    sandbox.faults.add(fault)
    assert face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False) == Swept(tuple(ids), (), ())
    assert live(sessions_client) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", operation="terminate_session", status=409, times=None),
        Fault("status", operation="terminate_session", status=500, times=None),
        Fault("throttle", operation="terminate_session", retry_after=3600, times=None),
    ],
    ids=str,
)
def test_a_termination_that_never_succeeds_is_failed(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox, fault: Fault
) -> None:
    """A termination that is always refused, fails or is throttled is reported as failed after a limited time."""
    session = leave(sessions_client, fleet.name, "k1", 60)
    sandbox.faults.add(fault)
    assert face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False) == Swept((), (), (session.id,))


def test_a_session_that_is_gone_meanwhile_counts_as_terminated(
    face: Face, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A session that was deleted after the search counts as terminated."""
    session = leave(sessions_client, fleet.name, "k1", 60)
    sandbox.faults.add(Fault("status", operation="terminate_session", status=404))
    assert face.sweep(fleet=fleet.name, older_than=timedelta(0), dry_run=False).terminated == (session.id,)


def test_a_search_that_fails_is_raised(face: Face, fleet: Fleet, sandbox: Sandbox) -> None:
    """If the search of a sweep fails, its error is raised."""
    sandbox.faults.add(Fault("status", operation="search_sessions", status=403))
    with pytest.raises(PermissionDeniedError):
        face.sweep(fleet=fleet.name)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "fleet"),
        ({"fleet": "a", "name_prefix": "a", "older_than": timedelta(hours=1)}, "fleet"),
        ({"fleet": "A"}, "fleet"),
        ({"fleet": ""}, "fleet"),
        ({"name_prefix": "a"}, "older_than"),
        ({"name_prefix": "a", "older_than": timedelta(0)}, "older_than"),
        ({"name_prefix": "", "older_than": timedelta(hours=1)}, "name_prefix"),
        ({"name_prefix": " ", "older_than": timedelta(hours=1)}, "name_prefix"),
        ({"name_prefix": 7, "older_than": timedelta(hours=1)}, "name_prefix"),
        ({"fleet": "a", "older_than": timedelta(seconds=-1)}, "older_than"),
        ({"fleet": "a", "older_than": 3600}, "older_than"),
        ({"fleet": "a", "older_than": timedelta.max}, "older_than"),
        ({"fleet": "a", "dry_run": None}, "dry_run"),
        ({"fleet": "a", "dry_run": 0}, "dry_run"),
    ],
)
def test_a_sweep_that_does_not_say_which_sessions_is_refused_before_anything_is_sent(
    face: Face, sandbox: Sandbox, arguments: dict[str, Any], field: str
) -> None:
    """A sweep with missing, contradictory or invalid arguments is refused, and nothing is sent."""
    with pytest.raises(InvalidRequestError) as caught:
        face.sweep(**arguments)
    assert [problem.field for problem in caught.value.problems] == [field]
    assert sandbox.journal.count() == 0
