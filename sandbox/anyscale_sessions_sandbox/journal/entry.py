"""One journal entry: a request and its response."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

from .redaction import Redactor

# The parts of a request with the token that are kept: of each body, of all headers, and of the path and the query.
MAX_BODY_BYTES_KEPT = 64 * 1024
MAX_HEADER_BYTES_KEPT = 64 * 1024
MAX_TARGET_CHARACTERS_KEPT = 64 * 1024
# The part of each text that is kept of any other request.
MAX_HEAD_CHARACTERS_KEPT = 200

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Entry:
    """A request and its response. The first 64 KiB of each body are kept; `size` and `response_size` are full sizes.

    Of a request without the token, only the beginning of its path and query is kept, and nothing of its headers and
    bodies. `is_authenticated` is False then, and both sizes are 0.

    `status` is None until a response is sent, and remains None if none is sent.
    """

    number: int
    time: str
    method: str
    target: str = field(repr=False)
    operation: str | None = None
    path: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    status: int | None = None
    fault: str | None = None
    duration_s: float | None = None
    size: int = 0
    response_size: int = 0
    request_headers: Headers = field(default=(), repr=False)
    response_headers: Headers = field(default=(), repr=False)
    request_content: bytes = field(default=b"", repr=False)
    response_content: bytes = field(default=b"", repr=False)
    is_authenticated: bool = False

    @property
    def query(self) -> dict[str, str]:
        """The query, with the last value of each key."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query, True).items()}  # noqa: FBT003

    @property
    def body(self) -> Any:
        """The request body if it is JSON, else None. It is not redacted; `to_dict` redacts it."""
        return _json(self.request_content)

    @property
    def response(self) -> Any:
        """The response body if it is JSON, else None; see `body`."""
        return _json(self.response_content)

    def value(self, place: Sequence[str]) -> Any:
        """The value at a place, such as ("body", "paging", "count"), or None."""
        value: Any = getattr(self, place[0])
        for key in place[1:]:
            if isinstance(value, dict):
                value = cast("dict[str, Any]", value).get(key)
            elif isinstance(value, list) and key.isdigit():
                value = next(iter(cast("list[Any]", value)[int(key) :]), None)  # type: ignore[redundant-cast]
            else:
                return None
        return value

    def keep_head(self, operation: str, path: Mapping[str, str]) -> None:
        """Keep the operation of a request whose token was not checked yet, and the beginning of its path parameters."""
        self.operation = operation
        self.path = {name: value[:MAX_HEAD_CHARACTERS_KEPT] for name, value in path.items()}

    def keep_all(self, target: str, headers: Headers, path: Mapping[str, str]) -> None:
        """Keep the target, the headers and the path parameters of a request with the token."""
        self.is_authenticated = True
        self.target = target[:MAX_TARGET_CHARACTERS_KEPT]
        self.request_headers = _beginning(headers)
        self.path = {name: value[:MAX_TARGET_CHARACTERS_KEPT] for name, value in path.items()}

    def line(self) -> str:
        """The entry in one line, without any request or response data."""
        outcome = "no response" if self.status is None else str(self.status)
        fault = f" (fault: {self.fault})" if self.fault else ""
        place = urlsplit(self.target).path
        return f"#{self.number} {self.time} {self.operation or '-'} {self.method} {place} -> {outcome}{fault}"

    def to_dict(self, redactor: Redactor) -> dict[str, Any]:
        """The entry as JSON values, with secrets redacted."""
        return {
            "number": self.number,
            "time": self.time,
            "operation": self.operation,
            "method": self.method,
            "target": redactor.text(self.target),
            "status": self.status,
            "fault": self.fault,
            "duration_s": self.duration_s,
            "request_headers": dict(redactor.headers(self.request_headers)),
            "body": redactor.text(self.request_content.decode("utf-8", "replace")),
            "body_bytes": self.size,
            "response_headers": dict(redactor.headers(self.response_headers)),
            "response": redactor.text(self.response_content.decode("utf-8", "replace")),
            "response_bytes": self.response_size,
        }


def _beginning(headers: Headers) -> Headers:
    """The first headers, as many as are kept."""
    size = 0
    for index, (name, value) in enumerate(headers):
        size += len(name) + len(value)
        if size > MAX_HEADER_BYTES_KEPT:
            return headers[:index]
    return headers


def _json(content: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(content)
    return None
