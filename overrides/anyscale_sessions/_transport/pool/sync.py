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

from ..._sansio.messages import Failure, Response, Send
from ..._utils.locks import ProcessLock
from ..errors import failure_of, is_transport_error
from ..fresh import MAX_IDLE_S, needs_fresh_connection
from ..proxy_and_tls import proxy_of, tls_of
from ..request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, RequestDefaults, Settings
from .connection import Connection
from .deadline import DeadlineBackend
from .lease import Lease
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
        new_backend = partial(DeadlineBackend, Resolver())
        if proxy is None:
            if tls is not None:
                tls.set_alpn_protocols(PROTOCOLS)
            connect = partial(_connect, defaults, requests, tls, new_backend)
        else:
            connector = proxy_connector(httpcore.HTTPProxy, httpcore.SOCKSProxy, proxy, tls, settings)
            connect = partial(_connect_by_proxy, connector, requests, new_backend)
        self._connections = Connections(connect)

    def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt. However it ends, its slot is released, and its connection is kept or closed."""
        lease = Lease(time.monotonic() + step.left_s, is_fresh=needs_fresh_connection(step))
        release = self._connections.release
        try:
            self._connections.take(lease, min(step.timeout_s, self._defaults.connect_timeout_s))
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


def _connect(
    defaults: RequestDefaults,
    requests: RequestBuilder,
    tls: ssl.SSLContext | None,
    new_backend: Callable[[float], DeadlineBackend],
    lease: Lease,
    timeout_s: float,
) -> None:
    backend = new_backend(lease.ends_at)
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
    new_backend: Callable[[float], DeadlineBackend],
    lease: Lease,
    _timeout_s: float,
) -> None:
    backend = new_backend(lease.ends_at)
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

    def take(self, lease: Lease, connect_timeout_s: float) -> None:
        """Give a lease a connection; waits while all are in use. Raises `httpcore.PoolTimeout`."""
        lease.slot = weakref.ref(lease, self.release)
        while not self._has_slot(lease):
            self._wait(lease.ends_at - time.monotonic())
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
            lease.connection = connection  # first: an interruption then leaves it in the list too, but closed
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
