"""The rules of the arguments that a client is made with. Each function yields what is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from ..exceptions import InvalidRequestError, Problem

if TYPE_CHECKING:
    import ssl

# The timers of operating systems count at most some 292 years.
MAX_DURATION_S = 365 * 86400
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
AIOHTTP = "aiohttp"
TRANSPORTS = ("httpcore", AIOHTTP)

TransportName: TypeAlias = Literal["httpcore", "aiohttp"]


class HttpClient(Protocol):
    """What `http_client` takes: a client of httpx or httpx2, or any object with these two methods."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        ...

    @property
    def send(self) -> Callable[..., Any]:
        """Sends a request. For `AsyncSessionsClient` it is awaited."""
        ...


def duration_problems(durations: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these numbers of seconds."""
    for name, value in durations.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= MAX_DURATION_S:
            yield Problem(name, "must be a number of seconds above 0 and at most one year", "pass seconds")


def count_problems(counts: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these counts."""
    for name, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            remedy = "use 1 to disable retries" if name == "max_attempts" else "pass an int"
            yield Problem(name, "must be an integer of at least 1", remedy)


def flag_problems(flags: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these flags."""
    for name, value in flags.items():
        if not isinstance(value, bool):
            yield Problem(name, "must be True or False", "pass a bool")


def function_problems(functions: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these optional functions."""
    for name, value in functions.items():
        if value is not None and not callable(value):
            yield Problem(name, "must be a function of one argument", "pass a function, or None")


def proxy_problems(proxy: object) -> Iterator[Problem]:
    """What is wrong with the URL of a proxy. The problem does not quote it, because it can contain a password."""
    if proxy is None:
        return
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(proxy) if isinstance(proxy, str) else None
        is_usable = parts is not None and parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        rule = f"must be a URL with one of the schemes {', '.join(PROXY_SCHEMES)}"
        yield Problem("proxy", rule, "pass a URL such as http://proxy.example:3128")


def http_client_problems(http_client: object, *, is_async: bool) -> Iterator[Problem]:
    """What is wrong with the caller's HTTP client, as far as one can see without using it."""
    if http_client is None:
        return
    send: Any = getattr(http_client, "send", None)
    expected = "httpx.AsyncClient" if is_async else "httpx.Client"
    if not callable(send) or not callable(getattr(http_client, "build_request", None)):
        yield Problem("http_client", "must have the methods build_request and send", f"pass an {expected}, or none")
    elif inspect.iscoroutinefunction(send) != is_async and not (is_async and hasattr(http_client, "aclose")):
        kind = "asynchronous" if is_async else "synchronous"
        yield Problem("http_client", f"must be {kind}, as this client is", f"pass an {expected}")


def transport_problems(transport: object, http_client: object, *, is_async: bool) -> Iterator[Problem]:
    """What is wrong with the choice of a transport."""
    if transport not in TRANSPORTS:
        yield Problem("transport", f"must be {' or '.join(TRANSPORTS)}", "pass one of them, or leave it out")
    elif transport == AIOHTTP and http_client is not None:
        yield Problem("transport", "has no effect with http_client", "pass either transport or http_client")
    elif transport == AIOHTTP and not is_async:
        yield Problem("transport", "aiohttp is asynchronous", "use AsyncSessionsClient, or leave transport out")
    elif transport == AIOHTTP:
        from importlib.util import find_spec

        if find_spec("aiohttp") is None:
            yield Problem("transport", "needs the package aiohttp", "pip install 'anyscale-sessions[aiohttp]'")


def tls_context(ca_file: str | None, place: str = "ca_file") -> ssl.SSLContext | None:
    """A TLS context that trusts the certificates of a file and no others; `None` without a file.

    Raises `InvalidRequestError` with `place` as the field.
    """
    if ca_file is None:
        return None
    from ssl import create_default_context

    try:
        if ca_file == "":  # ssl would ignore it and trust the default certificates
            raise FileNotFoundError
        return create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (TypeError, ValueError) as error:
        reason = type(error).__name__
    problem = Problem(place, f"must be a readable PEM file of certificates: {reason}", "pass the path of the file")
    raise InvalidRequestError.of("connect", [problem])
