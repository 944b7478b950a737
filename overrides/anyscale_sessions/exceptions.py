"""All errors and warnings of the package.

SessionsError
├── InvalidRequestError (ValueError)       an argument breaks a rule; nothing was sent
│   └── InvalidSessionError                a CreateSession breaks a rule
├── MissingCredentialsError                no token was found
├── InvalidCredentialsError (ValueError)   a token, a host or the credentials file cannot be used
├── APIConnectionError                     the server could not be reached, or the connection broke
├── APITimeoutError (TimeoutError)         no response within the timeout or the deadline
├── ResponseDecodeError                    a response does not match the spec
├── APIStatusError                         the server refused the request:
│   ├── BadRequestError                    400
│   ├── AuthenticationError                401
│   ├── PermissionDeniedError              403
│   ├── NotFoundError                      404
│   ├── ConflictError                      409
│   ├── UnprocessableEntityError           422, with a problem for each field
│   ├── RateLimitError                     429, with the seconds to wait
│   └── ServerError                        5xx
├── OutcomeUnknownError                    the request was sent, and it is unknown whether it was applied
│   └── CreateOutcomeUnknownError          the session may exist or not
├── WaitTimeoutError (TimeoutError)        a wait took too long; it can be resumed
├── UnreachableStateError                  the session cannot reach the state without a new request
└── OperationFailedError                   a start or a termination ended with an error

SessionsWarning (UserWarning)
├── TokenIgnoredWarning                    a token for a private user service
├── InternalFieldWarning                   a field that the platform sets itself
├── InsecureCredentialsWarning             other users of this machine can read the credentials file
└── UnusableSettingWarning                 an environment variable of this package has an unknown value
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, overload

from anyscale_sessions_api import models

from ._fingerprint import CreateFingerprint
from ._utils.records import Record
from ._utils.text import shown_name

R_co = TypeVar("R_co", covariant=True)

BODY_LIMIT_BYTES = 4096


class Searcher(Protocol[R_co]):
    """A client of this package. The result of an asynchronous one is awaited."""

    def reconcile_create(self, unknown: CreateOutcomeUnknownError) -> R_co:
        """Search for the session."""
        ...


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
    """

    read: tuple[Any, ...] = ()
    read_count: int = 0
    paging_token: str | None = None

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


class APIStatusError(SessionsError):
    """The server refused the request."""


class BadRequestError(APIStatusError):
    """400: the server did not understand the request."""


class AuthenticationError(APIStatusError):
    """401: the token is missing."""


class PermissionDeniedError(APIStatusError):
    """403: the token is not valid, or does not allow this."""


class NotFoundError(APIStatusError):
    """404: the thing that the request names does not exist, or this user cannot see it."""


class ConflictError(APIStatusError):
    """409: the current state does not allow the request."""


class UnprocessableEntityError(APIStatusError):
    """422: the request breaks a rule of the API.

    Attributes:
        problems: the problems that the server reports, one for each field.
    """

    problems: tuple[Problem, ...] = ()


class RateLimitError(APIStatusError):
    """429: too many requests.

    Attributes:
        retry_after: the seconds that the server asks to wait, if it sent them.
    """

    retry_after: float | None = None


class ServerError(APIStatusError):
    """5xx: the server failed.

    Attributes:
        retry_after: the seconds that the server asks to wait, if it sent them.
    """

    retry_after: float | None = None


class OutcomeUnknownError(SessionsError):
    """A request was sent and no usable response came: the outcome is unknown. The request was not sent again.

    Attributes:
        is_done: `True` if the client saw later that the request was applied; otherwise `None`.
        session: the session as last read, for a start or a termination.
        command: the command as last read, for a kill.
        candidates: the ids of objects that the request may have created. They are possible matches, not proof.
    """

    is_done: bool | None = None
    session: models.Session | None = None
    command: models.SessionCommand | None = None
    candidates: tuple[str, ...] = ()


class CreateOutcomeUnknownError(OutcomeUnknownError):
    """A create request was sent and no usable response came: the session may exist or not. It was not sent again.

    Attributes:
        name: the name of the session.
        project_id: the project of the session.
        fingerprint: what `reconcile` searches for. It holds no secret.
        candidates: the ids of sessions with that name that were created since. Each may belong to another caller.
    """

    __slots__ = ("client",)  # not among the attributes: it is neither copied nor pickled nor compared
    if TYPE_CHECKING:
        client: Searcher[Any]
    name: str = ""
    project_id: str = ""
    fingerprint: CreateFingerprint | None = None

    @classmethod
    def of(cls, body: object, cause: SessionsError, fields: Mapping[str, Any]) -> Self:
        """The error of a create request with this body."""
        name, project_id = str(getattr(body, "name", "")), str(getattr(body, "project_id", ""))
        error = cls(
            f"create_session: the outcome is unknown: session {name!r} in project {project_id!r} may exist or not: "
            f"{cause}; the request was not sent again: call reconcile(), or search for the session before you retry",
            **fields,
        )
        error.name, error.project_id = name, project_id
        return error

    @overload
    def reconcile(self, client: Searcher[R_co]) -> R_co: ...
    @overload
    def reconcile(self, client: None = None) -> Any: ...
    def reconcile(self, client: Searcher[Any] | None = None) -> Any:
        """Search for the session again, until the client's deadline, and return it if it is certainly this one.

        Args:
            client: the client to search with. In the process where the error was raised, it can be left out. Await the
                result of an `AsyncSessionsClient`.

        Raises:
            CreateOutcomeUnknownError: it is still unknown; see its `candidates`.
            InvalidRequestError: there is no client to search with.
        """
        search = getattr(client or getattr(self, "client", None), "reconcile_create", None)
        if search is None:
            problem = Problem("client", "must be a client of this package", "pass the client to search with")
            raise InvalidRequestError.of("reconcile", [problem])
        return search(self)


class WaitTimeoutError(SessionsError, TimeoutError):
    """A wait took too long. It can be resumed with the same id.

    Attributes:
        session: the session as last read, if the wait was for a session.
        operation: the operation as last read, if the wait was for an operation.
        command: the command as last read, if the wait was for a command.
    """

    session: models.Session | None = None
    operation: models.SessionOperation | None = None
    command: models.SessionCommand | None = None


class UnreachableStateError(SessionsError):
    """The session cannot reach the state waited for without a new request, such as another start.

    Attributes:
        session: the session as last read.
        events: its latest events, oldest first, if they could be read.
    """

    session: models.Session | None = None
    events: tuple[models.SessionEvent, ...] = ()


class OperationFailedError(SessionsError):
    """A start or a termination ended with an error.

    Attributes:
        operation: the operation as last read.
    """

    operation: models.SessionOperation | None = None


class SessionsWarning(UserWarning):
    """The base class of all warnings."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.args == self.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class TokenIgnoredWarning(SessionsWarning):
    """A token was passed for a private user service, which does not use one. It is not sent."""


class InternalFieldWarning(SessionsWarning):
    """A field was passed that the platform sets itself."""


class InsecureCredentialsWarning(SessionsWarning):
    """Other users of this machine can read the credentials file."""


class UnusableSettingWarning(SessionsWarning):
    """An environment variable of this package has an unknown value, which is ignored."""


ERRORS_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
