"""Sockets of which no operation goes on beyond the end of the call."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from .resolver import Resolver

WRITE_BYTES: Final = 65536


class DeadlineBackend(httpcore.NetworkBackend, threading.local):
    """Sockets of which no operation goes on beyond the end of the call that this thread is in."""

    ends_at = 0.0

    def __init__(self, names: Resolver) -> None:
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
    def __init__(self, stream: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
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
