"""The base of all errors, and errors without a status: arguments, credentials, connections, responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from .._utils.records import Record
from .._utils.text import shown_name

BODY_LIMIT_BYTES = 4096


class Problem(Record, frozen=True):
    """One problem of a request.

    Attributes:
        field: the name of the argument or field.
        rule: the rule that it breaks.
        remedy: how to fix it.
    """

    field: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{shown_name(self.field)}: {self.rule}; {self.remedy}"


class SessionsError(Exception):
    """The base class of all errors.

    Attributes:
        request_id: the server's id of the request, if it sent one.
        status: the HTTP status of the last response, if there was one.
        attempts: the number of attempts to send the request.
        body: the start of the last response's body, at most 4 KiB, with secrets redacted.
        read: the items of a list that were read before an iteration failed, at most the last 1,000.
        read_count: the number of items that were read before an iteration failed.
        paging_token: the token of the page of a list that could not be read. Continue with it.
        session_id: the id of the session that the error is about or that the call leaves behind, if it is known.
        operation_id: the id of the start or the termination that the error is about, if it is known.
        command_id: the id of the command that the error is about, if it is known.
    """

    read: tuple[Any, ...] = ()
    read_count: int = 0
    paging_token: str | None = None
    session_id: str | None = None
    operation_id: str | None = None
    command_id: str | None = None

    def __init__(
        self,
        message: str = "",
        *,
        request_id: str | None = None,
        status: int | None = None,
        attempts: int = 0,
        body: str = "",
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
        self.status = status
        self.attempts = attempts
        self.body = body

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.args == self.args and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class InvalidRequestError(SessionsError, ValueError):
    """An argument breaks a rule of the API. Nothing was sent.

    Attributes:
        problems: every problem, with its field, rule and remedy.
    """

    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, what: str, problems: Sequence[Problem]) -> Self:
        """The error that lists these problems of `what` (an operation or a class)."""
        lines = "".join(f"\n  - {problem}" for problem in problems)
        error = cls(f"{what}: {len(problems)} problem{'s' if len(problems) > 1 else ''}{lines}")
        error.problems = tuple(problems)
        return error


class InvalidSessionError(InvalidRequestError):
    """A `CreateSession` breaks a rule. The error lists every problem and never shows the value of a secret."""


class MissingCredentialsError(SessionsError):
    """No token was found: no argument, no environment variable, and none in the credentials file."""


class InvalidCredentialsError(SessionsError, ValueError):
    """A token, a host or the credentials file was found but cannot be used."""


class APIConnectionError(SessionsError):
    """The server could not be reached, or the connection broke."""


class APITimeoutError(SessionsError, TimeoutError):
    """No complete response came within the timeout of an attempt or the deadline of the call."""


class ResponseDecodeError(SessionsError):
    """A response does not match the spec.

    Attributes:
        path: the JSON path of the mismatch.
    """

    path: str = "$"
