"""Long bodies, which are read from the connection into their place.

httpcore and h11 copy each piece of a body four times, and do as much about it as about a small response. Here they read
the head, and whatever of the body came along with it; the rest is only bytes, as many as the head says. An object of
httpcore's that does not see the end of a response can do no more; another one goes on with the same connection.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import httpcore

from ..request_defaults import KEEPALIVE_S

LONG_BODY_BYTES: Final = 64 * 1024
READ_BYTES: Final = 64 * 1024
KEPT: Final = "keep-alive"


class LongBody:
    """A body that comes in.

    Attributes:
        content: what has come of it, and space for the rest.
        has_more: whether more came than belongs to it.
    """

    def __init__(self, length: int, begin: bytes) -> None:
        self.content = bytearray(length)
        self._space = memoryview(self.content)
        self._put(begin)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        return not self._space

    def add(self, piece: bytes) -> None:
        """Take what comes next. Raises `httpcore.RemoteProtocolError` where that is the end of the connection."""
        if not piece:
            raise httpcore.RemoteProtocolError("the connection ended within the body")
        self._put(piece)

    def _put(self, piece: bytes) -> None:
        count = min(len(piece), len(self._space))
        self._space[:count] = piece[:count]
        self._space = self._space[count:]
        self.has_more = count < len(piece)


def long_body_of(http: Any, response: Any, headers: Mapping[str, str]) -> LongBody | None:
    """The body of a response whose head has just been read, where it is a long one; what came of it along with the head.

    Where the end of the body is told otherwise than by its length, or is that of the connection, `None`.
    """
    length = headers.get("content-length", "")
    is_good = 200 <= response.status < 300 and response.status != 204
    is_kept = response.extensions["http_version"] == b"HTTP/1.1" and headers.get("connection", KEPT).lower() == KEPT
    if not (is_good and is_kept and "transfer-encoding" not in headers and length.isdecimal()):
        return None
    protocol = getattr(http, "_h11_state", None)
    if int(length) < LONG_BODY_BYTES or protocol is None:
        return None
    return LongBody(int(length), protocol.trailing_data[0])


def is_too_old(free_since: float) -> bool:
    """Whether a connection was free for longer than servers can be trusted to keep it."""
    return time.monotonic() - free_since > KEEPALIVE_S
