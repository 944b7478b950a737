"""Flows of several calls: start, launch, terminate, and run a command."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions import (
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    ServerError,
    Session,
    SessionCommand,
    StartSessionOptions,
    UnreachableStateError,
    WaitTimeoutError,
)
from anyscale_sessions._sansio.flows import launch, run_command, start_and_wait, terminate
from anyscale_sessions._sansio.known_ids import Leftovers

from ..conftest import Turned
from .conftest import DONE, Walked, command, operation, session, wait_options


def test_start_waits_for_the_operation_first(turned: Turned) -> None:
    """After a start the flow waits for the operation before it reads the session, whose state may be old."""
    options = StartSessionOptions(build_id="bld_2")
    reported: list[Any] = []
    steps = start_and_wait("ses_1", options, wait_options(turned), reported.append)
    walked = Walked(turned, steps, operation(), operation(), DONE, session("StartingUp"), session())
    assert walked.asked == ["start_session", *["get_session_operation"] * 2, *["get_session"] * 2]
    assert reported == [operation(), DONE, session("StartingUp"), session()]
    assert walked.result == session()


@pytest.mark.parametrize("old", ["StartupErrored", "Stopped", "Terminated"])
def test_old_state_after_a_start_does_not_end_the_wait(turned: Turned, old: str) -> None:
    """An old state shortly after the completed operation does not end the wait."""
    answers = [operation(), DONE, *[session(old)] * 3, session("StartingUp"), session()]
    assert Walked(turned, start_and_wait("ses_1", None, wait_options(turned), None), *answers).result == session()
    answers = [operation(), DONE, *[session(old)] * 5, ServerError("no")]
    walked = Walked(turned, start_and_wait("ses_1", None, wait_options(turned), None), *answers)
    assert isinstance(walked.error, UnreachableStateError)
    assert sum(walked.slept) < 10.0


def test_start_with_lost_operation_waits_for_the_session(turned: Turned) -> None:
    """A start whose response is lost waits for the session if a probe saw it start."""
    done = OutcomeUnknownError("lost")
    done.is_done = True
    walked = Walked(
        turned, start_and_wait("ses_1", None, wait_options(turned), None), done, session("StartingUp"), session()
    )
    assert walked.result == session()
    assert walked.asked == ["start_session", "get_session", "get_session"]


def test_lost_termination_that_was_applied_is_a_success(turned: Turned) -> None:
    """A termination whose response is lost is a success if a probe saw it, and otherwise an error."""
    done = OutcomeUnknownError("lost")
    done.is_done = True
    assert Walked(turned, terminate("ses_1", turned.clock()), done).error is None
    lost = OutcomeUnknownError("lost")
    assert Walked(turned, terminate("ses_1", turned.clock()), lost).error is lost


def test_waits_of_a_flow_share_the_timeout(turned: Turned) -> None:
    """The waits of one flow share its timeout: time that the operation takes is not left for the session."""
    answers = [operation(), operation(), operation(), DONE, *[session("StartingUp")] * 3]
    walked = Walked(turned, start_and_wait("ses_1", None, wait_options(turned, 10.0, 3.0), None), *answers)
    assert isinstance(walked.error, WaitTimeoutError)
    assert sum(walked.slept) == pytest.approx(10.0)


def test_launch_creates_and_starts(turned: Turned, session_body: Any) -> None:
    """A launch creates the session, starts it with the options given, and waits until it runs."""
    steps = launch(session_body, None, wait_options(turned), None, Leftovers())
    walked = Walked(turned, steps, session("Stopped"), operation(), DONE, session())
    assert walked.asked == ["create_session", "start_session", "get_session_operation", "get_session"]
    assert walked.result == session()


@pytest.mark.parametrize(
    "answers",
    [
        (ConflictError("no"),),
        (operation(), *[NotFoundError("no")] * 5),
        (operation(), operation(completed=True, result={"error": {"message": "no"}})),
        (operation(), DONE, *[session("StartupErrored")] * 5, ServerError("no")),
        (OutcomeUnknownError("no"),),
    ],
)
def test_launch_that_fails_names_the_session(turned: Turned, session_body: Any, answers: tuple[Any, ...]) -> None:
    """An error after the creation has a note with the id of the session that is left behind."""
    left = Leftovers()
    steps = launch(session_body, None, wait_options(turned), None, left)
    walked = Walked(turned, steps, session("Stopped"), *answers)
    assert walked.error is not None
    left.attach_to(walked.error)
    assert walked.error.session_id == "ses_1"
    assert walked.error.__notes__ == ["session ses_1 was created and is left as it is"]


def test_start_that_is_not_found_for_long_ends_a_launch(turned: Turned, session_body: Any) -> None:
    """A start that is answered with 404 is repeated for 5 s after the creation, and then raises the error."""
    steps = launch(session_body, None, wait_options(turned), None, Leftovers())
    walked = Walked(turned, steps, session("Stopped"), *[NotFoundError("no")] * 6)
    assert isinstance(walked.error, NotFoundError)
    assert walked.slept == [1.0] * 5


def test_launch_that_creates_nothing_has_no_note(turned: Turned, session_body: Any) -> None:
    """An error of the creation itself has no note."""
    error = Walked(
        turned, launch(session_body, None, wait_options(turned), None, Leftovers()), ConflictError("no")
    ).error
    assert isinstance(error, ConflictError)
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize(
    "seen", [session("Terminating"), session("Terminated"), session("Running", pending="Terminated")]
)
def test_termination_of_an_ended_session_is_a_success(turned: Turned, seen: Session) -> None:
    """A session that was terminated or deleted in the meantime is no error at the end of a scope."""
    assert Walked(turned, terminate("ses_1", turned.clock()), operation()).error is None
    assert Walked(turned, terminate("ses_1", turned.clock()), NotFoundError("gone")).error is None
    assert Walked(turned, terminate("ses_1", turned.clock()), ConflictError("no"), seen).error is None


def test_refused_termination_is_an_error(turned: Turned) -> None:
    """A termination that is refused while the session still runs is an error."""
    refused = ConflictError("no")
    assert Walked(turned, terminate("ses_1", turned.clock()), refused, session("Updating")).error is refused
    fault = ServerError("down")
    assert Walked(turned, terminate("ses_1", turned.clock()), fault).error is fault


@pytest.mark.parametrize(
    "last",
    [command(finished_at="2026-01-01T00:00:00Z", status_code=3), command(killed_at="2026-01-01T00:00:00Z")],
)
def test_command_is_polled_until_it_ends(turned: Turned, last: SessionCommand) -> None:
    """A command is polled until it has finished or was killed."""
    walked = Walked(
        turned, run_command("ses_1", "ls", wait_options(turned), None, Leftovers()), command(), command(), last
    )
    assert walked.result == last
    assert walked.asked == ["create_session_command", "get_session_command", "get_session_command"]


def test_command_that_takes_too_long(turned: Turned) -> None:
    """A command that still runs at the timeout raises `WaitTimeoutError` with the command."""
    error = Walked(
        turned, run_command("ses_1", "ls", wait_options(turned, 1.0), None, Leftovers()), *[command()] * 3
    ).error
    assert isinstance(error, WaitTimeoutError)
    assert str(error) == "timed out after 1 s waiting for command scd_1 of session ses_1 to finish"
    assert error.session is error.operation is None
    assert error.command == command()


def test_command_that_cannot_be_read_is_in_the_error(turned: Turned) -> None:
    """A `WaitTimeoutError` has the command as it was created if every poll fails."""
    answers = [command(), ServerError("a"), ServerError("b")]
    error = Walked(turned, run_command("ses_1", "ls", wait_options(turned, 1.0), None, Leftovers()), *answers).error
    assert isinstance(error, WaitTimeoutError)
    assert error.command == command()
