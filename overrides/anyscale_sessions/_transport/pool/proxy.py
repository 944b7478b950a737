"""Connections through a proxy, which httpcore makes by itself with the first request.

Its pool for a proxy does no more here than that: it would keep a place for each tunnel that has failed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpcore

from ..._sansio.call import Send
from ...exceptions import InvalidRequestError, Problem
from ..proxy_and_tls import PROXY_PORTS, Proxy, tls_of
from ..request_defaults import KEEPALIVE_S, Settings
from .request_builder import Requests


class RequestSentTracker:
    """Finds out from httpcore's events whether a byte of the request may have gone out through a proxy.

    Without a proxy a request is only made once there is a connection; with one, the same errors come of the connection
    to the proxy too.
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


class ProxyConnection:
    """A connection through a proxy."""

    def __init__(self, requests: Requests, http: Any) -> None:
        self._requests, self._http = requests, http
        self._sent = RequestSentTracker()

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have gone out."""
        return self._sent.is_set

    def send(self, step: Send) -> httpcore.Response:
        """Send a request; its response is still to be read."""
        self._sent = RequestSentTracker()
        return self._http.handle_request(self._requests.of(step, self._sent.trace))  # type: ignore[no-any-return]

    def long_body(self, _response: httpcore.Response, _headers: Mapping[str, str], _timeout_s: float) -> None:
        """Nothing: what a body comes through is known to httpcore alone."""

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return self._http.is_available() and not holds_more(self._http)

    def has_expired(self) -> bool:
        """Whether it was free for too long, or something has come that nobody asked for, such as the end."""
        return bool(self._http.has_expired())

    def close(self) -> None:
        """Close it."""
        self._http.close()


def holds_more(connection: Any) -> bool:
    """Whether bytes came in after the end of the response, which would be taken for the response to the next request."""
    while (within := getattr(connection, "_connection", None)) is not None:  # one through a proxy has two or three
        connection = within
    protocol = getattr(connection, "_h11_state", None)
    return protocol is None or protocol.trailing_data != (b"", False)


def proxied(
    http: Any, socks: Any, proxy: Proxy, tls: ssl.SSLContext | None, settings: Settings
) -> Callable[[Any, httpcore.Origin], Any]:
    """What makes a connection through a proxy, over a network backend, to a server. Raises `InvalidRequestError`."""
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
    raise InvalidRequestError.of("connect", [problem])
