"""Sends over connections of our own, which stay open between calls and are handed out from a list of free ones.

httpcore's pool looks at every connection for every request; a list of free ones costs the same however many are in use.
Its pool for a proxy does no more here than make connections: it would keep a place for each tunnel that has failed.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import httpcore

from ..calling import Failure, Reply, Send
from ..exceptions import InvalidRequest, Problem
from .failures import failure_of
from .names import Names
from .route import PROXY_PORTS, Proxy, proxy_of, tls_of
from .wire import KEEPALIVE_S, MAX_CONNECTIONS, Body, Settings, Wire, header_names_lowered, reply_of

WRITE_BYTES: Final = 65536


class OwnTransport:
    """Sends over connections of its own."""

    def __init__(self, wire: Wire, settings: Settings) -> None:
        proxy = proxy_of(settings, wire)
        tls = tls_of(settings) if wire.url.scheme == "https" else None
        self._wire = wire
        self._requests = Requests(wire)
        self._is_proxied = proxy is not None
        self._backend = _DeadlineBackend(Names())
        origin = self._requests.origin
        make = (
            partial(httpcore.HTTPConnection, origin, tls, keepalive_expiry=KEEPALIVE_S, network_backend=self._backend)
            if proxy is None
            else partial(proxied(httpcore.HTTPProxy, httpcore.SOCKSProxy, proxy, tls, settings), self._backend, origin)
        )
        self._connections = _Connections(make)

    def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        sent = Sent() if self._is_proxied else None
        request = self._requests.of(step, sent.trace if sent else None)
        self._backend.ends_at = ends_at = time.monotonic() + step.left_s
        try:
            connection = self._connections.take(ends_at)
            try:
                return self._exchange(connection, request)
            finally:
                self._connections.give_back(connection)
        except Exception as error:  # noqa: BLE001 - whatever the libraries below raise is told in our own terms
            return failure_of(step, error, is_sent=sent is None or sent.is_set)

    def _exchange(self, connection: Any, request: httpcore.Request) -> Reply:
        response = connection.handle_request(request)
        try:
            headers = header_names_lowered(response.headers)
            body = Body(self._wire, response.status, headers)
            for chunk in response.iter_stream():
                if not body.add(chunk):
                    break
        finally:
            response.close()
        return reply_of(response.status, headers, body)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def leave_to_parent(self) -> None:
        """Let go of the connections in a forked process, without a word to the server."""
        self._connections.leave_to_parent()


class Requests:
    """Makes httpcore's requests out of steps."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._scheme = wire.url.scheme.encode()
        self._host = wire.host.encode()
        self.origin = httpcore.Origin(self._scheme, self._host, wire.port)

    def of(self, step: Send, trace: Any = None) -> httpcore.Request:
        """The request of a step; `trace` is told of what becomes of it."""
        connect_s = min(step.timeout_s, self._wire.connect_timeout_s)
        timeouts = {"connect": connect_s, "pool": connect_s, "read": step.timeout_s, "write": step.timeout_s}
        target = self._wire.target_of(step).encode("ascii")
        return httpcore.Request(
            step.request.method,
            httpcore.URL(scheme=self._scheme, host=self._host, port=self._wire.port, target=target),
            headers=self._wire.headers_of(step),
            content=step.request.body,
            extensions={"timeout": timeouts} if trace is None else {"timeout": timeouts, "trace": trace},
        )


class Sent:
    """Finds out from httpcore's events whether a byte of the request may have gone out through a proxy.

    Without a proxy the kind of an exception tells; with one, the same kinds come of the connection to the proxy too.
    """

    def __init__(self) -> None:
        self.is_set = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Note an event of a synchronous connection."""
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.is_set = True

    async def trace_async(self, event: str, info: dict[str, Any]) -> None:
        """Note an event of an asynchronous connection."""
        self.trace(event, info)


class _Connections:
    """Connections to one server: a list of the free ones, the last used first, and a limit for all of them."""

    def __init__(self, make: Callable[[], httpcore.ConnectionInterface]) -> None:
        self._make = make
        self._free: deque[httpcore.ConnectionInterface] = deque()
        self._slots = threading.Semaphore(MAX_CONNECTIONS)
        self._is_closed = False

    def take(self, ends_at: float) -> httpcore.ConnectionInterface:
        """A connection to use alone, waited for if all are in use. Raises `httpcore.PoolTimeout`."""
        if not self._slots.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            raise httpcore.PoolTimeout
        while True:
            try:
                connection = self._free.pop()
            except IndexError:
                return self._make()
            if connection.is_available() and not connection.has_expired():
                return connection
            connection.close()

    def give_back(self, connection: httpcore.ConnectionInterface) -> None:
        """Keep a connection for the next call if it can be used again."""
        if connection.is_available() and not self._is_closed and not holds_more(connection):
            self._free.append(connection)
        else:
            connection.close()
        self._slots.release()

    def close(self) -> None:
        """Close the free connections, and each of the others when it is given back."""
        self._is_closed = True
        while self._free:
            self._free.pop().close()

    leave_to_parent = close  # which closes this process's hold on the sockets, and no more


def holds_more(connection: Any) -> bool:
    """Whether bytes came in after the end of the reply, which would be taken for the reply to the next request."""
    while (within := getattr(connection, "_connection", None)) is not None:  # one through a proxy has two or three
        connection = within
    protocol = getattr(connection, "_h11_state", None)
    return protocol is None or protocol.trailing_data != (b"", False)


def proxied(
    http: Any, socks: Any, proxy: Proxy, tls: ssl.SSLContext | None, settings: Settings
) -> Callable[[Any, httpcore.Origin], Any]:
    """What makes a connection through a proxy, over a network backend, to a server. Raises `InvalidRequest`."""
    kind, options = socks, {"ssl_context": tls, "keepalive_expiry": KEEPALIVE_S}
    if proxy.scheme in PROXY_PORTS:
        kind, options["proxy_ssl_context"] = http, tls_of(settings) if proxy.scheme == "https" else None

    def make(backend: Any, origin: httpcore.Origin) -> Any:
        return pool(network_backend=backend).create_connection(origin)

    pool = partial(kind, proxy.url, proxy.user, **options)
    try:
        pool()
    except RuntimeError:
        problem = Problem("proxy", "speaks SOCKS, which needs the package socksio", "pip install 'httpx[socks]'")
    else:
        return make
    raise InvalidRequest.of("connect", [problem])


class _DeadlineBackend(httpcore.NetworkBackend, threading.local):
    """Sockets of which no operation goes on beyond the end of the call that this thread is in."""

    ends_at = 0.0

    def __init__(self, names: Names) -> None:
        self._sockets, self._names = httpcore.SyncBackend(), names

    def clamped(self, timeout: float | None, error: type[Exception]) -> float:
        """How long an operation may take. Raises `error` where no time is left."""
        left_s = self.ends_at - time.monotonic()
        if left_s <= 0:
            raise error
        return left_s if timeout is None else min(timeout, left_s)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        trouble: Exception = httpcore.ConnectError("no address")
        for address in self._names.addresses(host, port, self.clamped(timeout, httpcore.ConnectTimeout)):
            allowed_s = self.clamped(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._sockets.connect_tcp(address, port, allowed_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _DeadlineStream(stream, self)
        raise trouble


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, backend: _DeadlineBackend) -> None:
        self._stream, self._backend = stream, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.clamped(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_BYTES):
            allowed_s = self._backend.clamped(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + WRITE_BYTES], allowed_s)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            allowed_s = self._backend.clamped(timeout, httpcore.ConnectTimeout)
            return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, allowed_s), self._backend)
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
