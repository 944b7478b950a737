"""The transport of `SessionsClient`: a free list of httpcore connections, which stay open between calls.

httpcore's own pool checks every connection for every request. Taking one from a free list costs the same however many
are in use.
"""

from __future__ import annotations

import queue
import ssl
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import httpcore

from anyscale_sessions_api.types import Secret

from ..._sansio.messages import Failure, Response, Send
from ..._utils.locks import ProcessLock
from ..errors import failure_of, is_transport_error
from ..fresh import MAX_IDLE_S, needs_fresh_connection
from ..proxy_and_tls import proxy_of, tls_of
from ..request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, Body, RequestDefaults, Settings, lower_headers, response_of
from .deadline import Deadline, DeadlineBackend
from .proxy import proxy_connector
from .request_builder import RequestBuilder
from .resolver import Resolver

PROTOCOLS: Final = ["http/1.1"]
# How long a call waits for a free slot before it looks again by itself.
MAX_WAIT_S: Final = 0.25


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
        """Make one attempt. Whatever ends it, its slot is released, and its connection is kept or closed."""
        self._deadline.ends_at = ends_at = time.monotonic() + step.left_s
        lease = Lease(is_fresh=needs_fresh_connection(step))
        release = self._connections.release
        try:
            self._connections.take(lease, ends_at, min(step.timeout_s, self._defaults.connect_timeout_s))
            response = lease.exchange(step, self._defaults)
            self._connections.keep(lease)
        except Exception as error:
            if not is_transport_error(error):
                raise
            return failure_of(step, error, self._defaults, is_sent=lease.is_sent)
        finally:
            try:
                lease.close()
            finally:
                release(lease.slot)
            self._connections.wake()
        return response

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def after_fork(self) -> None:
        """Close this process's copies of the sockets after a fork; the server notices nothing."""
        self._connections.close()


class Connection:
    """One connection to the server, direct or through a proxy.

    Attributes:
        kept_at: when it was last given back, by the monotonic clock.
    """

    kept_at = 0.0

    def __init__(self, requests: RequestBuilder, http: Any, backend: DeadlineBackend) -> None:
        self._requests, self._http, self._backend, self._state = requests, http, backend, backend.state

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have been sent."""
        return self._state.is_sent

    def exchange(self, step: Send, defaults: RequestDefaults) -> Response:
        """Send a request and read its response."""
        self._state.start_request(step.request.method)
        response = self._http.handle_request(self._requests.build(step))
        try:
            headers = Secret(lower_headers(response.headers))
            body = Body(defaults, response.status, headers.value)
            self._state.start_body(headers.value)
            all(map(body.add, response.iter_stream()))  # no variable holds a chunk while the next one is awaited
        finally:
            response.close()
        return response_of(response.status, headers.value, body)

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return bool(self._http.is_available()) and self._state.is_clean()

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or has received something since the last response, such as its end."""
        return bool(self._http.has_expired())

    def close(self) -> None:
        """Close the connection."""
        try:
            self._http.close()
        finally:
            self._backend.close()


class Lease:
    """The slot and the connection of one attempt.

    An exception of a signal handler can come between any two steps of Python code. A lease therefore exists before it
    has anything, what it has is stored in it at once, and its slot is gone at the latest with the lease itself.

    Attributes:
        is_fresh: whether only a connection will do that is new or was just in use.
        connection: the connection, if the attempt has one that it must give back or close.
        slot: what stands for the lease among those in use.
    """

    __slots__ = ("__weakref__", "connection", "is_fresh", "is_sent", "slot")

    def __init__(self, *, is_fresh: bool) -> None:
        self.is_fresh, self.is_sent = is_fresh, False
        self.connection: Connection | None = None
        self.slot: Any = None

    def exchange(self, step: Send, defaults: RequestDefaults) -> Response:
        """Send a request over the connection and read its response."""
        connection: Any = self.connection
        try:
            response: Response = connection.exchange(step, defaults)
        finally:
            self.is_sent = connection.is_sent
        return response

    def close(self) -> None:
        """Close the connection, unless it was given back."""
        if self.connection is not None:
            self.connection.close()


