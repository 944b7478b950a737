"""Probes: what a read says about a request whose response was lost."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions import (
    CreateSessionCommand,
    OutcomeUnknownError,
    PermissionDeniedError,
    TerminateSessionOptions,
)
from anyscale_sessions._sansio.messages import Response
from anyscale_sessions_api.api.session_commands import create_session_command, kill_session_command
from anyscale_sessions_api.api.sessions import start_session, terminate_session

from ..conftest import Turned
from .conftest import act, failure, response, seen

START = start_session.start_session("ses_1")

TERMINATE = terminate_session.terminate_session("ses_1")

DELETING = terminate_session.terminate_session("ses_1", TerminateSessionOptions(delete=True))

WORKERS = terminate_session.terminate_session("ses_1", TerminateSessionOptions(workers_only=True))

KILL = kill_session_command.kill_session_command("scd_1")

RUN = create_session_command.create_session_command(CreateSessionCommand(session_id="ses_1", shell_command="ls"))


@pytest.mark.parametrize("operation", [START, TERMINATE, KILL, RUN], ids=lambda operation: operation.id)
def test_response_needs_no_probe(turned: Turned, operation: Any) -> None:
    """A success or a refusal needs no probe."""
    run, service = act(
        turned,
        operation,
        response({"result": {"id": "x_1"}}) if operation is not KILL else response({"result": {"id": "scd_1"}}),
    )
    assert run.error is None
    assert len(service.sent) == 1
    run, service = act(turned, operation, response({}, 403))
    assert type(run.error) is PermissionDeniedError
    assert len(service.sent) == 1


@pytest.mark.parametrize(
    ("operation", "session"),
    [
        (START, seen("StartingUp")),
        (START, seen("AwaitingStartup")),
        (START, seen("Running")),
        (START, seen("Stopped", "Running")),
        (TERMINATE, seen("Terminating")),
        (TERMINATE, seen("Terminated")),
        (TERMINATE, seen("Running", "Terminated")),
    ],
)
def test_lost_start_or_termination_is_seen_in_the_session(turned: Turned, operation: Any, session: Response) -> None:
    """A probe sees in the session that a lost request was applied; the request is not sent again."""
    run, service = act(turned, operation, failure(), failure(), seen("Unheard"), seen(None), session)
    assert type(run.error) is OutcomeUnknownError
    assert run.error.is_done is True
    assert run.error.session.id == "ses_1"
    assert service.sent == [operation.id, *["get_session"] * 4]
    shown = run.error.session
    assert run.error.__notes__ == [
        f"the request was applied: the session is {shown.state}, pending {shown.pending_state}"
    ]


@pytest.mark.parametrize(("operation", "session"), [(START, seen("Stopped")), (TERMINATE, seen("Running"))])
def test_start_or_termination_without_effect_stays_unknown(turned: Turned, operation: Any, session: Response) -> None:
    """A session that does not change leaves the outcome unknown at the deadline."""
    run, service = act(turned, operation, failure(), session)
    assert run.error.is_done is None
    assert run.error.session.id == "ses_1"
    assert 59.0 <= run.seconds <= 60.0
    assert service.sent.count(operation.id) == 1


def test_termination_of_workers_is_probed_once(turned: Turned) -> None:
    """A termination of the workers does not show in the session, so it is probed once."""
    run, service = act(turned, WORKERS, failure(), seen("Running"))
    assert (run.error.is_done, len(service.sent)) == (None, 2)


def test_missing_session_proves_a_deletion_only(turned: Turned) -> None:
    """A 404 proves a termination with deletion, and nothing after another request."""
    assert act(turned, DELETING, failure(), response({}, 404))[0].error.is_done is True
    run, _ = act(turned, TERMINATE, failure(), response({}, 404))
    assert run.error.is_done is None
    assert "could not check what the request did" in run.error.__notes__[0]
    assert act(turned, START, failure(), response({}, 404))[0].error.is_done is None


@pytest.mark.parametrize("field", ["killed_at", "finished_at"])
def test_lost_kill_is_seen_in_the_command(turned: Turned, field: str) -> None:
    """A command that has ended is the result of a lost kill request."""
    going = response({"result": {"id": "scd_1"}})
    ended = response({"result": {"id": "scd_1", field: "2026-01-01T00:00:00Z"}})
    run, service = act(turned, KILL, failure(), going, ended)
    assert run.result.id == "scd_1"
    assert service.sent == ["kill_session_command", "get_session_command", "get_session_command"]


def test_kill_without_effect_stays_unknown(turned: Turned) -> None:
    """A command that still runs at the deadline leaves the outcome unknown, and the error has the command."""
    run, service = act(turned, KILL, failure(), response({"result": {"id": "scd_1"}}))
    assert run.error.command.id == "scd_1"
    assert service.sent.count("kill_session_command") == 1


def test_command_that_may_run_is_a_candidate(turned: Turned) -> None:
    """The same command, younger than the call, is a candidate."""

    def listed(*commands: Any) -> Response:
        return response({"results": commands})

    old = {"id": "scd_0", "session_id": "ses_1", "shell_command": "ls", "created_at": "2025-01-01T00:00:00Z"}
    new = {**old, "id": "scd_1", "created_at": turned.clock().now().isoformat()}
    other = {**new, "id": "scd_2", "shell_command": "pwd"}
    undated = {"id": "scd_3", "session_id": "ses_1", "shell_command": "ls"}
    run, service = act(turned, RUN, failure(), listed(old, other), listed(old, other, new, undated))
    assert type(run.error) is OutcomeUnknownError
    assert run.error.candidates == ("scd_1", "scd_3")
    assert run.error.is_done is None
    assert service.sent == ["create_session_command", "list_session_commands", "list_session_commands"]


def test_throttled_probe_honours_retry_after(turned: Turned) -> None:
    """A probe that is throttled beyond the deadline is the last one."""
    run, service = act(turned, START, failure(), response({}, 429, retry_after="60"))
    assert run.error.is_done is None
    assert len(service.sent) == 2
    assert run.seconds == 0.0
