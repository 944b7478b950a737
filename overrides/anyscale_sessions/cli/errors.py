"""The errors of commands, what is printed for an error, and its exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from msgspec.structs import asdict

from anyscale_sessions.exceptions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InvalidCredentialsError,
    InvalidRequestError,
    MissingCredentialsError,
    OperationFailedError,
    OutcomeUnknownError,
    Problem,
    ResponseDecodeError,
    UnprocessableEntityError,
    UnreachableStateError,
    WaitTimeoutError,
)

from .fields import Fields

OUTPUT_FAILED = 1
BAD_INPUT = 2
REFUSED = 3
UNREACHABLE = 4
WAIT_FAILED = 5
OUTCOME_UNKNOWN = 6
INTERRUPTED = 130


class CommandError(Exception):
    """Something that the command needs is missing or unusable. The message says what to do."""


class SandboxRefusedError(Exception):
    """A sandbox refused a request.

    Attributes:
        status: the HTTP status of the sandbox's response.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SandboxUnreachableError(Exception):
    """No sandbox could be reached."""


class DemoError(Exception):
    """A step of the demo had an unexpected result."""


EXIT_CODES: Mapping[type[BaseException], int] = {
    click.ClickException: BAD_INPUT,
    CommandError: BAD_INPUT,
    InvalidRequestError: BAD_INPUT,
    MissingCredentialsError: BAD_INPUT,
    InvalidCredentialsError: BAD_INPUT,
    APIStatusError: REFUSED,
    SandboxRefusedError: REFUSED,
    APIConnectionError: UNREACHABLE,
    APITimeoutError: UNREACHABLE,
    ResponseDecodeError: UNREACHABLE,
    SandboxUnreachableError: UNREACHABLE,
    DemoError: WAIT_FAILED,
    OperationFailedError: WAIT_FAILED,
    UnreachableStateError: WAIT_FAILED,
    WaitTimeoutError: WAIT_FAILED,
    OutcomeUnknownError: OUTCOME_UNKNOWN,
    KeyboardInterrupt: INTERRUPTED,
}
EXPECTED_ERRORS = tuple(EXIT_CODES)
"""The exceptions that end a command with a message and an exit code. Any other exception is a bug in this program."""


def exit_code_of(error: BaseException) -> int:
    """Return the exit code for one of `EXPECTED_ERRORS`."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def error_fields(error: BaseException, created_session_id: str | None = None) -> Fields:
    """Return what to print for one of `EXPECTED_ERRORS`: the message for people, and more fields for programs.

    `created_session_id` is a session that the command created before it failed.
    """
    note = f"\nThe session {created_session_id} was created and still exists." if created_session_id else ""
    return {
        "type": type(error).__name__,
        "message": _message(error) + note,
        "problems": [asdict(problem) for problem in _problems(error)],
        "status": getattr(error, "status", None),
        "request_id": getattr(error, "request_id", None),
        "session_id": created_session_id or getattr(error, "session_id", None),
        "operation_id": getattr(error, "operation_id", None),
        "command_id": getattr(error, "command_id", None),
    }


def _message(error: BaseException) -> str:
    match error:
        case click.UsageError(ctx=click.Context() as context):
            return f"{error.format_message()}\nTry '{context.command_path} --help'."
        case KeyboardInterrupt():
            return "\n".join(("interrupted", *getattr(error, "__notes__", ())))
        case InvalidCredentialsError():
            return str(error).replace("allow_http=True", "--allow-http")  # the command has the option instead
        case _:
            return str(error)


def _problems(error: BaseException) -> Sequence[Problem]:
    return error.problems if isinstance(error, InvalidRequestError | UnprocessableEntityError) else ()
