"""The asynchronous twin of `own`: the same list of free connections, for one event loop of asyncio or trio."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import httpcore

from ..calling import Failure, Reply, Send
from .asyncio_sockets import sockets
from .closing import closed
from .failures import failure_of
from .messages import Requests
from .own import PROTOCOLS, holds_more
from .proxied import proxied
from .proxied_async import AsyncProxied, Way
from .route import proxy_of, tls_of
from .wire import KEEPALIVE_S, MAX_CONNECTIONS, Body, Settings, Wire, header_names_lowered, reply_of


class AsyncOwnTransport:
    """Sends over connections of its own."""

    def __init__(self, wire: Wire, settings: Settings) -> None:
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

            async def make(_: float) -> AsyncProxied:
                way = Way(tls_layers=layers)
                return AsyncProxied(requests, through(way, requests.origin), way)

            self._connections = _Connections(make)

    async def __call__(self, step: Send) -> Reply | Failure:
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

    async def _exchange(self, connection: AsyncDirect | AsyncProxied, step: Send) -> Reply:
        response = await connection.send(step)
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


class AsyncDirect:
    """A connection to the server itself.

    Attributes:
        http: the connection, as httpcore has it.
        stream: what it speaks on.
    """

    is_sent = True  # as far as can be known: there is a connection to send over

    def __init__(self, requests: Requests, stream: httpcore.AsyncNetworkStream) -> None:
        self._requests, self.stream = requests, stream
        self.http = httpcore.AsyncHTTP11Connection(requests.origin, stream, KEEPALIVE_S)

    async def send(self, step: Send) -> httpcore.Response:
        """Send a request; its reply is still to be read."""
        return await self.http.handle_async_request(self._requests.of(step))


async def _reached(wire: Wire, requests: Requests, tls: ssl.SSLContext | None, timeout_s: float) -> AsyncDirect:
    """A connection to the server, with TLS where it is https."""
    stream = await sockets().connect_tcp(wire.host, wire.port, timeout_s)
    if tls is None:
        return AsyncDirect(requests, stream)
    try:
        return AsyncDirect(requests, await stream.start_tls(tls, wire.host, timeout_s))
    except BaseException:
        await closed(stream)
        raise


class _Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, make: Callable[[float], Awaitable[AsyncDirect | AsyncProxied]]) -> None:
        self._make = make
        self._free: deque[AsyncDirect | AsyncProxied] = deque()
        self._slots = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._is_closed = False

    async def take(self, connect_timeout_s: float) -> AsyncDirect | AsyncProxied:
        await self._slots.acquire()
        try:
            while self._free:
                connection = self._free.pop()
                if connection.http.is_available() and not connection.http.has_expired():
                    return connection
                await closed(connection.http)
            return await self._make(connect_timeout_s)
        except BaseException:
            self._slots.release()
            raise

    async def give_back(self, connection: AsyncDirect | AsyncProxied) -> None:
        http = connection.http
        try:
            if http.is_available() and not (self._is_closed or holds_more(http) or _holds_tls_more(connection.stream)):
                self._free.append(connection)
            else:
                await closed(http)
        finally:
            self._slots.release()

    async def close(self) -> None:
        self._is_closed = True
        while self._free:
            await closed(self._free.pop().http)


def _holds_tls_more(stream: httpcore.AsyncNetworkStream | None) -> bool:
    """Whether TLS has taken more in than the reply."""
    tls: ssl.SSLObject | None = None if stream is None else stream.get_extra_info("ssl_object")
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass
    return True
