"""Rules for the arguments that a client is made with; each function says what is wrong, or nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from ..exceptions import InvalidRequestError, Problem

if TYPE_CHECKING:
    import ssl

# The operating system's timers end at some 292 years; nobody means to wait longer than this.
LONGEST_DURATION_S = 365 * 86400
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
AIOHTTP = "aiohttp"
TRANSPORTS = ("httpcore", AIOHTTP)

TransportName: TypeAlias = Literal["httpcore", "aiohttp"]


class HttpClient(Protocol):
    """What the seam `http_client` takes: a client of httpx, or anything with these methods of one."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        ...

    @property
    def send(self) -> Callable[..., Any]:
        """Sends a request; awaited by the asynchronous client."""
        ...


def duration_problems(durations: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these numbers of seconds."""
    for name, value in durations.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= LONGEST_DURATION_S:
            yield Problem(name, "must be a number of seconds above 0, and at most a year of them", "pass seconds")


def count_problems(counts: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these counts."""
    for name, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            yield Problem(name, "must be a whole number from 1", "pass 1 for no repetition")


def flag_problems(flags: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these flags."""
    for name, value in flags.items():
        if not isinstance(value, bool):
            yield Problem(name, "must be True or False", "pass one of them")


def function_problems(functions: Mapping[str, object]) -> Iterator[Problem]:
    """What is wrong with these functions, each of which may be left out."""
    for name, value in functions.items():
        if value is not None and not callable(value):
            yield Problem(name, "must be a function of one argument", "pass one, or None")


def proxy_problems(proxy: object) -> Iterator[Problem]:
    """What is wrong with a proxy's URL; it is not repeated, as it can hold a password."""
    if proxy is None:
        return
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(proxy) if isinstance(proxy, str) else None
        is_usable = parts is not None and parts.scheme in PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        rule = f"must be a URL that begins with {', '.join(PROXY_SCHEMES)}"
        yield Problem("proxy", rule, "pass one such as http://proxy.example:3128")


def http_client_problems(http_client: object, *, is_async: bool) -> Iterator[Problem]:
    """What is wrong with an HTTP client of the caller's, as far as it can be told without using it."""
    if http_client is None:
        return
    send: Any = getattr(http_client, "send", None)
    wanted = "httpx.AsyncClient" if is_async else "httpx.Client"
    if not callable(send) or not callable(getattr(http_client, "build_request", None)):
        yield Problem("http_client", "must have the methods build_request and send", f"pass an {wanted}, or none")
    elif inspect.iscoroutinefunction(send) != is_async and not (is_async and hasattr(http_client, "aclose")):
        kind = "asynchronous" if is_async else "synchronous"
        yield Problem("http_client", f"must be {kind}, as this client is", f"pass an {wanted}")


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
    """What trusts the certificates of a file, and no others; nothing for no file.

    Raises `InvalidRequestError`, which names the place where the file was named.
    """
    if ca_file is None:
        return None
    from ssl import create_default_context

    try:
        if ca_file == "":  # which ssl takes for none, and would trust the usual ones
            raise FileNotFoundError
        return create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (TypeError, ValueError) as error:
        reason = type(error).__name__
    problem = Problem(place, f"must be a readable file of certificates in PEM form: {reason}", "pass its path")
    raise InvalidRequestError.of("connect", [problem])
