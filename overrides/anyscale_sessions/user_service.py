"""Where a session's user service is, and what opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyscale_sessions_api import models
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes

from ._utils.records import Record
from .exceptions import InvalidRequestError, Problem

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session


class UserService(Record, frozen=True):
    """Where a session's user service is, and the headers that open it. Its repr does not show them."""

    _hidden = frozenset({"headers"})

    url: str
    headers: dict[str, str]


def user_service_of(session: object) -> UserService:
    """The user service of a session. Raises `InvalidRequestError` if it has none."""
    if not isinstance(session, models.Session):
        raise InvalidRequestError.of(
            "user_service", [Problem("session", "must be a Session", "pass what get_session gave")]
        )
    token = _service_token(session)
    if not session.user_service_url or not token:
        problem = Problem("session", "must have a user service", "wait until it runs, and get it again")
        raise InvalidRequestError.of("user_service", [problem])
    return UserService(session.user_service_url, {"Authorization": f"Bearer {token}"})


def _service_token(session: Session) -> str | None:
    """What opens a session's user service: a token of its own if it is public, the session's if it is private."""
    if session.user_service_access == UserServiceAccessTypes.PRIVATE:
        return session.access_token
    if session.user_service_access == UserServiceAccessTypes.PUBLIC:
        return session.user_service_token
    return session.user_service_token or session.access_token
