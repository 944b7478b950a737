"""What one synchronous attempt has taken from the pool."""

from __future__ import annotations

from typing import Any

from ..._sansio.messages import Response, Send
from ..request_defaults import RequestDefaults
from .connection import Connection


class Lease:
    """The slot and the connection of one attempt.

    An exception of a signal handler can come between any two steps of Python code. A lease therefore exists before it
    has anything, what it has is stored in it at once, and its slot is gone at the latest with the lease itself.

    Attributes:
        ends_at: when the attempt must end, by the monotonic clock.
        is_fresh: whether only a connection will do that is new or was just in use.
        connection: the connection, if the attempt has one that it must give back or close.
        slot: what stands for the lease among those in use.
    """

    __slots__ = ("__weakref__", "connection", "ends_at", "is_fresh", "is_sent", "slot")

    def __init__(self, ends_at: float, *, is_fresh: bool) -> None:
        self.ends_at = ends_at
        self.is_fresh, self.is_sent = is_fresh, False
        self.connection: Connection | None = None
        self.slot: Any = None

    def exchange(self, step: Send, defaults: RequestDefaults) -> Response:
        """Send a request over the connection and read its response."""
        connection: Any = self.connection
        try:
            response: Response = connection.exchange(step, defaults, self.ends_at)
        finally:
            self.is_sent = connection.is_sent
        return response

    def close(self) -> None:
        """Close the connection, unless it was given back."""
        if self.connection is not None:
            self.connection.close()
