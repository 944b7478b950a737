"""The network backend of the asynchronous pool: one cancel scope limits all that an attempt waits for."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import anyio
import httpcore

from anyscale_sessions_api.types import Secret

from .connection_state import ConnectionState
from .shielded import aclose_shielded


class AttemptScope:
    """The cancel scope of one attempt, with a deadline that moves from one wait to the next."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self._scope, self._ends_at = scope, scope.deadline

    def limit(self, timeout: float | None) -> None:
        """Let the next wait take so many seconds, within the deadline of the attempt."""
        if timeout is not None:
            self._scope.deadline = min(self._ends_at, anyio.current_time() + timeout)


class RecordingBackend(httpcore.AsyncNetworkBackend):
    """Opens the streams of one connection, and leaves no socket behind if opening it fails half way.

    Attributes:
        state: what passed over the connection.
        scope: that of the current attempt.
    """

    def __init__(self, scope: AttemptScope) -> None:
        self._sockets: Any = httpcore.AnyIOBackend()
        self.state = ConnectionState()
        self.scope = scope

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        except UnicodeError:  # the host cannot be a name
            raise httpcore.ConnectError from socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return _RecordedStream(stream, self)


class _RecordedStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream, backend: RecordingBackend) -> None:
        self._stream, self._backend, self._state = stream, backend, backend.state
        self._state.stream = self

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - it is sent by `read`
        self._state.queue(buffer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._backend.scope.limit(timeout)
        data = Secret(self._state.take_queued())
        if data.value:
            with suppress(httpcore.WriteError):  # the server may have answered before it closed the connection
                await self._stream.write(data.value)
        if not self._state.unread:
            self._state.unread = await self._stream.read(max_bytes)
        return self._state.next_piece()

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await aclose_shielded(self._stream)
            raise
        return _RecordedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
