"""Which proxy requests go through, if any, and which certificates are trusted."""

from __future__ import annotations

import os
import ssl
from typing import Final
from urllib.parse import unquote, urlsplit

import httpcore

from .._config.credentials import is_loopback
from .._config.options import proxy_problems, tls_context
from .._utils.records import Record
from ..exceptions import InvalidRequestError, Problem
from .request_defaults import RequestDefaults, Settings

CA_FILE_VARIABLE: Final = "SSL_CERT_FILE"
CA_FOLDER_VARIABLE: Final = "SSL_CERT_DIR"
PROXY_PORTS: Final = {"http": 80, "https": 443}
SOCKS_PORT: Final = 1080


class Proxy(Record, frozen=True):
    """A proxy: its URL without credentials, and the user's name and password."""

    _hidden = frozenset({"user"})

    url: str
    user: tuple[bytes, bytes] | None = None

    @property
    def scheme(self) -> str:
        """The protocol of the proxy."""
        return self.url.partition(":")[0]


def proxy_of(settings: Settings, defaults: RequestDefaults) -> Proxy | None:
    """The proxy to use, if any: none for loopback addresses; else the caller's, else that of the environment.

    Raises `InvalidRequestError` if the proxy of the environment is not usable.
    """
    if is_loopback(defaults.host):
        return None
    if settings.proxy is not None:
        return _parsed(settings.proxy)
    return _proxy_of_environment(defaults) if settings.trust_env else None


def _proxy_of_environment(defaults: RequestDefaults) -> Proxy | None:
    from urllib.request import getproxies, proxy_bypass  # takes 30 ms to import, which loopback never needs

    found = getproxies()
    text = found.get(defaults.url.scheme) or found.get("all")
    if not text or proxy_bypass(f"{defaults.host}:{defaults.port}"):
        return None
    text = text if "://" in text else f"http://{text}"
    if any(proxy_problems(text)):
        rule = "must be the URL of a proxy"
        problem = Problem(
            f"{defaults.url.scheme}_proxy", rule, "unset or correct the proxy variable, or pass trust_env=False"
        )
        raise InvalidRequestError.of("environment", [problem])
    return _parsed(text)


def _parsed(text: str) -> Proxy:
    url = urlsplit(text)
    host = url.hostname or ""
    authority = f"[{host}]" if ":" in host else host
    port = url.port or PROXY_PORTS.get(url.scheme, SOCKS_PORT)
    user = None if url.username is None else (unquote(url.username).encode(), unquote(url.password or "").encode())
    return Proxy(f"{url.scheme}://{authority}:{port}", user)


def tls_of(settings: Settings) -> ssl.SSLContext:
    """The TLS context: with the caller's certificates, else with those of the environment, else as httpx makes it.

    Raises `InvalidRequestError` if the certificates of the environment are not usable.
    """
    if settings.tls is not None:
        return settings.tls
    file = os.environ.get(CA_FILE_VARIABLE) if settings.trust_env else None
    folder = os.environ.get(CA_FOLDER_VARIABLE) if settings.trust_env else None
    context = tls_context(file or None, CA_FILE_VARIABLE) or httpcore.default_ssl_context()
    if folder:
        context.load_verify_locations(capath=folder)
    return context
