"""The network backend of the synchronous pool: no operation takes longer than the call that it is part of."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import httpcore

from anyscale_sessions_api.types import Secret

from .connection_state import ConnectionState
from .resolver import Resolver, as_bytes

WRITE_BYTES: Final = 65536


class Deadline:
    """When the call that uses a connection must end.

    Attributes:
        ends_at: the time, by the monotonic clock. Each call that uses the connection sets it.
    """

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at

    def limit(self, timeout: float | None, error: type[Exception]) -> float:
        """Seconds that an operation may take. Raises `error` if no time is left."""
        left_s = self.ends_at - time.monotonic()
        if left_s <= 0:
            raise error
        return left_s if timeout is None else min(timeout, left_s)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens the streams of one connection.

    Attributes:
        deadline: the deadline of the call that uses the connection.
        state: what passed over the connection.
    """

    def __init__(self, resolver: Resolver, ends_at: float) -> None:
        self._sockets = httpcore.SyncBackend()
        self._resolver = resolver
        self.deadline = Deadline(ends_at)
        self.state = ConnectionState()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._resolver.addresses(host, port, self.deadline.limit(timeout, httpcore.ConnectTimeout)):
            left_s = self.deadline.limit(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._sockets.connect_tcp(address, port, left_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self.deadline, self.state)
        raise failure

    def close(self) -> None:
        """Close what is open of the connection."""
        if self.state.stream is not None:
            self.state.stream.close()


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, state: ConnectionState) -> None:
        self._stream, self._deadline, self._state = stream, deadline, state
        state.stream = self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - it is sent by `read`
        self._state.queue(buffer)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = Secret(self._state.take_queued())
        with suppress(httpcore.WriteError):  # the server may have answered before it closed the connection
            for start in range(0, len(data.value), WRITE_BYTES):
                left_s = self._deadline.limit(timeout, httpcore.WriteTimeout)
                self._stream.write(data.value[start : start + WRITE_BYTES], left_s)
        if not self._state.unread:
            self._state.unread = self._stream.read(max_bytes, self._deadline.limit(timeout, httpcore.ReadTimeout))
        return self._state.next_piece()

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        hostname: Any = None if server_hostname is None else as_bytes(server_hostname)
        try:
            left_s = self._deadline.limit(timeout, httpcore.ConnectTimeout)
            stream = self._stream.start_tls(ssl_context, hostname, left_s)
        except BaseException:
            self.close()
            raise
        return _DeadlineStream(stream, self._deadline, self._state)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
