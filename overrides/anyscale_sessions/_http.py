"""The only module that imports httpx: sends one request, and says what came back or in which way nothing did."""

from __future__ import annotations

import asyncio
import ssl
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from attrs import field, frozen

from .calling import Failure, Reply, Send
from .credentials import is_loopback
from .exceptions import ConnectionFailed, InvalidRequest, Problem, ReplyUndecodable, RequestTimeout
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
        client: the caller's httpx client, or one of our own.
        is_ours: whether the client is ours to close.
    """

    base_url: str
    headers: dict[str, str] = field(repr=False)
    connect_timeout_s: float
    max_reply_bytes: int = MAX_REPLY_BYTES
    client: Any
    is_ours: bool


def connect(*, http_client: Any, **settings: Any) -> Transport:
    """A transport over the caller's client, or over one of our own. Raises `InvalidRequest`."""
    return Transport(_wire(httpx.Client, http_client, **settings))


def connect_async(*, http_client: Any, **settings: Any) -> AsyncTransport:
    """The same for an asynchronous client."""
    return AsyncTransport(_wire(httpx.AsyncClient, http_client, **settings))


def _wire(
    kind: Any,
    http_client: Any,
    *,
    base_url: str,
    headers: dict[str, str],
    connect_timeout_s: float,
    tls: ssl.SSLContext | None,
    proxy: str | None,
    trust_env: bool,
) -> Wire:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = None
    if url is None:
        raise InvalidRequest.of("connect", [Problem("host", "must be usable in a URL", "pass scheme and authority")])
    client = http_client if http_client is not None else _own_client(kind, url, tls, proxy, trust_env=trust_env)
    return Wire(
        base_url=base_url,
        headers=headers,
        connect_timeout_s=connect_timeout_s,
        client=client,
        is_ours=http_client is None,
    )


def _own_client(kind: Any, url: httpx.URL, tls: ssl.SSLContext | None, proxy: str | None, *, trust_env: bool) -> Any:
    """A client of our own: no redirects, no cookies kept, no proxy for this machine."""
    is_local = is_loopback(url.host)
    try:
        return kind(
            # A TLS context takes 20 ms to make, for nothing where no TLS is spoken.
            verify=tls or url.scheme == "https",
            proxy=None if is_local else proxy,
            trust_env=trust_env and not is_local,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
    except (httpx.InvalidURL, ImportError, OSError, ValueError) as error:
        reason = type(error).__name__  # the texts can hold a proxy's password
    rule = f"must be usable, as must proxies and SSL_CERT_FILE in the environment ({reason})"
    raise InvalidRequest.of("connect", [Problem("proxy", rule, "mend them, or pass trust_env=False")])


class Transport:
    """Sends over an `httpx.Client`, or anything with its `build_request` and `send`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __call__(self, step: Send) -> Reply | Failure:
        """One attempt. Whatever happens in the client is a `Failure`, and no exception."""
        ends_at = time.monotonic() + step.left_s
        try:
            response = self._wire.client.send(_request(self._wire, step), stream=True, follow_redirects=False)
            try:
                body = _Body(self._wire.max_reply_bytes)
                for chunk in response.iter_bytes():
                    body.add(chunk)
                    if time.monotonic() > ends_at:
                        return _late(step, step.left_s)
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - a client of the caller's raises what it likes
            return _failure(self._wire, step, error)
        return _reply(response, body)

    def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._wire.is_ours:
            self._wire.client.close()


class AsyncTransport:
    """Sends over an `httpx.AsyncClient`, or anything with its `build_request` and `send`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def __call__(self, step: Send) -> Reply | Failure:
        """One attempt. Whatever happens in the client is a `Failure`, and no exception."""
        try:
            async with asyncio.timeout(step.left_s):
                response = await self._wire.client.send(_request(self._wire, step), stream=True, follow_redirects=False)
                try:
                    body = _Body(self._wire.max_reply_bytes)
                    async for chunk in response.aiter_bytes():
                        body.add(chunk)
                finally:
                    await response.aclose()
        except TimeoutError:
            return _late(step, step.left_s)
        except Exception as error:  # noqa: BLE001 - a client of the caller's raises what it likes
            return _failure(self._wire, step, error)
        return _reply(response, body)

    async def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._wire.is_ours:
            await self._wire.client.aclose()


class _TooLong(Exception):
    pass


class _Body:
    """A reply's body as it comes in, up to a limit that holds after decompression."""

    def __init__(self, max_bytes: int) -> None:
        self._chunks: list[bytes] = []
        self._left = max_bytes

    def add(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise _TooLong
        self._chunks.append(chunk)

    def whole(self) -> bytes:
        return b"".join(self._chunks)


def _request(wire: Wire, step: Send) -> Any:
    timeout = httpx.Timeout(step.timeout_s, connect=min(wire.connect_timeout_s, step.timeout_s))
    request = step.request
    headers = wire.headers if request.body is None else {**wire.headers, "content-type": "application/json"}
    url = wire.base_url + request.target
    return wire.client.build_request(request.method, url, content=request.body, headers=headers, timeout=timeout)


def _reply(response: Any, body: _Body) -> Reply:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
    return Reply(response.status_code, headers, body.whole())


def _late(step: Send, seconds: float) -> Failure:
    return Failure(Outcome.UNKNOWN, RequestTimeout(f"{step.request.operation_id}: no reply within {seconds:g} s"))


def _failure(wire: Wire, step: Send, error: Exception) -> Failure:
    """What it means that no reply came. The texts of httpx are not passed on: they can hold the URL.

    Its classes are told by their names: a client of the caller's can come from another package that grew out of httpx.
    """
    name, kinds = step.request.operation_id, {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, _TooLong):
        return Failure(Outcome.UNKNOWN, ReplyUndecodable(f"{name}: the reply is longer than the limit"))
    if kinds & {"InvalidURL"}:
        problem = Problem("arguments", "must make a usable URL of at most 65,536 characters", "pass shorter values")
        return Failure(Outcome.FINAL, InvalidRequest.of(name, [problem]))
    if kinds & {"ConnectTimeout", "PoolTimeout"}:
        return Failure(Outcome.NOT_SENT, RequestTimeout(f"{name}: no connection within {step.timeout_s:g} s"))
    if kinds & {"TimeoutException"}:
        return _late(step, step.timeout_s)
    if kinds & {"ConnectError", "ProxyError"}:
        if _is_about_certificate(error):
            return Failure(Outcome.FINAL, ConnectionFailed(f"{name}: the server's certificate is not trusted"))
        return Failure(
            Outcome.NOT_SENT, ConnectionFailed(f"{name}: the server cannot be reached ({type(error).__name__})")
        )
    if kinds & {"DecodingError"}:
        return Failure(Outcome.UNKNOWN, ReplyUndecodable(f"{name}: the reply's content encoding is broken"))
    if type(error) is RuntimeError and getattr(wire.client, "is_closed", False):
        return Failure(Outcome.FINAL, ConnectionFailed(f"{name}: the client is closed"))
    return Failure(Outcome.UNKNOWN, ConnectionFailed(f"{name}: the connection broke ({type(error).__name__})"))


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
