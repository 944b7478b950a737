"""The only module that imports httpx: sends one request, and says what came back or in which way nothing did."""

from __future__ import annotations

import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from attrs import field, frozen

from .calling import Failure, Reply, Send
from .credentials import is_loopback
from .exceptions import ConnectionFailed, ReplyUndecodable, RequestTimeout
from .retrying import Outcome

MAX_REPLY_BYTES = 16 * 1024 * 1024
MAX_CONNECTIONS = 100


@frozen(kw_only=True)
class Wire:
    """How requests go out.

    Attributes:
        base_url: what the paths of the spec stand below.
        headers: sent with every request; the token is in the cookie.
        connect_timeout_s: seconds to get a connection.
        max_reply_bytes: a longer reply is not read.
        options: what to make httpx's own client with.
    """

    base_url: str
    headers: dict[str, str] = field(repr=False)
    connect_timeout_s: float
    max_reply_bytes: int = MAX_REPLY_BYTES


def connect(*, http_client: Any, **settings: Any) -> Transport:
    """A transport over the caller's client, or over one of our own."""
    wire, options = _settled(**settings)
    return Transport(wire, http_client or httpx.Client(**options))


def connect_async(*, http_client: Any, **settings: Any) -> AsyncTransport:
    """The same for an asynchronous client."""
    wire, options = _settled(**settings)
    return AsyncTransport(wire, http_client or httpx.AsyncClient(**options))


def _settled(
    *,
    base_url: str,
    headers: dict[str, str],
    connect_timeout_s: float,
    ca_file: str | None,
    proxy: str | None,
    trust_env: bool,
) -> tuple[Wire, dict[str, Any]]:
    """The wire, and the arguments for httpx's client: no redirects, no cookies kept, no proxy for this machine."""
    url = httpx.URL(base_url)
    local = is_loopback(url.host)
    # A TLS context takes 20 ms to make, for nothing where no TLS is spoken.
    verify = ssl.create_default_context(cafile=ca_file) if ca_file else not (local and url.scheme == "http")
    options = {
        "verify": verify,
        "proxy": None if local else proxy,
        "trust_env": trust_env and not local,
        "follow_redirects": False,
        "limits": httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }
    return Wire(base_url=base_url, headers=headers, connect_timeout_s=connect_timeout_s), options


class Transport:
    """Sends over an `httpx.Client`, or anything with its `build_request` and `send`."""

    def __init__(self, wire: Wire, client: Any) -> None:
        self._wire, self._client = wire, client

    def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        try:
            request = _request(self._wire, self._client, step)
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                return _reply(response, _Body(self._wire).take(response.iter_bytes()))
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, _TooLong, RuntimeError) as error:
            failure = _failure(step, error)
        return failure

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class AsyncTransport:
    """Sends over an `httpx.AsyncClient`, or anything with its `build_request` and `send`."""

    def __init__(self, wire: Wire, client: Any) -> None:
        self._wire, self._client = wire, client

    async def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        try:
            request = _request(self._wire, self._client, step)
            response = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                body = _Body(self._wire)
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
                return _reply(response, body.whole())
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, _TooLong, RuntimeError) as error:
            failure = _failure(step, error)
        return failure

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class _TooLong(Exception):
    pass


class _Body:
    """A reply's body as it comes in, up to a limit that holds after decompression."""

    def __init__(self, wire: Wire) -> None:
        self._chunks: list[bytes] = []
        self._left = wire.max_reply_bytes

    def add(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise _TooLong
        self._chunks.append(chunk)

    def take(self, chunks: Any) -> bytes:
        for chunk in chunks:
            self.add(chunk)
        return self.whole()

    def whole(self) -> bytes:
        return b"".join(self._chunks)


def _request(wire: Wire, client: Any, step: Send) -> Any:
    timeout = httpx.Timeout(step.timeout_s, connect=min(wire.connect_timeout_s, step.timeout_s))
    headers = wire.headers if step.request.body is None else {**wire.headers, "content-type": "application/json"}
    url = wire.base_url + step.request.target
    return client.build_request(step.request.method, url, content=step.request.body, headers=headers, timeout=timeout)


def _reply(response: Any, body: bytes) -> Reply:
    headers = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers.raw}
    return Reply(response.status_code, headers, body)


def _failure(step: Send, error: Exception) -> Failure:
    """What it means that no reply came. The texts of httpx are not passed on: they can hold the URL."""
    name = step.request.operation_id
    if isinstance(error, _TooLong):
        return Failure(Outcome.UNKNOWN, ReplyUndecodable(f"{name}: the reply is longer than the limit"))
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return Failure(Outcome.NOT_SENT, RequestTimeout(f"{name}: no connection within {step.timeout_s:g} s"))
    if isinstance(error, httpx.TimeoutException):
        return Failure(Outcome.UNKNOWN, RequestTimeout(f"{name}: no reply within {step.timeout_s:g} s"))
    if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Failure(
            Outcome.NOT_SENT, ConnectionFailed(f"{name}: the server cannot be reached ({type(error).__name__})")
        )
    if isinstance(error, httpx.DecodingError):
        return Failure(Outcome.UNKNOWN, ReplyUndecodable(f"{name}: the reply's content encoding is broken"))
    if isinstance(error, RuntimeError) and not isinstance(error, httpx.StreamError):
        return Failure(Outcome.FINAL, ConnectionFailed(f"{name}: the client is closed"))
    return Failure(Outcome.UNKNOWN, ConnectionFailed(f"{name}: the connection broke ({type(error).__name__})"))
