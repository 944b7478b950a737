"""Sends over connections of our own, which stay open between calls and are handed out from a list of free ones.

httpcore's pool looks at every connection for every request; a list of free ones costs the same however many are in use.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import httpcore

from ..._sansio.call import Failure, Response, Send
from ..errors import failure_of
from ..proxy_and_tls import proxy_of, tls_of
from ..request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, Body, RequestDefaults, Settings, lower_headers, response_of
from .deadline import DeadlineBackend
from .long_bodies import READ_BYTES, is_too_old, long_body_of
from .proxy import ProxyConnection, holds_more, proxied
from .request_builder import Requests
from .resolver import Resolver

PROTOCOLS: Final = ["http/1.1"]


class PooledTransport:
    """Sends over connections of its own."""

    def __init__(self, wire: RequestDefaults, settings: Settings) -> None:
        proxy = proxy_of(settings, wire)
        tls = tls_of(settings) if wire.url.scheme == "https" else None
        requests = Requests(wire)
        self._wire = wire
        self._backend = backend = DeadlineBackend(Resolver())
        if proxy is None:
            if tls is not None:
                tls.set_alpn_protocols(PROTOCOLS)
            self._connections = _Connections(partial(_reached, wire, requests, tls, backend))
        else:
            through = proxied(httpcore.HTTPProxy, httpcore.SOCKSProxy, proxy, tls, settings)
            self._connections = _Connections(lambda _: ProxyConnection(requests, through(backend, requests.origin)))

    def __call__(self, step: Send) -> Response | Failure:
        """One attempt."""
        self._backend.ends_at = ends_at = time.monotonic() + step.left_s
        connection = None
        try:
            connection = self._connections.take(ends_at, min(step.timeout_s, self._wire.connect_timeout_s))
            try:
                return self._exchange(connection, step)
            finally:
                self._connections.give_back(connection)
        except Exception as error:  # noqa: BLE001 - whatever the libraries below raise is told in our own terms
            return failure_of(step, error, is_sent=connection is not None and connection.is_sent)

    def _exchange(self, connection: DirectConnection | ProxyConnection, step: Send) -> Response:
        response = connection.send(step)
        try:
            headers = lower_headers(response.headers)
            body = Body(self._wire, response.status, headers)
            long_body = connection.long_body(response, headers, step.timeout_s)
            if long_body is not None:
                return Response(response.status, headers, long_body)
            for chunk in response.iter_stream():
                if not body.add(chunk):
                    break
        except BaseException:
            response.close()
            raise
        response.close()
        return response_of(response.status, headers, body)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def after_fork(self) -> None:
        """Let go of the connections in a forked process, without a word to the server."""
        self._connections.after_fork()


class DirectConnection:
    """A connection to the server itself."""

    is_sent = True  # as far as can be known: there is a connection to send over

    def __init__(self, requests: Requests, stream: httpcore.NetworkStream) -> None:
        self._requests, self._stream = requests, stream
        self._begin()

    def _begin(self) -> None:
        self._http = httpcore.HTTP11Connection(self._requests.origin, self._stream, KEEPALIVE_S)
        self._begun_at: float | None = time.monotonic()

    def send(self, step: Send) -> httpcore.Response:
        """Send a request; its response is still to be read."""
        self._begun_at = None
        return self._http.handle_request(self._requests.of(step))

    def long_body(self, response: httpcore.Response, headers: Mapping[str, str], timeout_s: float) -> bytearray | None:
        """The body of a response, if it is a long one, read to its end; then nothing is left to do with the response."""
        body = long_body_of(self._http, response, headers)
        if body is None:
            return None
        while not body.is_whole:
            body.add(self._stream.read(READ_BYTES, timeout_s))
        if body.has_more:
            self.close()
        else:
            self._begin()
        return body.content

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return self._begun_at is not None or (self._http.is_available() and not holds_more(self._http))

    def has_expired(self) -> bool:
        """Whether it was free for too long, or something has come that nobody asked for, such as the end."""
        if self._begun_at is None:
            return self._http.has_expired()
        return is_too_old(self._begun_at) or bool(self._stream.get_extra_info("is_readable"))

    def close(self) -> None:
        """Close it."""
        self._http.close()


def _reached(
    wire: RequestDefaults, requests: Requests, tls: ssl.SSLContext | None, backend: DeadlineBackend, timeout_s: float
) -> DirectConnection:
    """A connection to the server, with TLS where it is https."""
    stream = backend.connect_tcp(wire.host, wire.port, timeout_s)
    return DirectConnection(requests, stream if tls is None else stream.start_tls(tls, wire.host, timeout_s))


class _Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, make: Callable[[float], DirectConnection | ProxyConnection]) -> None:
        self._make = make
        self._free: deque[DirectConnection | ProxyConnection] = deque()
        self._slots = threading.Semaphore(MAX_CONNECTIONS)
        self._is_closed = False

    def take(self, ends_at: float, connect_timeout_s: float) -> DirectConnection | ProxyConnection:
        """A connection to use alone, waited for if all are in use. Raises `httpcore.PoolTimeout`."""
        if not self._slots.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            raise httpcore.PoolTimeout
        try:
            while (connection := self._popped()) is not None:
                if not connection.has_expired():
                    return connection
                connection.close()
            return self._make(connect_timeout_s)
        except BaseException:
            self._slots.release()
            raise

    def _popped(self) -> DirectConnection | ProxyConnection | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def give_back(self, connection: DirectConnection | ProxyConnection) -> None:
        """Keep a connection for the next call if it can be used again."""
        if connection.is_free() and not self._is_closed:
            self._free.append(connection)
        else:
            connection.close()
        self._slots.release()

    def close(self) -> None:
        """Close the free connections, and each of the others when it is given back."""
        self._is_closed = True
        while self._free:
            self._free.pop().close()

    after_fork = close  # which closes this process's hold on the sockets, and no more
