"""The errors of commands, and the exit code of each error."""

from __future__ import annotations

from collections.abc import Mapping

import click

from anyscale_sessions.exceptions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InvalidCredentialsError,
    InvalidRequestError,
    MissingCredentialsError,
    OperationFailedError,
    OutcomeUnknownError,
    ResponseDecodeError,
    UnreachableStateError,
    WaitTimeoutError,
)

OUTPUT_FAILED = 1
BAD_INPUT = 2
REFUSED = 3
UNREACHABLE = 4
WAIT_FAILED = 5
OUTCOME_UNKNOWN = 6
FAILED = 125
"""The code of every failure of a command that passes the exit code of another command through."""
INTERRUPTED = 130


class CommandError(Exception):
    """Something that the command needs is missing or unusable. The message says what to do."""


class SessionNotFoundError(Exception):
    """A project has no session with the name that the user gave."""


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
    SessionNotFoundError: REFUSED,
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


def exit_code_of(error: BaseException, failure_code: int | None = None) -> int:
    """Return the exit code for one of `EXPECTED_ERRORS`.

    `failure_code` is that of a command that passes another exit code through.
    """
    code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    return code if failure_code is None or code == INTERRUPTED else failure_code
