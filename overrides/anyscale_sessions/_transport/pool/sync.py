"""The transport of `SessionsClient`: a free list of httpcore connections, which stay open between calls.

httpcore's own pool checks every connection for every request. Taking one from a free list costs the same however many
are in use.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import httpcore

from ..._sansio.messages import Failure, Response, Send
from ..errors import failure_of
from ..proxy_and_tls import proxy_of, tls_of
from ..request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, Body, RequestDefaults, Settings, lower_headers, response_of
from .deadline import Deadline, DeadlineBackend
from .proxy import proxy_connector
from .request_builder import RequestBuilder
from .resolver import Resolver

PROTOCOLS: Final = ["http/1.1"]


class PooledTransport:
    """Sends requests over connections of its own."""

    def __init__(self, defaults: RequestDefaults, settings: Settings) -> None:
        proxy = proxy_of(settings, defaults)
        tls = tls_of(settings) if defaults.url.scheme == "https" else None
        requests = RequestBuilder(defaults)
        self._defaults = defaults
        self._deadline = Deadline()
        new_backend = partial(DeadlineBackend, self._deadline, Resolver())
        if proxy is None:
            if tls is not None:
                tls.set_alpn_protocols(PROTOCOLS)
            connect = partial(_connect, defaults, requests, tls, new_backend)
        else:
            connector = proxy_connector(httpcore.HTTPProxy, httpcore.SOCKSProxy, proxy, tls, settings)
            connect = partial(_connect_by_proxy, connector, requests, new_backend)
        self._connections = Connections(connect)

    def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt."""
        self._deadline.ends_at = ends_at = time.monotonic() + step.left_s
        connection = None
        try:
            connection = self._connections.take(ends_at, min(step.timeout_s, self._defaults.connect_timeout_s))
            try:
                return connection.exchange(step, self._defaults)
            finally:
                self._connections.give_back(connection)
        except Exception as error:  # noqa: BLE001 - every exception of the libraries below becomes an error of ours
            return failure_of(step, error, is_sent=connection is not None and connection.is_sent)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def after_fork(self) -> None:
        """Close this process's copies of the sockets after a fork; the server notices nothing."""
        self._connections.close()


class Connection:
    """One connection to the server, direct or through a proxy."""

    def __init__(self, requests: RequestBuilder, http: Any, backend: DeadlineBackend) -> None:
        self._requests, self._http, self._state = requests, http, backend.state

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have been sent."""
        return self._state.is_sent

    def exchange(self, step: Send, defaults: RequestDefaults) -> Response:
        """Send a request and read its response."""
        self._state.start_request(step.request.method)
        response = self._http.handle_request(self._requests.build(step))
        try:
            headers = lower_headers(response.headers)
            body = Body(defaults, response.status, headers)
            self._state.start_body(headers)
            for chunk in response.iter_stream():
                if not body.add(chunk):
                    break
        finally:
            response.close()
        return response_of(response.status, headers, body)

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return bool(self._http.is_available()) and self._state.is_clean()

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or has received something since the last response, such as its end."""
        return bool(self._http.has_expired())

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def _connect(
    defaults: RequestDefaults,
    requests: RequestBuilder,
    tls: ssl.SSLContext | None,
    new_backend: Callable[[], DeadlineBackend],
    timeout_s: float,
) -> Connection:
    backend = new_backend()
    stream = backend.connect_tcp(defaults.host, defaults.port, timeout_s)
    if tls is not None:
        stream = stream.start_tls(tls, defaults.host, timeout_s)
    return Connection(requests, httpcore.HTTP11Connection(requests.origin, stream, KEEPALIVE_S), backend)


def _connect_by_proxy(
    connector: Callable[[Any, httpcore.Origin], Any],
    requests: RequestBuilder,
    new_backend: Callable[[], DeadlineBackend],
    _timeout_s: float,
) -> Connection:
    backend = new_backend()
    return Connection(requests, connector(backend, requests.origin), backend)


class Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, connect: Callable[[float], Connection]) -> None:
        self._connect = connect
        self._free: deque[Connection] = deque()
        self._slots = threading.Semaphore(MAX_CONNECTIONS)
        self._is_closed = False

    def take(self, ends_at: float, connect_timeout_s: float) -> Connection:
        """A connection for one call; waits while all are in use. Raises `httpcore.PoolTimeout`."""
        if not self._slots.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            raise httpcore.PoolTimeout
        try:
            while (connection := self._pop()) is not None:
                if not connection.has_expired():
                    return connection
                connection.close()
            return self._connect(connect_timeout_s)
        except BaseException:
            self._slots.release()
            raise

    def _pop(self) -> Connection | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next call if it can be used again, else close it."""
        if connection.is_free() and not self._is_closed:
            self._free.append(connection)
        else:
            connection.close()
        self._slots.release()

    def close(self) -> None:
        """Close the free connections now, and each of the others when its call ends."""
        self._is_closed = True
        while self._free:
            self._free.pop().close()
