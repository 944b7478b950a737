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

from ..conftest import Turned
from .conftest import DONE, Walked, command, operation, session, wait_options


def test_start_follows_the_operation_first(turned: Turned) -> None:
    """After a start the operation is followed to its end before the session is looked at, whose old state may show."""
    options = StartSessionOptions(build_id="bld_2")
    told: list[Any] = []
    steps = start_and_wait("ses_1", options, wait_options(turned), told.append)
    walked = Walked(turned, steps, operation(), operation(), DONE, session("StartingUp"), session())
    assert walked.asked == ["start_session", *["get_session_operation"] * 2, *["get_session"] * 2]
    assert told == [operation(), DONE, session("StartingUp"), session()]
    assert walked.result == session()


@pytest.mark.parametrize("old", ["StartupErrored", "Stopped", "Terminated"])
def test_old_state_after_a_start_is_not_believed(turned: Turned, old: str) -> None:
    """The old state may still be shown when the operation is completed; it is believed after a few seconds only."""
    answers = [operation(), DONE, *[session(old)] * 3, session("StartingUp"), session()]
    assert Walked(turned, start_and_wait("ses_1", None, wait_options(turned), None), *answers).result == session()
    answers = [operation(), DONE, *[session(old)] * 4, ServerError("no")]
    walked = Walked(turned, start_and_wait("ses_1", None, wait_options(turned), None), *answers)
    assert isinstance(walked.error, UnreachableStateError)
    assert sum(walked.slept) < 5.0


def test_start_that_was_done_goes_on_without_its_operation(turned: Turned) -> None:
    """Where the operation is lost, but the session is seen to start, the session is waited for."""
    done = OutcomeUnknownError("lost")
    done.is_done = True
    walked = Walked(
        turned, start_and_wait("ses_1", None, wait_options(turned), None), done, session("StartingUp"), session()
    )
    assert walked.result == session()
    assert walked.asked == ["start_session", "get_session", "get_session"]


def test_end_that_was_done_is_done(turned: Turned) -> None:
    """A termination whose response is lost is one if the session is seen to end; else it is told."""
    done = OutcomeUnknownError("lost")
    done.is_done = True
    assert Walked(turned, terminate("ses_1"), done).error is None
    lost = OutcomeUnknownError("lost")
    assert Walked(turned, terminate("ses_1"), lost).error is lost


def test_start_has_one_end(turned: Turned) -> None:
    """The waits of one flow share its time: what the operation takes is not there for the session any more."""
    answers = [operation(), operation(), operation(), DONE, *[session("StartingUp")] * 3]
    walked = Walked(turned, start_and_wait("ses_1", None, wait_options(turned, 10.0, 3.0), None), *answers)
    assert isinstance(walked.error, WaitTimeoutError)
    assert sum(walked.slept) == pytest.approx(10.0)


def test_launch_creates_and_starts(turned: Turned, session_body: Any) -> None:
    """A launch creates the session, starts it with the options given, and waits until it runs."""
    steps = launch(session_body, None, wait_options(turned), None)
    walked = Walked(turned, steps, session("Stopped"), operation(), DONE, session())
    assert walked.asked == ["create_session", "start_session", "get_session_operation", "get_session"]
    assert walked.result == session()


@pytest.mark.parametrize(
    "answers",
    [
        (ConflictError("no"),),
        (operation(), NotFoundError("no")),
        (operation(), operation(completed=True, result={"error": {"message": "no"}})),
        (operation(), DONE, *[session("StartupErrored")] * 4, ServerError("no")),
        (OutcomeUnknownError("no"),),
    ],
)
def test_launch_that_fails_names_what_was_created(turned: Turned, session_body: Any, answers: tuple[Any, ...]) -> None:
    """An error after the creation has a note with the id of the session that is left behind."""
    walked = Walked(turned, launch(session_body, None, wait_options(turned), None), session("Stopped"), *answers)
    assert walked.error is not None
    assert walked.error.__notes__ == ["session ses_1 was created and is left as it is"]


def test_launch_that_creates_nothing_has_nothing_to_name(turned: Turned, session_body: Any) -> None:
    """An error of the creation itself has no note."""
    error = Walked(turned, launch(session_body, None, wait_options(turned), None), ConflictError("no")).error
    assert isinstance(error, ConflictError)
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize(
    "seen", [session("Terminating"), session("Terminated"), session("Running", pending="Terminated")]
)
def test_end_of_what_ends_already(turned: Turned, seen: Session) -> None:
    """A session that somebody has terminated or deleted meanwhile needs no end."""
    assert Walked(turned, terminate("ses_1"), operation()).error is None
    assert Walked(turned, terminate("ses_1"), NotFoundError("gone")).error is None
    assert Walked(turned, terminate("ses_1"), ConflictError("no"), seen).error is None


def test_end_that_is_refused(turned: Turned) -> None:
    """A termination that is refused although the session does not end is an error."""
    refused = ConflictError("no")
    assert Walked(turned, terminate("ses_1"), refused, session("Updating")).error is refused
    fault = ServerError("down")
    assert Walked(turned, terminate("ses_1"), fault).error is fault


@pytest.mark.parametrize(
    "last",
    [command(finished_at="2026-01-01T00:00:00Z", status_code=3), command(killed_at="2026-01-01T00:00:00Z")],
)
def test_command_is_followed_to_its_end(turned: Turned, last: SessionCommand) -> None:
    """A command is looked at until it has finished or was killed."""
    walked = Walked(turned, run_command("ses_1", "ls", wait_options(turned)), command(), command(), last)
    assert walked.result == last
    assert walked.asked == ["create_session_command", "get_session_command", "get_session_command"]


def test_command_that_takes_too_long(turned: Turned) -> None:
    """`WaitTimeoutError` names the command, which runs on."""
    error = Walked(turned, run_command("ses_1", "ls", wait_options(turned, 1.0)), *[command()] * 3).error
    assert isinstance(error, WaitTimeoutError)
    assert str(error) == "timed out after 1 s waiting for command scd_1 of session ses_1 to finish"
    assert error.session is error.operation is None
    assert error.command == command()


def test_command_that_cannot_be_looked_at_is_told(turned: Turned) -> None:
    """The command as it was created is in the `WaitTimeoutError` though no look has worked."""
    answers = [command(), ServerError("a"), ServerError("b")]
    error = Walked(turned, run_command("ses_1", "ls", wait_options(turned, 1.0)), *answers).error
    assert isinstance(error, WaitTimeoutError)
    assert error.command == command()
