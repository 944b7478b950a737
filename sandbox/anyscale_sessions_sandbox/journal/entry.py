"""One request and its response, as the journal keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

from .redaction import Masking

# How much of a body is kept.
MOST_BYTES = 64 * 1024

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Entry:
    """A request and its response. Bodies are kept up to 64 KiB; `size` and `response_size` are their whole lengths.

    `status` is None as long as no response was sent, and if none ever is.
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

    @property
    def query(self) -> dict[str, str]:
        """The last value of each key of the query."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query, True).items()}  # noqa: FBT003

    @property
    def body(self) -> Any:
        """The request's body, if it is JSON. It holds what was sent, secrets as well; `to_dict` masks them."""
        return _json(self.request_content)

    @property
    def response(self) -> Any:
        """The response's body, if it is JSON; see `body`."""
        return _json(self.response_content)

    def value(self, place: Sequence[str]) -> Any:
        """What stands at a place, such as ("body", "paging", "count"); None if nothing does."""
        found: Any = getattr(self, place[0])
        for key in place[1:]:
            if isinstance(found, dict):
                found = cast("dict[str, Any]", found).get(key)
            elif isinstance(found, list) and key.isdigit():
                found = next(iter(cast("list[Any]", found)[int(key) :]), None)  # type: ignore[redundant-cast]
            else:
                return None
        return found

    def line(self) -> str:
        """The entry in one line, without anything that it held."""
        outcome = "no response" if self.status is None else str(self.status)
        fault = f" (fault: {self.fault})" if self.fault else ""
        place = urlsplit(self.target).path
        return f"#{self.number} {self.time} {self.operation or '-'} {self.method} {place} -> {outcome}{fault}"

    def to_dict(self, masking: Masking) -> dict[str, Any]:
        """The entry as JSON-ready values that may be shown."""
        return {
            "number": self.number,
            "time": self.time,
            "operation": self.operation,
            "method": self.method,
            "target": masking.text(self.target),
            "status": self.status,
            "fault": self.fault,
            "duration_s": self.duration_s,
            "request_headers": dict(masking.headers(self.request_headers)),
            "body": masking.text(self.request_content.decode("utf-8", "replace")),
            "body_bytes": self.size,
            "response_headers": dict(masking.headers(self.response_headers)),
            "response": masking.text(self.response_content.decode("utf-8", "replace")),
            "response_bytes": self.response_size,
        }


def _json(content: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(content)
    return None
