"""The asynchronous twin of `own`: the same list of free connections, for one event loop of asyncio or trio."""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import anyio
import httpcore

from ..._sansio.call import Failure, Response, Send
from ..errors import failure_of
from ..proxy_and_tls import proxy_of, tls_of
from ..request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, Body, RequestDefaults, Settings, lower_headers, response_of
from .aio_proxy import AsyncProxyConnection, RecordingBackend, holds_tls_more
from .asyncio_sockets import sockets
from .long_bodies import READ_BYTES, is_too_old, long_body_of
from .proxy import holds_more, proxied
from .request_builder import Requests
from .shielded import closed
from .sync import PROTOCOLS


class AsyncPooledTransport:
    """Sends over connections of its own."""

    def __init__(self, wire: RequestDefaults, settings: Settings) -> None:
        proxy = proxy_of(settings, wire)
        tls = tls_of(settings) if wire.url.scheme == "https" else None
        requests = Requests(wire)
        self._wire = wire
        if proxy is None:
            if tls is not None:
                tls.set_alpn_protocols(PROTOCOLS)
            self._connections = _Connections(partial(_reached, wire, requests, tls))
        else:
            through = proxied(httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy, proxy, tls, settings)
            layers = (tls is not None) + (proxy.scheme == "https")

            async def make(_: float) -> AsyncProxyConnection:
                way = RecordingBackend(tls_layers=layers)
                return AsyncProxyConnection(requests, through(way, requests.origin), way)

            self._connections = _Connections(make)

    async def __call__(self, step: Send) -> Response | Failure:
        """One attempt."""
        connection = None
        try:
            with anyio.fail_after(step.left_s):
                connection = await self._connections.take(min(step.timeout_s, self._wire.connect_timeout_s))
                try:
                    return await self._exchange(connection, step)
                finally:
                    await self._connections.give_back(connection)
        except Exception as error:  # noqa: BLE001 - whatever the libraries below raise is told in our own terms
            return failure_of(step, error, is_sent=connection is not None and connection.is_sent)

    async def _exchange(self, connection: AsyncDirectConnection | AsyncProxyConnection, step: Send) -> Response:
        response = await connection.send(step)
        try:
            headers = lower_headers(response.headers)
            body = Body(self._wire, response.status, headers)
            long_body = await connection.long_body(response, headers, step.timeout_s)
            if long_body is not None:
                return Response(response.status, headers, long_body)
            async for chunk in response.aiter_stream():
                if not body.add(chunk):
                    break
        except BaseException:
            await response.aclose()
            raise
        await response.aclose()
        return response_of(response.status, headers, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    def after_fork(self) -> None:
        """Nothing: in a forked process the event loop of the connections does not run."""


class AsyncDirectConnection:
    """A connection to the server itself."""

    is_sent = True  # as far as can be known: there is a connection to send over

    def __init__(self, requests: Requests, stream: httpcore.AsyncNetworkStream) -> None:
        self._requests, self._stream = requests, stream
        self._begin()

    def _begin(self) -> None:
        self._http = httpcore.AsyncHTTP11Connection(self._requests.origin, self._stream, KEEPALIVE_S)
        self._begun_at: float | None = time.monotonic()

    async def send(self, step: Send) -> httpcore.Response:
        """Send a request; its response is still to be read."""
        self._begun_at = None
        return await self._http.handle_async_request(self._requests.of(step))

    async def long_body(
        self, response: httpcore.Response, headers: Mapping[str, str], timeout_s: float
    ) -> bytearray | None:
        """The body of a response, if it is a long one, read to its end; then nothing is left to do with the response."""
        body = long_body_of(self._http, response, headers)
        if body is None:
            return None
        while not body.is_whole:
            body.add(await self._stream.read(READ_BYTES, timeout_s))
        if body.has_more:
            await self.aclose()
        else:
            self._begin()
        return body.content

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        is_ready = self._begun_at is not None or (self._http.is_available() and not holds_more(self._http))
        return is_ready and not holds_tls_more(self._stream)

    def has_expired(self) -> bool:
        """Whether it was free for too long, or something has come that nobody asked for, such as the end."""
        if self._begun_at is None:
            return self._http.has_expired()
        return is_too_old(self._begun_at) or bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        """Close it."""
        await self._http.aclose()


async def _reached(
    wire: RequestDefaults, requests: Requests, tls: ssl.SSLContext | None, timeout_s: float
) -> AsyncDirectConnection:
    """A connection to the server, with TLS where it is https."""
    stream = await sockets().connect_tcp(wire.host, wire.port, timeout_s)
    if tls is None:
        return AsyncDirectConnection(requests, stream)
    try:
        return AsyncDirectConnection(requests, await stream.start_tls(tls, wire.host, timeout_s))
    except BaseException:
        await closed(stream)
        raise


class _Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, make: Callable[[float], Awaitable[AsyncDirectConnection | AsyncProxyConnection]]) -> None:
        self._make = make
        self._free: deque[AsyncDirectConnection | AsyncProxyConnection] = deque()
        self._slots = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._is_closed = False

    async def take(self, connect_timeout_s: float) -> AsyncDirectConnection | AsyncProxyConnection:
        await self._slots.acquire()
        try:
            while self._free:
                connection = self._free.pop()
                if not connection.has_expired():
                    return connection
                await closed(connection)
            return await self._make(connect_timeout_s)
        except BaseException:
            self._slots.release()
            raise

    async def give_back(self, connection: AsyncDirectConnection | AsyncProxyConnection) -> None:
        try:
            if connection.is_free() and not self._is_closed:
                self._free.append(connection)
            else:
                await closed(connection)
        finally:
            self._slots.release()

    async def close(self) -> None:
        self._is_closed = True
        while self._free:
            await closed(self._free.pop())
