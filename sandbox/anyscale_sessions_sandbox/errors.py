"""The errors of the sandbox: those for its user, and those that become HTTP error responses.

SandboxError
├── SandboxDatabaseError         a database file that cannot be used
├── SandboxAddressError          a host and port that cannot be listened on
├── SandboxRuntimeError          a runtime that cannot be used on this machine
└── UnknownNameError             a name that the OpenAPI document does not have

APIError                         a request that is answered with 4xx or 5xx
├── BadRequestError              400
├── AuthenticationError          401
├── PermissionDeniedError        403
├── NotFoundError                404
├── ConflictError                409
├── ContentTooLargeError         413
├── UnprocessableEntityError     422
├── NotSupportedError            501
└── ServiceUnavailableError      503
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple, TypeAlias

# The place of a value in a request or a response, such as ("body", "paging", "count").
Loc: TypeAlias = tuple[str | int, ...]


class SandboxError(Exception):
    """The sandbox cannot do what its user asked. The text is one line that says why."""


class SandboxDatabaseError(SandboxError):
    """A database file cannot be used. The file is not changed.

    `path` is the file, `reason` says what is wrong with it, and `remedy` what to do.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, remedy: str) -> None:
        super().__init__(path, reason, remedy)
        self.path = os.fspath(path)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"sandbox database {self.path}: {self.reason}; {self.remedy}"


class SandboxAddressError(SandboxError):
    """The sandbox cannot listen on an address; `host`, `port` and `reason` say which and why."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(host, port, reason)
        self.host = host
        self.port = port
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot listen on {self.host} port {self.port}: {self.reason}"


class SandboxRuntimeError(SandboxError):
    """A runtime cannot be used on this machine; `name` and `reason` say which and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"the {self.name} runtime cannot be used: {self.reason}"


class UnknownNameError(SandboxError, TypeError, ValueError):
    """A test uses the name of an operation, a parameter or a field that the OpenAPI document does not have.

    It is a TypeError because conditions are keyword arguments, and a ValueError because operations are values.
    """


class Problem(NamedTuple):
    """One problem of a request or a response: its place, a message, and a type for programs.

    Both texts are made from the OpenAPI document alone, so that they never repeat a value, which may be secret.
    """

    loc: Loc
    msg: str
    type: str


class APIError(Exception):
    """A request that is answered with an error; `detail` tells the caller why and contains no secret."""

    status = 500

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def body(self) -> dict[str, Any]:
        """The response body, in the envelope that upstream uses for this status."""
        return {"error": {"detail": self.detail}}


class BadRequestError(APIError):
    """The request asks for something that the sandbox cannot do."""

    status = 400


class AuthenticationError(APIError):
    """No token was sent."""

    status = 401


class PermissionDeniedError(APIError):
    """The token is not the one of this sandbox."""

    status = 403


class NotFoundError(APIError, LookupError):
    """The requested resource does not exist."""

    status = 404


class ConflictError(APIError):
    """The current state does not allow the request."""

    status = 409


class ContentTooLargeError(APIError):
    """The body is larger than the sandbox accepts."""

    status = 413


class UnprocessableEntityError(APIError):
    """The request breaks the OpenAPI document; `problems` names every place."""

    status = 422

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("The request is not valid.")
        self.problems = problems

    def body(self) -> dict[str, Any]:
        """The response body, in upstream's envelope for an invalid request."""
        return {"detail": [{"loc": list(loc), "msg": msg, "type": kind} for loc, msg, kind in self.problems]}


class ServiceUnavailableError(APIError):
    """The sandbox cannot perform the request now: it stops, or it has too much to do."""

    status = 503


class NotSupportedError(APIError):
    """The OpenAPI document has the operation, but the sandbox does not implement it."""

    status = 501
