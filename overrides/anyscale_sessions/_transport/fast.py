"""Sends over the HTTP client of `ry`, which is reqwest in Rust, for a client made with `transport="fast"`.

By its errors it tells whether a connection came about, and it sends nothing twice of which a byte may have gone out. It
is told to follow no redirect, keep no cookie, unpack nothing and read no environment. What the default transport
promises holds here too, but for what docs/reliability.md says of it.
"""

from __future__ import annotations

import math
import os
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from ssl import SSLCertVerificationError
from typing import Any, Final

from .._sansio.call import Failure, Response, Send
from ..exceptions import InvalidRequestError, Problem
from .errors import failure_of
from .proxy_and_tls import CA_FILE_VARIABLE, PROXY_PORTS, Proxy, proxy_of, trusted_pem
from .request_defaults import KEEPALIVE_S, MAX_CONNECTIONS, Body, RequestDefaults, Settings, response_of
from .rust import ry

MAX_URL_CHARACTERS: Final = 65_000  # the library takes some 500 more
MOST_CLIENTS: Final = 4
# So that a connection that does not come about is told as that, and not as a response that does not come.
CONNECT_SHARE: Final = 0.9
NOT_TRUSTED: Final = "InvalidCertificate("
NO_URL: Final = "(url="
NOWHERE: Final = "http://127.0.0.1:9"

_processes: list[int] = []
_of_the_parent: list[object] = []


class ConnectError(Exception):
    """No connection came about."""


class ConnectTimeout(ConnectError):
    """No connection came about in time."""


class PoolTimeout(Exception):
    """None of the connections became free in time."""


class InvalidURL(Exception):
    """The URL is longer than the library takes."""


class NoResponse(Exception):
    """What came is no response to what was asked."""


class FastTransport:
    """Sends over the library's connections."""

    def __init__(self, wire: RequestDefaults, settings: Settings) -> None:
        self._wire = wire
        self._requests = Requests(wire)
        self._clients = Clients(ry.BlockingClient, wire, settings)
        self._slots = threading.Semaphore(MAX_CONNECTIONS)
        self._unclosed = warns_unclosed(self)

    def __call__(self, step: Send) -> Response | Failure:
        """One attempt."""
        ends_at = time.monotonic() + step.left_s
        try:
            if not self._slots.acquire(timeout=step.left_s):
                raise PoolTimeout  # noqa: TRY301 - told like all that follows
            try:
                return self._exchange(step, max(0.0, ends_at - time.monotonic()))
            finally:
                self._slots.release()
        except Exception as error:  # noqa: BLE001 - whatever the library raises is told in our own terms
            return failure_of(step, told(error))

    def _exchange(self, step: Send, left_s: float) -> Response:
        url, options = self._requests.of(step, left_s)
        response = self._clients.of(step).fetch(url, **options)
        reading = Reading(self._wire, response.status, response.headers)
        if not reading.is_whole:
            with response.stream() as pieces:
                for piece in pieces:
                    if not reading.add(piece):
                        break
        return reading.response()

    def close(self) -> None:
        """Let go of the connections; each that is in use closes when its call ends."""
        self._unclosed.detach()
        self._clients.forget()

    def after_fork(self) -> None:
        """Keep the connections, unused and for good: the threads that run them have stayed in the parent process."""
        self._unclosed.detach()
        self._clients.leak()


class Requests:
    """Makes of steps what the library wants to know."""

    def __init__(self, wire: RequestDefaults) -> None:
        self._wire = wire
        self._root = f"{wire.url.scheme}://{wire.url.netloc}"
        self._headers = _headers(wire.headers)
        self._body_headers = _headers(wire.body_headers)

    def of(self, step: Send, left_s: float) -> tuple[str, dict[str, Any]]:
        """The URL of a request, and all else about it. Raises `InvalidURL`."""
        request = step.request
        url = self._root + self._wire.target_of(step)
        if len(url) > MAX_URL_CHARACTERS:
            raise InvalidURL
        if step.headers or (request.body is None and request.method == "POST"):
            headers = _headers(self._wire.headers_of(step))
        else:
            headers = self._headers if request.body is None else self._body_headers
        return url, {
            "method": request.method,
            "headers": headers,
            "body": request.body or b"",
            "timeout": ry.Duration.from_secs_f64(left_s),
        }


def _headers(given: Iterable[tuple[bytes, bytes]]) -> Any:
    return ry.Headers({name.decode("ascii"): value.decode("ascii") for name, value in given if name != b"host"})


class Reading:
    """A response as it comes in."""

    __slots__ = ("_body", "_headers", "_left_bytes", "_status")

    def __init__(self, wire: RequestDefaults, status: int, headers: Any) -> None:
        if status < 200:
            raise NoResponse
        self._status, self._headers = status, texts_of(headers.to_dict())
        self._body = Body(wire, status, self._headers)
        announced = self._headers.get("content-length", "")
        self._left_bytes = int(announced[:20]) if announced.isdecimal() else math.inf

    @property
    def is_whole(self) -> bool:
        """Whether all of the body is there, as far as its length tells: then one look less is needed."""
        return self._left_bytes <= 0

    def add(self, piece: Any) -> bool:
        """Take a piece of the body; says whether more is wanted. Raises `TooLong`."""
        self._left_bytes -= len(piece)
        return self._body.add(bytes(piece)) and not self.is_whole

    def response(self) -> Response:
        """The response as the policy sees it."""
        return response_of(self._status, self._headers, self._body)


