"""The asynchronous twin of `own`: the same list of free connections, for one event loop."""

from __future__ import annotations

import ssl
from collections import deque
from typing import Any

import anyio
import httpcore

from ..calling import Failure, Reply, Send
from .failures import failure_of
from .own import BREAKS, KEEPALIVE_S, MAX_CONNECTIONS, Requests, Sent, proxy_pool
from .route import proxy_of, tls_of
from .wire import Body, Settings, Wire, header_names_lowered, reply_of


class AsyncOwnTransport:
    """Sends over connections of its own."""

    def __init__(self, wire: Wire, settings: Settings) -> None:
        proxy = proxy_of(settings, wire)
        tls = tls_of(settings) if wire.url.scheme == "https" else None
        self._wire = wire
        self._requests = Requests(wire)
        self._is_proxied = proxy is not None
        self._connections: Any = (
            _Connections(self._requests.origin, tls)
            if proxy is None
            else _Proxied(proxy_pool(httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy, proxy, tls, settings))
        )

    async def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        sent = Sent() if self._is_proxied else None
        request = self._requests.of(step, sent.trace_async if sent else None)
        has_connection = False
        try:
            with anyio.fail_after(step.left_s):
                connection = await self._connections.take()
                has_connection = True
                try:
                    return await self._exchange(connection, request)
                finally:
                    await self._connections.give_back(connection)
        except BREAKS as error:
            return failure_of(step, error, is_sent=sent.is_set if sent else has_connection)

    async def _exchange(self, connection: httpcore.AsyncConnectionInterface, request: httpcore.Request) -> Reply:
        response = await connection.handle_async_request(request)
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


class _Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, origin: httpcore.Origin, tls: ssl.SSLContext | None) -> None:
        self._origin, self._tls = origin, tls
        self._free: deque[httpcore.AsyncConnectionInterface] = deque()
        self._slots = anyio.Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        self._is_closed = False

    async def take(self) -> httpcore.AsyncConnectionInterface:
        await self._slots.acquire()
        while self._free:
            connection = self._free.pop()
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(self._origin, self._tls, keepalive_expiry=KEEPALIVE_S)

    async def give_back(self, connection: httpcore.AsyncConnectionInterface) -> None:
        try:
            if connection.is_available() and not self._is_closed:
                self._free.append(connection)
            else:
                await connection.aclose()
        finally:
            self._slots.release()

    async def close(self) -> None:
        self._is_closed = True
        while self._free:
            await self._free.pop().aclose()


class _Proxied:
    """Connections through a proxy, which httpcore's pool hands out by itself."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def take(self) -> httpcore.AsyncConnectionPool:
        return self._pool

    async def give_back(self, _pool: httpcore.AsyncConnectionInterface) -> None:
        pass

    async def close(self) -> None:
        await self._pool.aclose()
