"""What a command that failed says, and the code it exits with."""

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

from .facts import Facts

OUTPUT_LOST = 1
BAD_INPUT = 2
REFUSED = 3
UNREACHABLE = 4
NOT_THERE = 5
OUTCOME_UNKNOWN = 6
INTERRUPTED = 130


class CannotRun(Exception):
    """What the command needs is missing or cannot be used; its text says what to do."""


class SandboxRefused(Exception):
    """A sandbox does not do what is asked of it; `status` is that of its response."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SandboxUnreached(Exception):
    """No sandbox answers."""


class NotAsExpected(Exception):
    """A session did not go the way it should."""


EXIT_CODES: Mapping[type[BaseException], int] = {
    click.ClickException: BAD_INPUT,
    CannotRun: BAD_INPUT,
    InvalidRequestError: BAD_INPUT,
    MissingCredentialsError: BAD_INPUT,
    InvalidCredentialsError: BAD_INPUT,
    APIStatusError: REFUSED,
    SandboxRefused: REFUSED,
    APIConnectionError: UNREACHABLE,
    APITimeoutError: UNREACHABLE,
    ResponseDecodeError: UNREACHABLE,
    SandboxUnreached: UNREACHABLE,
    NotAsExpected: NOT_THERE,
    OperationFailedError: NOT_THERE,
    UnreachableStateError: NOT_THERE,
    WaitTimeoutError: NOT_THERE,
    OutcomeUnknownError: OUTCOME_UNKNOWN,
    KeyboardInterrupt: INTERRUPTED,
}
EXPECTED = tuple(EXIT_CODES)
"""The exceptions that are told in one message. Any other is a mistake in this program."""


def exit_code_of(error: BaseException) -> int:
    """The exit code for an expected exception."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def told(error: BaseException, created_session_id: str | None = None) -> Facts:
    """An expected exception as facts: what it is, what to say to people, and what programs may want to know.

    `created_session_id` is a session that the command created before it failed.
    """
    left = f"\nThe session {created_session_id} was created; it is left as it is." if created_session_id else ""
    return {
        "type": type(error).__name__,
        "message": _message(error) + left,
        "problems": [asdict(problem) for problem in _problems(error)],
        "status": getattr(error, "status", None),
        "request_id": getattr(error, "request_id", None),
        "session_id": created_session_id or _session_id(error),
    }


def _message(error: BaseException) -> str:
    match error:
        case click.UsageError(ctx=click.Context() as context):
            return f"{error.format_message()}\nTry '{context.command_path} --help'."
        case KeyboardInterrupt():
            return "interrupted"
        case _:
            return str(error)


def _problems(error: BaseException) -> Sequence[Problem]:
    return error.problems if isinstance(error, InvalidRequestError | UnprocessableEntityError) else ()


def _session_id(error: BaseException) -> str | None:
    """The session that an error is about, where it knows."""
    if isinstance(error, WaitTimeoutError | UnreachableStateError) and error.session is not None:
        return error.session.id
    if isinstance(error, WaitTimeoutError | OperationFailedError) and error.operation is not None:
        return error.operation.session_id
    return None
