"""The errors of HTTP statuses."""

from __future__ import annotations

from .base import Problem, SessionsError


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


ERRORS_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
