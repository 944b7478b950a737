"""What the sandbox raises: to whoever runs it, and as the refusals that its HTTP responses are made of.

SandboxError
├── SandboxDatabaseError    a database file that cannot be used
├── SandboxAddressError     a host and port that cannot be listened on
└── SandboxRuntimeError     a runtime that cannot be used on this machine

Refusal                     a request that is answered with 4xx or 5xx
├── BadRequestError      400
├── AuthenticationError    401
├── PermissionDeniedError       403
├── NotFoundError        404
├── ConflictError        409
├── TooLarge        413
├── UnprocessableEntityError   422
├── NotBuilt        501
└── Unavailable     503
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple, TypeAlias

# The way to a value in a request or a response, such as ("body", "paging", "count").
Loc: TypeAlias = tuple[str | int, ...]


class SandboxError(Exception):
    """The sandbox cannot be run as asked; its text is one line for the person who asked."""


class SandboxDatabaseError(SandboxError):
    """A database file that cannot be used. The file is left as it was.

    `path` is the file, `reason` says what is wrong with it, `remedy` what to do about it.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, remedy: str) -> None:
        super().__init__(path, reason, remedy)
        self.path = os.fspath(path)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"sandbox database {self.path}: {self.reason}; {self.remedy}"


class SandboxAddressError(SandboxError):
    """An address that cannot be listened on; `host`, `port` and `reason` say which and why."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(host, port, reason)
        self.host = host
        self.port = port
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot listen on {self.host} port {self.port}: {self.reason}"


class SandboxRuntimeError(SandboxError):
    """A runtime that cannot be used on this machine; `name` and `reason` say which and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"the {self.name} runtime cannot be used: {self.reason}"


class Problem(NamedTuple):
    """One problem in a request or a response: the way to the value, a text for people and one for programs.

    Its texts are made from the spec alone, so that no value, and thus no secret, is ever repeated in them.
    """

    loc: Loc
    msg: str
    type: str


class Refusal(Exception):
    """A request that is not done; `detail` says why to the caller and holds no secret."""

    status = 500

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def body(self) -> dict[str, Any]:
        """The response's body, in the envelope that upstream uses for this status."""
        return {"error": {"detail": self.detail}}


class BadRequestError(Refusal):
    """The request asks the sandbox for something that makes no sense."""

    status = 400


class AuthenticationError(Refusal):
    """No token was sent."""

    status = 401


class PermissionDeniedError(Refusal):
    """The token sent is not the sandbox's."""

    status = 403


class NotFoundError(Refusal, LookupError):
    """What the request names does not exist."""

    status = 404


class ConflictError(Refusal):
    """The present state does not allow what was asked for."""

    status = 409


class TooLarge(Refusal):
    """The body is larger than the sandbox reads."""

    status = 413


class UnprocessableEntityError(Refusal):
    """The request breaks the spec; `problems` names every place."""

    status = 422

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("The request is not valid.")
        self.problems = problems

    def body(self) -> dict[str, Any]:
        """Upstream's envelope for a request that is not valid."""
        return {"detail": [{"loc": list(loc), "msg": msg, "type": kind} for loc, msg, kind in self.problems]}


class Unavailable(Refusal):
    """The sandbox ends before the request was done."""

    status = 503


class NotBuilt(Refusal):
    """The spec has the operation, and the sandbox has nothing that does it."""

    status = 501
