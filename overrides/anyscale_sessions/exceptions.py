"""Every error the package raises, and its warnings.

SessionsError
├── InvalidRequestError (ValueError)      an argument breaks a rule; nothing was sent
│   └── InvalidSessionError               a CreateSession does
├── MissingCredentialsError               no token was found
├── InvalidCredentialsError (ValueError)  a token, a host or the credentials file cannot be used
├── APIConnectionError                 the server could not be reached, or the connection broke
├── APITimeoutError (TimeoutError)    no response within the timeout or the deadline
├── ResponseDecodeError                 a response came that does not have the promised shape
├── APIStatusError                         the server refused:
│   ├── BadRequestError                   400
│   ├── AuthenticationError                 401
│   ├── PermissionDeniedError                    403
│   ├── NotFoundError                     404
│   ├── ConflictError                     409
│   ├── UnprocessableEntityError                422, with the problems field by field
│   ├── RateLimitError                    429, with the seconds to wait
│   └── ServerError                  5xx
├── OutcomeUnknownError                   what was asked for may have been done or not
│   └── CreateOutcomeUnknownError         the session may exist or not
├── WaitTimeoutError (TimeoutError)       a wait took too long; it can be resumed
├── UnreachableStateError          the state waited for cannot come any more
└── OperationFailedError                  a start or a termination ended with an error

SessionsWarning (UserWarning)
├── TokenIgnoredWarning          a token for a private user service
├── InternalFieldWarning             a field that the platform sets itself
├── InsecureCredentialsWarning               others on this machine can read the credentials file
└── UnusableSettingWarning                  an environment variable of ours makes no sense
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, overload

from ._utils.records import Record
from ._utils.text import shown_name

R_co = TypeVar("R_co", covariant=True)

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session, SessionCommand, SessionEvent, SessionOperation

    from ._fingerprint import CreateFingerprint

    class Searcher(Protocol[R_co]):
        """A client of this package; an asynchronous one gives what is to be awaited."""

        def reconcile_create(self, unknown: CreateOutcomeUnknownError) -> R_co:
            """Search for the session."""
            ...


BODY_LIMIT_BYTES = 4096


class Problem(Record, frozen=True):
    """One thing that is wrong with a request.

    Attributes:
        field: the name of the argument or field.
        rule: what it must be.
        remedy: what to do.
    """

    field: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{shown_name(self.field)}: {self.rule}; {self.remedy}"


class SessionsError(Exception):
    """The root of the tree.

    Attributes:
        request_id: the server's id of the request, where it gave one.
        status: the HTTP status of the last response, where there was one.
        attempts: how many times the request was sent, or tried to be.
        body: the start of the last response's body, at most 4 KiB, with secrets redact.
        read: where a walk through a list failed, the items that it had read before; of many the last 1,000.
        read_count: how many items that walk had read.
        paging_token: where to go on with that list: the token of the page that could not be read.
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
        problems: everything that is wrong, each with its field, the rule and the remedy.
    """

    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, what: str, problems: Sequence[Problem]) -> Self:
        """The error that lists these problems with `what` (an operation or a class)."""
        lines = "".join(f"\n  - {problem}" for problem in problems)
        error = cls(f"{what}: {len(problems)} problem{'s' if len(problems) > 1 else ''}{lines}")
        error.problems = tuple(problems)
        return error


class InvalidSessionError(InvalidRequestError):
    """A `CreateSession` breaks a rule: every problem at once, and never the value of a secret."""


class MissingCredentialsError(SessionsError):
    """No token was found in any of the places where it is looked for."""


class InvalidCredentialsError(SessionsError, ValueError):
    """A token, a host or the credentials file is there but cannot be used."""


class APIConnectionError(SessionsError):
    """The server could not be reached, or the connection broke."""


class APITimeoutError(SessionsError, TimeoutError):
    """No complete response came within the timeout of an attempt or the deadline of the call."""


class ResponseDecodeError(SessionsError):
    """A response came that does not have the shape the API promises.

    Attributes:
        path: where, as a JSON path.
    """

    path: str = "$"


class APIStatusError(SessionsError):
    """The server refused the request."""


class BadRequestError(APIStatusError):
    """400: the server could not make sense of the request."""


class AuthenticationError(APIStatusError):
    """401: the token is missing."""


class PermissionDeniedError(APIStatusError):
    """403: the token is not valid, or does not allow this."""


class NotFoundError(APIStatusError):
    """404: what the request names does not exist, or is not visible to this user."""


class ConflictError(APIStatusError):
    """409: the present state does not allow this."""


class UnprocessableEntityError(APIStatusError):
    """422: the request breaks a rule of the API.

    Attributes:
        problems: what the server says is wrong, field by field.
    """

    problems: tuple[Problem, ...] = ()


class RateLimitError(APIStatusError):
    """429: too many requests.

    Attributes:
        retry_after: seconds that the server asks to wait, where it says.
    """

    retry_after: float | None = None


class ServerError(APIStatusError):
    """5xx: the server failed.

    Attributes:
        retry_after: seconds that the server asks to wait, where it says.
    """

    retry_after: float | None = None


class OutcomeUnknownError(SessionsError):
    """Something was asked for and no usable response came: it may have been done or not. It was not sent again.

    Attributes:
        is_done: `True` where it was seen afterwards that it was done, though the response is lost; else `None`.
        session: the session as last seen, for a start or a termination.
        command: the command as last seen, for a kill.
        candidates: ids of what may have come of it; evidence, no proof.
    """

    is_done: bool | None = None
    session: Session | None = None
    command: SessionCommand | None = None
    candidates: tuple[str, ...] = ()


class CreateOutcomeUnknownError(OutcomeUnknownError):
    """A create was sent and no usable response came: the session may exist or not. It was not sent again.

    Attributes:
        name: the name that the session would have.
        project_id: the project it would be in.
        fingerprint: what `reconcile` looks for; it holds no secret.
        candidates: ids of sessions with that name, created there since; each may be the one, or somebody else's.
    """

    __slots__ = ("client",)  # not among the attributes: it is neither copied nor pickled nor compared
    if TYPE_CHECKING:
        client: Searcher[Any]
    name: str = ""
    project_id: str = ""
    fingerprint: CreateFingerprint | None = None

    @classmethod
    def of(cls, body: object, cause: SessionsError, facts: Mapping[str, Any]) -> Self:
        """The error for the creation of this session."""
        name, project_id = str(getattr(body, "name", "")), str(getattr(body, "project_id", ""))
        error = cls(
            f"create_session: session {name!r} in project {project_id!r} may exist or not: {cause}; "
            "it was not sent again: search for it before you create it anew",
            **facts,
        )
        error.name, error.project_id = name, project_id
        return error

    @overload
    def reconcile(self, client: Searcher[R_co]) -> R_co: ...
    @overload
    def reconcile(self, client: None = None) -> Any: ...
    def reconcile(self, client: Searcher[Any] | None = None) -> Any:
        """Search for the session once more, within the client's deadline, and return it if it is this one for certain.

        Args:
            client: the client to search with; it can be left out in the process in which the error was raised. With an
                `AsyncSessionsClient` the result is to be awaited.

        Raises:
            CreateOutcomeUnknownError: it is still not certain; look at its `candidates`.
            InvalidRequestError: there is no client to search with.
        """
        found: Any = client or getattr(self, "client", None)
        search = getattr(found, "reconcile_create", None)
        if search is None:
            problem = Problem("client", "must be a client of this package", "pass the client to search with")
            raise InvalidRequestError.of("reconcile", [problem])
        return search(self)


class WaitTimeoutError(SessionsError, TimeoutError):
    """What was waited for did not come in time. Waiting can be resumed with the same id.

    Attributes:
        session: the session as last seen, for a wait on a session.
        operation: the operation as last seen, for a wait on an operation.
        command: the command as last seen, for a wait on a command.
    """

    session: Session | None = None
    operation: SessionOperation | None = None
    command: SessionCommand | None = None


class UnreachableStateError(SessionsError):
    """The session cannot come to the state waited for, unless somebody asks it to.

    Attributes:
        session: the session as last seen.
        events: its latest events, oldest first, as far as they could be read.
    """

    session: Session | None = None
    events: tuple[SessionEvent, ...] = ()


class OperationFailedError(SessionsError):
    """A start or a termination ended with an error.

    Attributes:
        operation: the operation as last seen.
    """

    operation: SessionOperation | None = None


class SessionsWarning(UserWarning):
    """The root of the warnings."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.args == self.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class TokenIgnoredWarning(SessionsWarning):
    """A token was given for a private user service, which has no use for it: it is not sent."""


class InternalFieldWarning(SessionsWarning):
    """A field was given that the platform sets itself."""


class InsecureCredentialsWarning(SessionsWarning):
    """The credentials file can be read by others on this machine."""


class UnusableSettingWarning(SessionsWarning):
    """An environment variable of this package has a value that makes no sense; it is ignored."""


ERRORS_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
