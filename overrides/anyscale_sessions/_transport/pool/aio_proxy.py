"""The asynchronous twin of `proxied`."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore

from ..._sansio.call import Send
from .asyncio_sockets import sockets
from .proxy import RequestSentTracker, holds_more
from .request_builder import Requests
from .shielded import closed


class AsyncProxyConnection:
    """A connection through a proxy."""

    def __init__(self, requests: Requests, http: Any, way: RecordingBackend) -> None:
        self._requests, self._http, self._way = requests, http, way
        self._sent = RequestSentTracker()

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have gone out."""
        return self._sent.is_set

    async def send(self, step: Send) -> httpcore.Response:
        """Send a request; its response is still to be read."""
        self._sent = RequestSentTracker()
        request = self._requests.of(step, self._sent.trace_async)
        return await self._http.handle_async_request(request)  # type: ignore[no-any-return]

    async def long_body(self, _response: httpcore.Response, _headers: Mapping[str, str], _timeout_s: float) -> None:
        """Nothing: what a body comes through is known to httpcore alone."""

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return self._http.is_available() and not holds_more(self._http) and not holds_tls_more(self._way.stream)

    def has_expired(self) -> bool:
        """Whether it was free for too long, or something has come that nobody asked for, such as the end."""
        return bool(self._http.has_expired())

    async def aclose(self) -> None:
        """Close it."""
        await self._http.aclose()


def holds_tls_more(stream: httpcore.AsyncNetworkStream | None) -> bool:
    """Whether TLS has taken more in than the response."""
    tls: ssl.SSLObject | None = None if stream is None else stream.get_extra_info("ssl_object")
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass
    return True


class RecordingBackend(httpcore.AsyncNetworkBackend):
    """How a connection comes about; leaves no socket behind where only half of it did.

    Attributes:
        stream: what requests are sent over, once there is something.
    """

    def __init__(self, *, tls_layers: int) -> None:
        self._tls_layers = tls_layers
        self.stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await sockets().connect_tcp(host, port, timeout, local_address, socket_options)
        return self.reached(stream, self._tls_layers)

    def reached(self, stream: httpcore.AsyncNetworkStream, tls_layers_left: int) -> httpcore.AsyncNetworkStream:
        """A stream that has come about, which requests are sent over unless there is TLS to come."""
        if tls_layers_left:
            return _PreTlsStream(stream, self, tls_layers_left)
        self.stream = stream
        return stream


class _PreTlsStream(httpcore.AsyncNetworkStream):
    """A connection that is to speak TLS, perhaps to a server behind a proxy."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, way: RecordingBackend, tls_layers: int) -> None:
        self._stream, self._way, self._tls_layers = stream, way, tls_layers

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await closed(self._stream)
            raise
        return self._way.reached(stream, self._tls_layers - 1)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
