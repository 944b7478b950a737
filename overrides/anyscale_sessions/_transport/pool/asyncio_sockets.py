"""Connections of asyncio for httpcore to speak on.

httpcore's own are anyio's, which tell the loop anew for each response that they want to read, go once around the loop for
each write, and open a scope of cancellation for every operation: a quarter of what a call cost.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final, cast

import anyio
import httpcore
from anyio.abc import SocketAttribute, SocketStream

from ..._utils.event_loops import is_asyncio, running_loop

MOST_UNREAD_BYTES: Final = 256 * 1024
NAMES_IN_ASYNCIO: Final = {"client_addr": "sockname", "server_addr": "peername"}


def sockets() -> httpcore.AsyncNetworkBackend:
    """What makes connections in the loop that runs: ours in asyncio, httpcore's own in trio."""
    backend = AsyncioBackend() if is_asyncio(running_loop()) else httpcore.AnyIOBackend()
    return cast("httpcore.AsyncNetworkBackend", backend)


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Makes connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - nobody asks for one
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - nor for these
    ) -> httpcore.AsyncNetworkStream:
        with _connecting(timeout):
            # anyio tries the addresses of a name side by side, and leaves nothing behind.
            return await _taken_over(await anyio.connect_tcp(host, port))


async def _taken_over(reached: SocketStream) -> AsyncioStream:
    """The connection that a stream of anyio's has, without the stream."""
    theirs = reached.extra(SocketAttribute.raw_socket)  # noqa: S610 - not Django
    ours = socket.fromfd(theirs.fileno(), theirs.family, theirs.type)
    try:
        await reached.aclose()
        return await AsyncioStream.over(ours)
    except BaseException:
        ours.close()
        raise


@contextmanager
def _connecting(timeout: float | None) -> Generator[None]:
    try:
        with anyio.fail_after(timeout):
            yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except OSError as error:  # those of TLS are such too
        raise httpcore.ConnectError(str(error)) from error


class AsyncioStream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """A connection, for one task at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._unread: deque[bytes] = deque()
        self._unread_bytes = 0
        self._is_reading = True
        self._is_writing_all = True
        self._is_over = False
        self._trouble: Exception | None = None
        self._waiter: asyncio.Future[bool] | None = None

    @classmethod
    async def over(cls, sock: socket.socket) -> AsyncioStream:
        """A connection over a socket that is connected."""
        stream = cls(sock)
        await stream._loop.create_connection(lambda: stream, sock=sock)
        return stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - see below
        """What comes next, even if it is more than was asked for, which saves a copy; nothing at the end."""
        while not self._unread:
            if self._trouble is not None:
                raise httpcore.ReadError(str(self._trouble)) from self._trouble
            if self._is_over:
                return b""
            await self._event(timeout, httpcore.ReadTimeout)
        data = self._unread.popleft()
        self._unread_bytes -= len(data)
        if not self._is_reading and not self._unread:
            self._is_reading = True
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it, unless the server answers before or the connection ends."""
        if self._is_over:
            raise httpcore.WriteError("the connection has ended")
        self._transport.write(buffer)
        while self._is_held_up():
            await self._event(timeout, httpcore.WriteTimeout)

    def _is_held_up(self) -> bool:
        # A server that refuses a request before all of it was there says why; then the rest is not waited for.
        return not (self._is_writing_all or self._is_over or self._unread)

    async def _event(self, timeout: float | None, error: type[Exception]) -> None:
        """Wait until something happens. Raises `error` where nothing does in time."""
        self._waiter = waiter = self._loop.create_future()
        timer = None if timeout is None else self._loop.call_later(timeout, _answer, waiter, False)  # noqa: FBT003 - as below
        try:
            if not await waiter:
                raise error
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None:
            _answer(self._waiter, has_happened=True)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Speak TLS from now on; the connection is closed where that does not come about."""
        try:
            with _connecting(timeout):
                secured = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except BaseException:
            self._transport.abort()
            raise
        self.connection_made(cast("asyncio.Transport", secured))
        return self

    async def aclose(self) -> None:
        """Close it, whatever was not sent yet."""
        self._transport.abort()
        await asyncio.sleep(0)  # the socket is closed when the loop comes around

    def get_extra_info(self, info: str) -> Any:
        """Facts about the connection. `is_readable` says that it is of no more use: something has come, or the end.

        So it is where the server has answered before all was sent.
        """
        if info == "is_readable":
            return bool(self._unread) or self._is_over or not self._is_writing_all or self._has_arrivals()
        return self._transport.get_extra_info(NAMES_IN_ASYNCIO.get(info, info))

    def _has_arrivals(self) -> bool:
        """Whether something has come that the loop has not yet looked at."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)
        # All is to be sent before `write` ends. For TLS none at all would be a limit that nothing ever is below.
        self._transport.set_write_buffer_limits(high=1, low=0)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._unread.append(data)
        self._unread_bytes += len(data)
        if self._is_reading and self._unread_bytes > MOST_UNREAD_BYTES:
            self._is_reading = False
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Called by the loop."""
        self._is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._is_over, self._trouble = True, exc
        self._wake()

    def pause_writing(self) -> None:
        """Called by the loop."""
        self._is_writing_all = False

    def resume_writing(self) -> None:
        """Called by the loop."""
        self._is_writing_all = True
        self._wake()


def _answer(waiter: asyncio.Future[bool], has_happened: bool) -> None:  # noqa: FBT001 - the loop passes no names
    if not waiter.done():
        waiter.set_result(has_happened)
