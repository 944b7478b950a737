"""The URL of a session's user service, and the headers that open it."""

from __future__ import annotations

from anyscale_sessions_api import models
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes
from anyscale_sessions_api.types import Secret

from ._utils.records import Record
from .exceptions import InvalidRequestError, Problem


class UserService(Record, frozen=True):
    """A session's user service.

    Attributes:
        url: its URL.
        headers: the headers that authenticate a request to it. The repr does not show them.
    """

    _hidden = frozenset({"headers"})

    url: str
    headers: dict[str, str]


def user_service_of(session: object) -> UserService:
    """The user service of a session. Raises `InvalidRequestError` if it has none."""
    if not isinstance(session, models.Session):
        problem = Problem("session", "must be a Session", "pass the result of get_session")
        raise InvalidRequestError.of("user_service", [problem])
    token = Secret(_service_token(session))
    if not session.user_service_url or not token.value:
        problem = Problem("session", "must have a user service", "wait until the session runs, and get it again")
        raise InvalidRequestError.of("user_service", [problem])
    return UserService(session.user_service_url, {"Authorization": f"Bearer {token.value}"})


def _service_token(session: models.Session) -> str | None:
    """The token of a session's user service: its own if it is public, the session's access token if it is private."""
    if session.user_service_access == UserServiceAccessTypes.PRIVATE:
        return session.access_token
    if session.user_service_access == UserServiceAccessTypes.PUBLIC:
        return session.user_service_token
    return session.user_service_token or session.access_token
