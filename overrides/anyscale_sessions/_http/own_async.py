"""The asynchronous twin of `own`: the same list of free connections, for one event loop of asyncio or trio."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import anyio
import httpcore
from attrs import define

from ..calling import Failure, Reply, Send
from .failures import failure_of
from .own import Requests, Sent, holds_more, proxied
from .route import proxy_of, tls_of
from .wire import KEEPALIVE_S, MAX_CONNECTIONS, Body, Settings, Wire, header_names_lowered, reply_of

_SOCKETS: Final = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())


class AsyncOwnTransport:
    """Sends over connections of its own."""

    def __init__(self, wire: Wire, settings: Settings) -> None:
        proxy = proxy_of(settings, wire)
        tls = tls_of(settings) if wire.url.scheme == "https" else None
        self._wire = wire
        self._requests = Requests(wire)
        self._is_proxied = proxy is not None
        origin = self._requests.origin

        def made(way: _Way) -> httpcore.AsyncConnectionInterface:
            return httpcore.AsyncHTTPConnection(origin, tls, keepalive_expiry=KEEPALIVE_S, network_backend=way)

        if proxy is None:
            self._connections = _Connections(made, tls_layers=int(tls is not None))
        else:
            make = proxied(httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy, proxy, tls, settings)
            layers = (tls is not None) + (proxy.scheme == "https")
            self._connections = _Connections(lambda way: make(way, origin), tls_layers=layers)

    async def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        sent = Sent() if self._is_proxied else None
        request = self._requests.of(step, sent.trace_async if sent else None)
        connection = None
        try:
            with anyio.fail_after(step.left_s):
                connection = await self._connections.take()
                try:
                    return await self._exchange(connection.http, request)
                finally:
                    await self._connections.give_back(connection)
        except Exception as error:  # noqa: BLE001 - whatever the libraries below raise is told in our own terms
            is_sent = sent.is_set if sent else connection is not None and connection.way.stream is not None
            return failure_of(step, error, is_sent=is_sent)

    async def _exchange(self, http: httpcore.AsyncConnectionInterface, request: httpcore.Request) -> Reply:
        response = await http.handle_async_request(request)
        try:
            headers = header_names_lowered(response.headers)
            body = Body(self._wire, response.status, headers)
            async for chunk in response.aiter_stream():
                if not body.add(chunk):
                    break
        finally:
            await response.aclose()
        return reply_of(response.status, headers, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    def leave_to_parent(self) -> None:
        """Nothing: in a forked process the event loop of the connections does not run."""


@define
class _Connection:
    http: Any
    way: _Way


class _Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, make: Callable[[_Way], httpcore.AsyncConnectionInterface], *, tls_layers: int) -> None:
        self._make, self._tls_layers = make, tls_layers
        self._free: deque[_Connection] = deque()
        self._slots = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._is_closed = False

    async def take(self) -> _Connection:
        await self._slots.acquire()
        try:
            while self._free:
                connection = self._free.pop()
                if connection.http.is_available() and not connection.http.has_expired():
                    return connection
                await _close(connection.http)
        except BaseException:
            self._slots.release()
            raise
        way = _Way(tls_layers=self._tls_layers)
        return _Connection(self._make(way), way)

    async def give_back(self, connection: _Connection) -> None:
        http = connection.http
        try:
            if http.is_available() and not (self._is_closed or holds_more(http) or connection.way.holds_more()):
                self._free.append(connection)
            else:
                await _close(http)
        finally:
            self._slots.release()

    async def close(self) -> None:
        self._is_closed = True
        while self._free:
            await _close(self._free.pop().http)


async def _close(http: httpcore.AsyncConnectionInterface | httpcore.AsyncNetworkStream) -> None:
    """Close a connection, to the end, even where the task is being cancelled."""
    with anyio.CancelScope(shield=True):
        await http.aclose()


class _Way(httpcore.AsyncNetworkBackend):
    """How a connection comes about: knows whether it did, and leaves no socket behind where only half of it did.

    Attributes:
        stream: what requests are sent over, once there is something.
    """

    def __init__(self, *, tls_layers: int) -> None:
        self._tls_layers = tls_layers
        self.stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await _SOCKETS.connect_tcp(host, port, timeout, local_address, socket_options)
        return self.reached(stream, self._tls_layers)

    def reached(self, stream: httpcore.AsyncNetworkStream, tls_layers_left: int) -> httpcore.AsyncNetworkStream:
        """A stream that has come about, which requests are sent over unless there is TLS to come."""
        if tls_layers_left:
            return _BeforeTls(stream, self, tls_layers_left)
        self.stream = stream
        return stream

    def holds_more(self) -> bool:
        """Whether TLS has taken more in than the reply."""
        tls: ssl.SSLObject | None = (
            self.stream.get_extra_info("ssl_object") if self._tls_layers and self.stream else None
        )
        if tls is None:
            return False
        try:
            tls.read(1)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            pass
        return True


class _BeforeTls(httpcore.AsyncNetworkStream):
    """A connection that is to speak TLS, perhaps to a server behind a proxy."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, way: _Way, tls_layers: int) -> None:
        self._stream, self._way, self._tls_layers = stream, way, tls_layers

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await _close(self._stream)
            raise
        return self._way.reached(stream, self._tls_layers - 1)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
