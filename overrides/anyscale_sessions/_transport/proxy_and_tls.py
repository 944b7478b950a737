"""Which proxy requests go through, if any, and which certificates are trusted."""

from __future__ import annotations

import os
import ssl
import sys
from typing import Final
from urllib.parse import unquote, urlsplit

import httpcore

from anyscale_sessions_api.types import Secret

from .._config.credentials import is_loopback
from .._config.options import proxy_problems, tls_context
from .._utils.records import Record
from ..exceptions import InvalidRequestError, Problem
from .no_proxy import is_excluded
from .request_defaults import RequestDefaults, Settings

CA_FILE_VARIABLE: Final = "SSL_CERT_FILE"
CA_FOLDER_VARIABLE: Final = "SSL_CERT_DIR"
PROXY_PORTS: Final = {"http": 80, "https": 443}
SOCKS_PORT: Final = 1080
SYSTEMS_WITH_PROXY_SETTINGS: Final = frozenset({"darwin", "win32"})


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
    variable, text = _proxy_variable(defaults.url.scheme)
    if not text.value or is_excluded(_variable("no_proxy")[1], defaults.host, defaults.port):
        return None
    url = text if "://" in text.value else Secret(f"http://{text.value}")
    if any(proxy_problems(url.value)):
        rule = "must be the URL of a proxy"
        problem = Problem(variable, rule, "unset or correct the proxy variable, or pass trust_env=False")
        raise InvalidRequestError.of("environment", [problem])
    return _parsed(url.value)


def _proxy_variable(scheme: str) -> tuple[str, Secret[str]]:
    """The variable that names a proxy for a scheme, and its value; a proxy of the system counts if none does."""
    for name in (f"{scheme}_proxy", "all_proxy"):
        variable, text = _variable(name)
        # A web server passes the header Proxy of a request to a CGI script as HTTP_PROXY.
        if text and not (variable == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ):
            return variable, Secret(text)
    if sys.platform in SYSTEMS_WITH_PROXY_SETTINGS:
        from urllib.request import getproxies

        found = getproxies()
        return "system settings", Secret(found.get(scheme) or found.get("all") or "")
    return "", Secret("")


def _variable(name: str) -> tuple[str, str]:
    """A variable by its name in lower case, else in upper case, and its value."""
    for variable in (name, name.upper()):
        text = os.environ.get(variable)
        if text is not None:
            return variable, text.strip()
    return name, ""


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