def texts_of(headers: Mapping[str, str | bytes | Sequence[str | bytes]]) -> dict[str, str]:
    """Headers of the library's, which tells as bytes what is no UTF-8, as a list what has one name: the last counts."""
    texts: dict[str, str] = {}
    for name, told_so in headers.items():
        value = told_so if isinstance(told_so, str | bytes) else told_so[-1]
        texts[name] = value if isinstance(value, str) else value.decode("latin-1")
    return texts


class Clients:
    """The library's clients, each with connections of its own: how long one waits is settled when it is made."""

    def __init__(self, kind: Callable[..., Any], wire: RequestDefaults, settings: Settings) -> None:
        self._kind, self._options = kind, options_of(wire, settings)
        self._connect_timeout_s = wire.connect_timeout_s
        self._made: dict[float, Any] = {}

    def of(self, step: Send) -> Any:
        """One that waits for each piece of a response as long as a step says, or longer where the step ends before."""
        read_s = step.timeout_s if step.timeout_s < step.left_s else 2.0 ** math.frexp(step.timeout_s)[1]
        found = self._made.get(read_s)
        if found is None:
            connect_s = min(self._connect_timeout_s, min(read_s, step.timeout_s) * CONNECT_SHARE)
            found = self._kind(
                **self._options,
                connect_timeout=ry.Duration.from_secs_f64(connect_s),
                read_timeout=ry.Duration.from_secs_f64(read_s),
            )
            self._made = {**dict(list(self._made.items())[1 - MOST_CLIENTS :]), read_s: found}
        return found

    def forget(self) -> None:
        """Let go of all of them."""
        self._made = {}

    def leak(self) -> None:
        """Never end them, which would wait for threads that are not there."""
        _of_the_parent.append(self._made)


def is_left_to_parent() -> bool:
    """Whether this process was forked from one in which the library runs, and is without the threads that run it."""
    return bool(_processes) and os.getpid() not in _processes


def options_of(wire: RequestDefaults, settings: Settings) -> dict[str, Any]:
    """How the library is to send, but for timeouts. Raises `InvalidRequestError`."""
    if os.getpid() not in _processes:
        _processes.append(os.getpid())
    proxy = proxy_of(settings, wire)
    is_tls = wire.url.scheme == "https" or (proxy is not None and proxy.scheme == "https")
    options: dict[str, Any] = {
        "brotli": False,
        "deflate": False,
        "gzip": False,
        "hickory_dns": False,
        "http1_only": True,
        "pool_idle_timeout": ry.Duration.from_secs_f64(KEEPALIVE_S),
        "pool_max_idle_per_host": MAX_CONNECTIONS,
        "proxy": _proxy(proxy, wire),
        "redirect": None,
        "referer": False,
        "tls_certs_only": ry.Certificate.from_pem_bundle(trusted_pem(settings)) if is_tls else [],
        "user_agent": False,
        "zstd": False,
    }
    try:
        ry.BlockingClient(**options)
    except ry.ReqwestError:
        options["tls_certs_only"] = []
    if is_tls and not options["tls_certs_only"]:
        place = "ca_file" if settings.ca_pem is not None else CA_FILE_VARIABLE
        raise _refusal(place, "must hold certificates that the fast transport can read")
    return options


def _proxy(proxy: Proxy | None, wire: RequestDefaults) -> Any:
    if proxy is None:
        # Without any, the library would look for one in the environment; this one is for requests of the other kind.
        return ry.Proxy.http(NOWHERE) if wire.url.scheme == "https" else ry.Proxy.https(NOWHERE)
    # The proxy looks the server's name up, as the default transport has it too.
    url = proxy.url if proxy.scheme in PROXY_PORTS else proxy.url.replace("socks5:", "socks5h:", 1)
    user = None if proxy.user is None else (proxy.user[0].decode(), proxy.user[1].decode())
    try:
        return ry.Proxy.all(url, basic_auth=user)
    except ValueError:
        refusal = _refusal("proxy", "must be the URL of a proxy")
    raise refusal


def _refusal(field: str, rule: str) -> InvalidRequestError:
    return InvalidRequestError.of("connect", [Problem(field, rule, 'mend it, or leave out transport="fast"')])


def told(error: Exception) -> Exception:
    """An error of the library, as one that `failure_of` knows by its name."""
    if isinstance(error, ValueError) and NO_URL in str(error):
        return ConnectError()
    if not isinstance(error, ry.ReqwestError):
        return error
    theirs: Any = error
    if theirs.is_connect():
        if NOT_TRUSTED in str(error):
            return SSLCertVerificationError()
        return ConnectTimeout() if theirs.is_timeout() else ConnectError()
    return TimeoutError() if theirs.is_timeout() else error


def warns_unclosed(transport: object) -> weakref.finalize[Any, Any]:
    """Warns when a transport goes that nobody has closed, as Python does of its sockets."""
    finalizer = weakref.finalize(transport, _warn, f"unclosed {type(transport).__name__}")
    finalizer.atexit = False
    return finalizer


def _warn(text: str) -> None:
    warnings.warn(text, ResourceWarning, stacklevel=2)
