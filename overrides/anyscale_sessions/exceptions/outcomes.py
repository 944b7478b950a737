"""Errors about what came of a request: unknown outcomes, waits and failed operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, overload

from anyscale_sessions_api import models

from .._fingerprint import CreateFingerprint
from .base import InvalidRequestError, Problem, SessionsError

R_co = TypeVar("R_co", covariant=True)


class Searcher(Protocol[R_co]):
    """A client of this package. The result of an asynchronous one is awaited."""

    def reconcile_create(self, unknown: CreateOutcomeUnknownError) -> R_co:
        """Search for the session."""
        ...


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
