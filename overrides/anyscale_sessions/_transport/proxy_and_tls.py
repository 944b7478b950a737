"""How the server is reached: directly or through a proxy, and with which certificates TLS is checked."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
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
    """A proxy: its URL without the user, and the user's name and password."""

    _hidden = frozenset({"user"})

    url: str
    user: tuple[bytes, bytes] | None = None

    @property
    def scheme(self) -> str:
        """What is spoken with it."""
        return self.url.partition(":")[0]


def proxy_of(settings: Settings, wire: RequestDefaults) -> Proxy | None:
    """The proxy to go through, if any: never to this machine; else the given one, else the environment's.

    Raises `InvalidRequestError` for a proxy in the environment that cannot be used.
    """
    if is_loopback(wire.host):
        return None
    if settings.proxy is not None:
        return _parsed(settings.proxy)
    return _proxy_of_environment(wire) if settings.trust_env else None


def _proxy_of_environment(wire: RequestDefaults) -> Proxy | None:
    from urllib.request import getproxies, proxy_bypass  # 30 ms that a client of this machine never needs

    found = getproxies()
    text = found.get(wire.url.scheme) or found.get("all")
    if not text or proxy_bypass(f"{wire.host}:{wire.port}"):
        return None
    text = text if "://" in text else f"http://{text}"
    if any(proxy_problems(text)):
        rule = "must be the URL of a proxy"
        problem = Problem(f"{wire.url.scheme}_proxy", rule, "mend the environment, or pass trust_env=False")
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
    """What checks the server's certificate: as the caller says, else as the environment says, else as httpx does.

    Raises `InvalidRequestError` for certificates in the environment that cannot be used.
    """
    if settings.tls is not None:
        return settings.tls
    file, folder = _of_environment(settings)
    context = tls_context(file, CA_FILE_VARIABLE) or httpcore.default_ssl_context()
    if folder:
        context.load_verify_locations(capath=folder)
    return context


def trusted_pem(settings: Settings) -> bytes:
    """The certificates that `tls_of` trusts, in PEM form. Raises `InvalidRequestError` as it does."""
    if settings.ca_pem is not None:
        return settings.ca_pem
    context = tls_of(settings)
    file, folder = _of_environment(settings)
    pieces = (
        [ssl.DER_cert_to_PEM_cert(certificate).encode() for certificate in context.get_ca_certs(binary_form=True)]
        if file is None
        else [Path(file).read_bytes()]
    )
    # OpenSSL finds a certificate in a folder by its name, which is a hash and a number.
    found = sorted(Path(folder).glob("????????.[0-9]*")) if folder else []
    return b"\n".join([*pieces, *(path.read_bytes() for path in found)])


def _of_environment(settings: Settings) -> tuple[str | None, str | None]:
    """The file and the folder of certificates that the environment names."""
    if not settings.trust_env:
        return None, None
    return os.environ.get(CA_FILE_VARIABLE) or None, os.environ.get(CA_FOLDER_VARIABLE) or None
