"""What one attempt over aiohttp may do: how long it may wait, and that it sends its request once only."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final

import aiohttp

from ..._sansio.messages import Send


class Attempt:
    """The limits of one attempt, and the connection that it uses.

    Attributes:
        is_sent: whether a byte of the request may have been sent.
    """

    def __init__(self, step: Send, connect_timeout_s: float, scope: asyncio.Timeout) -> None:
        self._read_s = step.timeout_s
        self._connect_s = min(step.timeout_s, connect_timeout_s)
        self._scope, self._now = scope, asyncio.get_running_loop().time
        self._ends_at = self._now() + step.left_s
        self._connection: tuple[Any, Any, Any] | None = None
        self.is_sent = False
        CURRENT_ATTEMPT.set(self)

    def limit_connecting(self) -> None:
        """Start to wait for a new connection."""
        self._limit(self._connect_s)

    def limit_reading(self) -> None:
        """Start to wait for the next byte."""
        self._limit(self._read_s)

    def _limit(self, seconds: float) -> None:
        self._scope.reschedule(min(self._ends_at, self._now() + seconds))

    def use(self, protocol: Any) -> None:
        """Note the connection, by its asyncio protocol."""
        self._connection = (protocol, protocol.transport, protocol.transport.get_extra_info("socket"))

    def finish(self) -> None:
        """Close the socket at once if aiohttp has closed the connection; TLS would wait for the server's consent."""
        if self._connection is None:
            return
        protocol, transport, sock = self._connection
        if protocol.transport is None:
            transport.abort()
            # A TLS transport that was closed twice ignores `abort`.
            with suppress(OSError):  # it is closed already
                sock.shutdown(socket.SHUT_RDWR)


CURRENT_ATTEMPT: Final[ContextVar[Attempt]] = ContextVar("anyscale_sessions_attempt")


def trace_config() -> aiohttp.TraceConfig:
    """The functions that aiohttp calls during an attempt."""
    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(_on_connecting)
    config.on_request_headers_sent.append(_on_sending)
    return config


async def _on_connecting(*_: Any) -> None:
    CURRENT_ATTEMPT.get().limit_connecting()


async def _on_sending(*_: Any) -> None:
    attempt = CURRENT_ATTEMPT.get()
    attempt.is_sent = True
    attempt.limit_reading()
