"""What is printed for an error: the message for people, with remedies of the command line, and fields for programs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

import click
from msgspec.structs import asdict

from anyscale_sessions._config.credentials import TOKEN_VARIABLE
from anyscale_sessions.exceptions import (
    AuthenticationError,
    CreateOutcomeUnknownError,
    InvalidRequestError,
    PermissionDeniedError,
    Problem,
    UnprocessableEntityError,
    UnreachableStateError,
    WaitTimeoutError,
)

from .command import NAME
from .fields import Fields

IDS = ("session_id", "operation_id", "command_id")
# What the messages of the client say about its arguments, and what the command line has instead.
_REMEDIES = (
    (re.compile(r"allow_http=True"), "--allow-http"),
    (re.compile(r"pass ca_file= if it is your own"), "pass --ca-file, or set SSL_CERT_FILE, if it is your own"),
    (re.compile(r"\bca_file\b"), "--ca-file"),
    (re.compile(r"the argument host\b"), "--host"),
    (
        re.compile(r"pass token= for (\S+), or use the same host"),
        rf"run `{NAME} login --host \1`, or use the same host",
    ),
    (re.compile(r"pass token=,"), f"run `{NAME} login`,"),
    (re.compile(r"the argument token is None, "), ""),
    (re.compile(r"set the token in one of these places \(.*\)"), f"run `{NAME} login`, or set {TOKEN_VARIABLE}"),
    (re.compile(r", or pass trust_env=False"), ""),
)


def error_fields(error: BaseException, ids: Mapping[str, str], notes: Sequence[str] = ()) -> Fields:
    """Return what to print for an error that ends a command.

    Args:
        error: one of `EXPECTED_ERRORS`.
        ids: the ids of what the command has created or is about, if the error does not have them.
        notes: what is left behind, and how to continue.
    """
    last_state, last_error = _last_state(error), _last_error(error)
    lines = [_message(error), *_details(error, last_error), *notes]
    return {
        "type": type(error).__name__,
        "message": "\n".join(lines),
        "problems": [asdict(problem) for problem in _problems(error)],
        "status": getattr(error, "status", None),
        "request_id": getattr(error, "request_id", None),
        **{name: getattr(error, name, None) or ids.get(name) for name in IDS},
        "last_state": last_state,
        "last_error": last_error,
    }


def _message(error: BaseException) -> str:
    match error:
        case click.UsageError(ctx=click.Context() as context):
            return f"{error.format_message()}\nTry '{context.command_path} --help'."
        case click.ClickException():
            return error.format_message()
        case KeyboardInterrupt():
            return "\n".join(("interrupted", *getattr(error, "__notes__", ())))
        case CreateOutcomeUnknownError():
            return str(error).partition(": call reconcile()")[0]
        case _:
            text = str(error)
            for pattern, replacement in _REMEDIES:
                text = pattern.sub(replacement, text)
            return text


def _details(error: BaseException, last_error: str | None) -> Iterator[str]:
    match error:
        case CreateOutcomeUnknownError():
            search = f"{NAME} list {error.project_id} --name {shlex.quote(error.name)}"
            yield f"Search for the session before you retry: {search}"
        case AuthenticationError():
            yield f"The token was not accepted. To save another one: {NAME} login"
        case PermissionDeniedError():
            yield f"The token may not be accepted, or may not do this. To find out: {NAME} whoami"
        case WaitTimeoutError(operation=operation) if operation is not None and operation.progress is not None:
            yield f"Last progress: {operation.progress.message}"
        case UnreachableStateError() if error.events:
            yield f"Last event: {error.events[-1].description}"
        case _:
            pass
    if last_error is not None:
        yield f"Last error: {last_error}"


def _problems(error: BaseException) -> Sequence[Problem]:
    return error.problems if isinstance(error, InvalidRequestError | UnprocessableEntityError) else ()


def _last_state(error: BaseException) -> str | None:
    session = getattr(error, "session", None)
    state = getattr(session, "state", None)
    return None if state is None else str(state)


def _last_error(error: BaseException) -> str | None:
    """Return the error of the last request of a wait, if that failed."""
    return str(error.__cause__) if isinstance(error, WaitTimeoutError) and error.__cause__ is not None else None
