"""The commands that list and sweep fleets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anyscale_sessions import CreateSession, Session, SessionsClient
from anyscale_sessions.cli.fleet import age_of
from anyscale_sessions.fleet.names import SessionName, deadline_after
from anyscale_sessions_sandbox import Fault, Sandbox

from .conftest import Run

PROJECT = "prj_1"
NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
ENDED = ("Terminating", "Terminated")


def named(client: SessionsClient, name: str) -> Session:
    """A running session of this name."""
    return client.launch_session(
        CreateSession(name=name, project_id=PROJECT, uses_app_config=True, build_id="b", compute_template_id="c")
    )


@pytest.fixture
def due(client: SessionsClient) -> Session:
    """A session of the fleet `eval` whose deadline has passed."""
    return named(client, str(SessionName("eval", "k1", client.clock.now() - timedelta(seconds=1))))


@pytest.fixture
def kept(client: SessionsClient) -> Session:
    """A session of the fleet `eval` before its deadline."""
    return named(client, str(SessionName("eval", "k2", deadline_after(client.clock.now(), timedelta(hours=1)))))


def test_list_shows_the_live_sessions_of_a_fleet(run: Run, client: SessionsClient, due: Session, kept: Session) -> None:
    """`fleet list` shows only the sessions of the fleet, oldest first, with their ages and idle times."""
    named(client, "nightly")
    rows = run("fleet", "list", "eval", "--project", PROJECT, "--output", "json").result
    assert [(row["id"], row["due"]) for row in rows] == [(due.id, True), (kept.id, False)]
    assert all(row["age"].startswith("0m") and row["idle"].startswith("0m") for row in rows)
    shown = run("fleet", "list", "eval", "--project", PROJECT)
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == ["id", due.id, kept.id]


def test_sweep_without_yes_changes_nothing_and_shows_what_it_would_end(
    run: Run, client: SessionsClient, due: Session, kept: Session
) -> None:
    """`fleet sweep` shows a table of what it would terminate, exits with 1, and terminates nothing."""
    ended = run("fleet", "sweep", "--fleet", "eval", "--project", PROJECT)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[0].split() == ["id", "name", "state", "age", "idle"]
    assert due.id in ended.out
    assert kept.id not in ended.out
    assert ended.out.splitlines()[-1] == "1 to terminate with --yes, 1 not due, 0 failed"
    assert [client.get_session(session.id).state for session in (due, kept)] == ["Running", "Running"]


def test_sweep_with_yes_ends_what_is_due(run: Run, client: SessionsClient, due: Session) -> None:
    """`fleet sweep --yes` terminates what is due, and exits with 0 if no session is left."""
    ended = run("fleet", "sweep", "--fleet", "eval", "--project", PROJECT, "--yes", "--output", "json")
    assert ended.result["terminated"] == [due.id]
    assert [row["id"] for row in ended.result["due"]] == [due.id]
    assert client.get_session(due.id).state in ENDED
    again = run("fleet", "sweep", "--fleet", "eval", "--project", PROJECT, "--yes")
    assert (again.code, again.out) == (0, "0 terminated, 0 not due, 0 failed\n")


@pytest.mark.usefixtures("kept")
def test_sweep_exits_with_1_where_something_stays(run: Run) -> None:
    """`fleet sweep --yes` exits with 1 if a session of the fleet is not due yet."""
    assert run("fleet", "sweep", "--fleet", "eval", "--project", PROJECT, "--yes").code == 1


def test_sweep_exits_with_1_where_a_termination_fails(run: Run, server: Sandbox, due: Session) -> None:
    """`fleet sweep --yes` exits with 1 and counts the failure if a session cannot be terminated."""
    server.faults.add(Fault("status", operation="terminate_session", session=due.id, status=403, times=None))
    ended = run("fleet", "sweep", "--fleet", "eval", "--project", PROJECT, "--yes")
    assert ended.code == 1
    assert ended.out.splitlines()[-1] == "0 terminated, 0 not due, 1 failed"


def test_sweep_by_prefix_and_age(run: Run, client: SessionsClient) -> None:
    """`fleet sweep --prefix P --older-than DURATION` selects sessions by name and age."""
    session = named(client, "nightly-1")
    arguments = ("fleet", "sweep", "--prefix", "nightly-", "--project", PROJECT, "--yes")
    assert run(*arguments, "--older-than", "1d2h").code == 1
    assert run(*arguments, "--older-than", "0s").code == 2
    seconds = run("fleet", "sweep", "--fleet", "eval", "--older-than", "1m30s", "--project", PROJECT)
    assert seconds.code == 0
    assert client.get_session(session.id).state == "Running"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--prefix", "nightly"),
        ("--fleet", "A"),
        ("--fleet", "a", "--prefix", "a", "--older-than", "2h"),
        ("--prefix", "a", "--older-than", "2"),
        ("--prefix", "a", "--older-than", "h"),
        ("--prefix", "a", "--older-than", ""),
        ("--prefix", "a", "--older-than", "-2h"),
        ("--prefix", "a", "--older-than", "1m2h"),
        ("--prefix", "a", "--older-than", "999999d"),
    ],
)
def test_a_sweep_that_does_not_say_which_sessions_is_bad_input(
    run: Run, server: Sandbox, arguments: tuple[str, ...]
) -> None:
    """`fleet sweep` with missing, contradictory or invalid options exits with 2 and sends nothing."""
    assert run("fleet", "sweep", *arguments, "--project", PROJECT).code == 2
    assert server.journal.count() == 0


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=59), "0m59s"),
        (timedelta(minutes=61), "1h1m"),
        (timedelta(days=3, hours=4, minutes=5), "3d4h"),
        (timedelta(seconds=-5), "0m0s"),
    ],
)
def test_ages_are_shown_in_their_two_largest_units(span: timedelta, shown: str) -> None:
    """An age is shown in days and hours, hours and minutes, or minutes and seconds."""
    assert age_of(NOW - span, NOW) == shown


def test_an_age_that_the_server_does_not_tell_is_not_shown() -> None:
    """An unknown creation time is shown as no age."""
    assert age_of(None, NOW) is None
