"""Tests for `cli/error_messages.py`: remedies of the command line, ids and the last state of a failed wait."""

from __future__ import annotations

import click
import pytest

from anyscale_sessions import (
    APIConnectionError,
    AuthenticationError,
    CreateOutcomeUnknownError,
    InvalidCredentialsError,
    MissingCredentialsError,
    OperationFailedError,
    PermissionDeniedError,
    Session,
    SessionEvent,
    SessionOperation,
    SessionState,
    UnreachableStateError,
    WaitTimeoutError,
)
from anyscale_sessions._config.credentials import find_token
from anyscale_sessions._config.credentials_file import unusable
from anyscale_sessions.cli.error_messages import error_fields
from anyscale_sessions.create_session import CreateSession
from anyscale_sessions_api.types import Secret

from .session_file_problems import APP_CONFIG


def message_of(error: BaseException, *notes: str) -> str:
    """Return the message for people."""
    return str(error_fields(error, {}, notes)["message"])


@pytest.mark.parametrize(
    ("error", "remedies"),
    [
        (AuthenticationError("401"), ["anyscale-sessions login"]),
        (PermissionDeniedError("403"), ["anyscale-sessions whoami"]),
        (InvalidCredentialsError("the argument host: use https, or allow_http=True"), ["--host", "--allow-http"]),
        (APIConnectionError("not trusted; pass ca_file= if it is your own"), ["--ca-file", "SSL_CERT_FILE"]),
        (
            InvalidCredentialsError("x: pass token= for https://a.example, or use the same host for y"),
            ["anyscale-sessions login --host https://a.example"],
        ),
        (unusable("must be a file"), ["run `anyscale-sessions login`"]),
    ],
)
def test_remedies_are_those_of_the_command_line(error: Exception, remedies: list[str]) -> None:
    """A message names options and commands, and no arguments of Python functions."""
    message = message_of(error)
    assert [remedy for remedy in remedies if remedy not in message] == []
    assert "token=" not in message
    assert "=True" not in message
    assert "ca_file" not in message


def test_missing_token_names_login(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """The message for a missing token names the variable, the file and `login`, and no argument."""
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(MissingCredentialsError) as caught:
        find_token(Secret(None))
    assert message_of(caught.value) == (
        "no token: the environment variable ANYSCALE_CLI_TOKEN is not set, and ~/.anyscale/credentials.json does not "
        "exist; run `anyscale-sessions login`, or set ANYSCALE_CLI_TOKEN"
    )


def test_unknown_create_names_the_search() -> None:
    """The message for a create request whose outcome is unknown names the command that searches for the session."""
    body = CreateSession(**{**APP_CONFIG, "name": "my night"})
    message = message_of(CreateOutcomeUnknownError.of(body, APIConnectionError("lost"), {}))
    assert "reconcile" not in message
    assert message.endswith("anyscale-sessions list prj_1 --name 'my night'")


def test_usage_error_without_a_command() -> None:
    """An error of the arguments that has no command is its message."""
    assert message_of(click.UsageError("bad")) == "bad"
    assert message_of(click.BadParameter("bad")).startswith("Invalid value: bad")


def test_failed_wait_has_its_last_state_and_last_error() -> None:
    """A wait that failed has the last state, and the error of its last request."""
    error = WaitTimeoutError("timed out")
    error.session = Session(id="ses_1", state=SessionState.STARTINGUP)
    error.__cause__ = APIConnectionError("connection lost")
    fields = error_fields(error, {})
    assert (fields["last_state"], fields["last_error"]) == ("StartingUp", "connection lost")
    assert fields["message"] == "timed out\nLast error: connection lost"


def test_wait_for_an_operation_has_its_progress() -> None:
    """A wait for an operation that failed has the last progress of the operation."""
    error = WaitTimeoutError("timed out")
    error.operation = SessionOperation.from_dict({"id": "sop_1", "progress": {"message": "Starting."}})
    assert message_of(error) == "timed out\nLast progress: Starting."


def test_unreachable_state_has_the_last_event() -> None:
    """A state that cannot be reached has the last event of the session, if there is one."""
    error = UnreachableStateError("cannot reach Running")
    error.events = (SessionEvent(id="e", description="No machines."),)
    assert message_of(error) == "cannot reach Running\nLast event: No machines."
    assert message_of(UnreachableStateError("cannot reach Running")) == "cannot reach Running"


def test_ids_come_from_the_error_before_the_command() -> None:
    """The ids of an error are its own, or else those that the command knows."""
    error = OperationFailedError("failed")
    error.session_id, error.operation_id, error.command_id = "ses_9", "sop_1", "scd_1"
    known = {"session_id": "ses_1", "operation_id": "sop_9", "command_id": "scd_9"}
    fields = error_fields(error, known)
    assert (fields["session_id"], fields["operation_id"], fields["command_id"]) == ("ses_9", "sop_1", "scd_1")
    fields = error_fields(KeyboardInterrupt(), known)
    assert (fields["session_id"], fields["operation_id"], fields["command_id"]) == ("ses_1", "sop_9", "scd_9")


def test_notes_come_last() -> None:
    """What the command leaves behind comes after the message."""
    assert message_of(KeyboardInterrupt(), "One.", "Two.") == "interrupted\nOne.\nTwo."
