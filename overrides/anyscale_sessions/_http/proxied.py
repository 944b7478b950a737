"""Connections through a proxy, which httpcore makes by itself with the first request.

Its pool for a proxy does no more here than that: it would keep a place for each tunnel that has failed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

import httpcore

from ..calling import Send
from ..exceptions import InvalidRequest, Problem
from .messages import Requests
from .route import PROXY_PORTS, Proxy, tls_of
from .wire import KEEPALIVE_S, Settings


class Sent:
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


class Proxied:
    """A connection through a proxy.

    Attributes:
        http: the connection, as httpcore has it.
    """

    def __init__(self, requests: Requests, http: Any) -> None:
        self._requests, self.http = requests, http
        self._sent = Sent()

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have gone out."""
        return self._sent.is_set

    def send(self, step: Send) -> httpcore.Response:
        """Send a request; its reply is still to be read."""
        self._sent = Sent()
        return self.http.handle_request(self._requests.of(step, self._sent.trace))  # type: ignore[no-any-return]


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
