"""Connections through a proxy, which httpcore opens with the first request.

Its proxy pools are used to make connections only: as pools they keep a slot for each tunnel that failed to open.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import httpcore

from ...exceptions import InvalidRequestError, Problem
from ..proxy_and_tls import PROXY_PORTS, Proxy, tls_of
from ..request_defaults import KEEPALIVE_S, Settings


def proxy_connector(
    http_pool: Any, socks_pool: Any, proxy: Proxy, tls: ssl.SSLContext | None, settings: Settings
) -> Callable[[Any, httpcore.Origin], Any]:
    """A function that makes a connection to a server, through the proxy and over a network backend.

    `http_pool` and `socks_pool` are httpcore's proxy pools, of the sync or the async kind. Raises
    `InvalidRequestError` if the proxy needs a package that is not installed.
    """
    pool, options = socks_pool, {"ssl_context": tls, "keepalive_expiry": KEEPALIVE_S}
    if proxy.scheme in PROXY_PORTS:
        pool, options["proxy_ssl_context"] = http_pool, tls_of(settings) if proxy.scheme == "https" else None

    def make_pool(backend: Any = None) -> Any:  # the repr of a partial function would show the password
        return pool(proxy.url, proxy.user, network_backend=backend, **options)

    def connect(backend: Any, origin: httpcore.Origin) -> Any:
        return make_pool(backend).create_connection(origin)

    try:
        make_pool()
    except RuntimeError:
        problem = Problem("proxy", "speaks SOCKS, which needs the package socksio", "pip install 'httpx[socks]'")
    else:
        return connect
    raise InvalidRequestError.of("connect", [problem])
