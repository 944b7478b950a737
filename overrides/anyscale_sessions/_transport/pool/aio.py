"""The transport of `AsyncSessionsClient`: the same free list of connections, for one event loop of asyncio or trio."""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import httpcore

from anyscale_sessions_api.types import Secret

from ..._sansio.messages import Failure, Response, Send
from ..errors import failure_of, is_transport_error
from ..fresh import MAX_IDLE_S, needs_fresh_connection
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
            with anyio.CancelScope(deadline=anyio.current_time() + step.left_s) as cancel_scope:
                scope = AttemptScope(cancel_scope)
                connect_s = min(step.timeout_s, self._defaults.connect_timeout_s)
                connection = await self._connections.take(scope, connect_s, is_fresh=needs_fresh_connection(step))
                try:
                    return await connection.exchange(step, self._defaults, scope)
                finally:
                    await self._connections.give_back(connection)
        except Exception as error:
            if not is_transport_error(error):
                raise
            return self._failure(step, error, connection)
        # The scope was cancelled. `anyio.fail_after` would miss that if the deadline was moved meanwhile.
        return self._failure(step, TimeoutError(), connection)

    def _failure(self, step: Send, error: Exception, connection: AsyncConnection | None) -> Failure:
        is_sent = connection is not None and connection.is_sent
        return failure_of(step, error, self._defaults, is_sent=is_sent)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    def after_fork(self) -> None:
        """Do nothing: the event loop of the connections does not run in a forked process."""


class AsyncConnection:
    """One connection to the server, direct or through a proxy.

    Attributes:
        kept_at: when it was last given back, by the monotonic clock.
    """

    kept_at = 0.0

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
            headers = Secret(lower_headers(response.headers))
            body = Body(defaults, response.status, headers.value)
            self._state.start_body(headers.value)
            await body.add_all(response.aiter_stream())
        finally:
            await response.aclose()
        return response_of(response.status, headers.value, body)

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
    plain = await backend.connect_tcp(defaults.host, defaults.port, timeout_s)
    stream = plain if tls is None else await plain.start_tls(tls, defaults.host, timeout_s)
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

    async def take(self, scope: AttemptScope, connect_timeout_s: float, *, is_fresh: bool) -> AsyncConnection:
        """A connection for one call; waits while all are in use. `is_fresh` excludes those idle for `MAX_IDLE_S`."""
        await self._slots.acquire()
        try:
            while self._free and not (is_fresh and time.monotonic() - self._free[-1].kept_at >= MAX_IDLE_S):
                connection = self._free.pop()
                if not connection.has_expired():
                    return connection
                await aclose_shielded(connection)
            while len(self._free) > self._slots.value:  # the new one would be one too many
                await aclose_shielded(self._free.popleft())
            return await self._connect(scope, connect_timeout_s)
        except BaseException:
            self._slots.release()
            raise

    async def give_back(self, connection: AsyncConnection) -> None:
        """Keep a connection for the next call if it can be used again, else close it. Closes those idle too long."""
        try:
            if connection.is_free() and not self._is_closed:
                connection.kept_at = time.monotonic()
                self._free.append(connection)
                await self._close_idle(connection.kept_at - KEEPALIVE_S)
            else:
                await aclose_shielded(connection)
        finally:
            self._slots.release()

    async def _close_idle(self, since: float) -> None:
        """Close the connections that were kept before a time."""
        while self._free and self._free[0].kept_at < since:
            await aclose_shielded(self._free.popleft())

    async def close(self) -> None:
        """Close the free connections now, and each of the others when it is given back."""
        self._is_closed = True
        while self._free:
            await aclose_shielded(self._free.pop())