def _connect(
    defaults: RequestDefaults,
    requests: RequestBuilder,
    tls: ssl.SSLContext | None,
    new_backend: Callable[[], DeadlineBackend],
    lease: Lease,
    timeout_s: float,
) -> None:
    backend = new_backend()
    try:
        stream = backend.connect_tcp(defaults.host, defaults.port, timeout_s)
        if tls is not None:
            stream = stream.start_tls(tls, defaults.host, timeout_s)
        http = httpcore.HTTP11Connection(requests.origin, stream, KEEPALIVE_S)
        lease.connection = Connection(requests, http, backend)
    except BaseException:
        backend.close()
        raise


def _connect_by_proxy(
    connector: Callable[[Any, httpcore.Origin], Any],
    requests: RequestBuilder,
    new_backend: Callable[[], DeadlineBackend],
    lease: Lease,
    _timeout_s: float,
) -> None:
    backend = new_backend()
    lease.connection = Connection(requests, connector(backend, requests.origin), backend)


class Connections:
    """Connections to one server: a list of the free ones, the last used last, and a limit for all of them.

    Attributes:
        release: makes a slot free. It is a function in C, which an exception of a signal handler cannot end half way.
    """

    def __init__(self, connect: Callable[[Lease, float], None]) -> None:
        self._connect = connect
        self._free: deque[Connection] = deque()
        self._lock = ProcessLock()
        self._in_use: set[Any] = set()
        self._waiting: deque[queue.SimpleQueue[None]] = deque()
        self._is_closed = False
        self.release = self._in_use.discard

    def take(self, lease: Lease, ends_at: float, connect_timeout_s: float) -> None:
        """Give a lease a connection; waits while all are in use. Raises `httpcore.PoolTimeout`."""
        lease.slot = weakref.ref(lease, self.release)
        while not self._has_slot(lease):
            self._wait(ends_at - time.monotonic())
        while self._pop(lease):
            connection: Any = lease.connection
            if not connection.has_expired():
                return
            connection.close()
        lease.connection = None
        self._close_surplus()
        self._connect(lease, connect_timeout_s)

    def _has_slot(self, lease: Lease) -> bool:
        with self._lock:
            if len(self._in_use) < MAX_CONNECTIONS:
                self._in_use.add(lease.slot)
                return True
        return False

    def _wait(self, left_s: float) -> None:
        """Wait until a connection is given back, but not for long: whoever gives one back can be interrupted."""
        if left_s <= 0:
            raise httpcore.PoolTimeout
        woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._waiting.append(woken)
        with suppress(queue.Empty):
            woken.get(timeout=min(left_s, MAX_WAIT_S))

    def _pop(self, lease: Lease) -> bool:
        """Give a lease the free connection that was used last, if it may use it."""
        with self._lock:
            if not self._free:
                return False
            connection = self._free[-1]
            if lease.is_fresh and time.monotonic() - connection.kept_at >= MAX_IDLE_S:
                return False
            lease.connection = connection
            del self._free[-1]
            return True

    def keep(self, lease: Lease) -> None:
        """Keep the connection of a lease for the next call, if it can be used again, and close those idle too long."""
        connection = lease.connection
        if connection is None or self._is_closed or not connection.is_free():
            return
        connection.kept_at = time.monotonic()
        with self._lock:
            lease.connection = None  # first, because a handler can run after the call of `append`
            self._free.append(connection)
        self._close_idle(connection.kept_at - KEEPALIVE_S)

    def _close_idle(self, since: float) -> None:
        """Close the free connections that were kept before a time."""
        while (connection := self._pop_oldest(since, MAX_CONNECTIONS)) is not None:
            connection.close()

    def _close_surplus(self) -> None:
        """Close the oldest free connections, if a new one would be one too many."""
        while (connection := self._pop_oldest(float("-inf"), MAX_CONNECTIONS - len(self._in_use))) is not None:
            connection.close()

    def _pop_oldest(self, since: float, most: int) -> Connection | None:
        with self._lock:
            if not self._free or (self._free[0].kept_at >= since and len(self._free) <= most):
                return None
            connection = self._free[0]
            del self._free[0]
            return connection

    def wake(self) -> None:
        """Wake one of the calls that wait for a slot."""
        with suppress(IndexError):
            self._waiting.popleft().put(None)

    def close(self) -> None:
        """Close the free connections now, and each of the others when its call ends."""
        self._is_closed = True
        while self._free:
            with suppress(IndexError):
                self._free.pop().close()
