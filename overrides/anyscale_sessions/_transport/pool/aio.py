"""The transport of `AsyncSessionsClient`: the same free list of connections, for one event loop of asyncio or trio."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import httpcore

from ..._sansio.messages import Failure, Response, Send
from ..errors import failure_of
from ..proxy_and_tls import proxy_of, tls_of
from ..request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, Body, RequestDefaults, Settings, lower_headers, response_of
from .aio_backend import AttemptScope, RecordingBackend
from .proxy import proxy_connector
from .request_builder import RequestBuilder
from .shielded import aclose_shielded
from .sync import PROTOCOLS


class AsyncPooledTransport:
    """Sends requests over connections of its own."""

    def __init__(self, defaults: RequestDefaults, settings: Settings) -> None:
        proxy = proxy_of(settings, defaults)
        tls = tls_of(settings) if defaults.url.scheme == "https" else None
        requests = RequestBuilder(defaults)
        self._defaults = defaults
        if proxy is None:
            if tls is not None:
                tls.set_alpn_protocols(PROTOCOLS)
            connect = partial(_connect, defaults, requests, tls)
        else:
            connector = proxy_connector(httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy, proxy, tls, settings)
            connect = partial(_connect_by_proxy, connector, requests)
        self._connections = AsyncConnections(connect)

    async def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt."""
        connection = None
        try:
            with anyio.fail_after(step.left_s) as cancel_scope:
                scope = AttemptScope(cancel_scope)
                connection = await self._connections.take(scope, min(step.timeout_s, self._defaults.connect_timeout_s))
                try:
                    return await connection.exchange(step, self._defaults, scope)
                finally:
                    await self._connections.give_back(connection)
        except Exception as error:  # noqa: BLE001 - every exception of the libraries below becomes an error of ours
            return failure_of(step, error, is_sent=connection is not None and connection.is_sent)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    def after_fork(self) -> None:
        """Do nothing: the event loop of the connections does not run in a forked process."""


class AsyncConnection:
    """One connection to the server, direct or through a proxy."""

    def __init__(self, requests: RequestBuilder, http: Any, backend: RecordingBackend) -> None:
        self._requests, self._http, self._backend, self._state = requests, http, backend, backend.state

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have been sent."""
        return self._state.is_sent

    async def exchange(self, step: Send, defaults: RequestDefaults, scope: AttemptScope) -> Response:
        """Send a request and read its response."""
        self._backend.scope = scope
        self._state.start_request(step.request.method)
        response = await self._http.handle_async_request(self._requests.build(step))
        try:
            headers = lower_headers(response.headers)
            body = Body(defaults, response.status, headers)
            self._state.start_body(headers)
            async for chunk in response.aiter_stream():
                if not body.add(chunk):
                    break
        finally:
            await response.aclose()
        return response_of(response.status, headers, body)

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return bool(self._http.is_available()) and self._state.is_clean()

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or has received something since the last response, such as its end."""
        return bool(self._http.has_expired())

    async def aclose(self) -> None:
        """Close the connection."""
        await self._http.aclose()


async def _connect(
    defaults: RequestDefaults,
    requests: RequestBuilder,
    tls: ssl.SSLContext | None,
    scope: AttemptScope,
    timeout_s: float,
) -> AsyncConnection:
    backend = RecordingBackend(scope)
    stream = await backend.connect_tcp(defaults.host, defaults.port, timeout_s)
    if tls is not None:
        stream = await stream.start_tls(tls, defaults.host, timeout_s)
    return AsyncConnection(requests, httpcore.AsyncHTTP11Connection(requests.origin, stream, KEEPALIVE_S), backend)


async def _connect_by_proxy(
    connector: Callable[[Any, httpcore.Origin], Any], requests: RequestBuilder, scope: AttemptScope, _timeout_s: float
) -> AsyncConnection:
    backend = RecordingBackend(scope)
    return AsyncConnection(requests, connector(backend, requests.origin), backend)


class AsyncConnections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, connect: Callable[[AttemptScope, float], Awaitable[AsyncConnection]]) -> None:
        self._connect = connect
        self._free: deque[AsyncConnection] = deque()
        self._slots = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._is_closed = False

    async def take(self, scope: AttemptScope, connect_timeout_s: float) -> AsyncConnection:
        """A connection for one call; waits while all are in use."""
        await self._slots.acquire()
        try:
            while self._free:
                connection = self._free.pop()
                if not connection.has_expired():
                    return connection
                await aclose_shielded(connection)
            return await self._connect(scope, connect_timeout_s)
        except BaseException:
            self._slots.release()
            raise

    async def give_back(self, connection: AsyncConnection) -> None:
        """Keep a connection for the next call if it can be used again, else close it."""
        try:
            if connection.is_free() and not self._is_closed:
                self._free.append(connection)
            else:
                await aclose_shielded(connection)
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Close the free connections now, and each of the others when its call ends."""
        self._is_closed = True
        while self._free:
            await aclose_shielded(self._free.pop())
