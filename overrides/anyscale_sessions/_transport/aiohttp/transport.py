"""The transport `aiohttp` of `AsyncSessionsClient`, for one event loop of asyncio."""

from __future__ import annotations

import asyncio
import warnings
import weakref
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any, Final

import aiohttp
from yarl import URL

from anyscale_sessions_api.types import Secret

from ..._sansio.messages import Failure, Response, Send
from ...exceptions import InvalidRequestError, Problem
from ..errors import failure_of, is_transport_error
from ..fresh import MAX_IDLE_S, needs_fresh_connection
from ..proxy_and_tls import PROXY_PORTS, Proxy, proxy_of, tls_of
from ..request_defaults import (
    KEEPALIVE_S,
    MAX_CONNECTIONS,
    Body,
    RequestDefaults,
    Settings,
    TransportError,
    lower_headers,
    response_of,
)
from .attempt import Attempt, trace_config
from .connector import Connector

# The loop notices that a socket is shut down, then closes its transport, and at last the socket.
LOOP_ITERATIONS_TO_CLOSE: Final = 3
MAX_HEADER_BYTES: Final = 100 * 1024  # as httpcore has it
AUTOMATIC_HEADERS: Final = ("accept", "accept-encoding", "content-type", "user-agent")


class NotHttp(TransportError):
    """The response is not one that HTTP allows here."""


class AiohttpTransport:
    """Sends requests over two sessions of aiohttp: one for requests that must not be repeated, one for all others."""

    def __init__(self, defaults: RequestDefaults, settings: Settings) -> None:
        proxy = proxy_of(settings, defaults)
        self._defaults = defaults
        self._proxy = _proxy_options(proxy)
        is_tls = defaults.url.scheme == "https" or (proxy is not None and proxy.scheme == "https")
        tls = tls_of(settings) if is_tls else None
        # Not as headers of the sessions: aiohttp would show those, with the token, to a proxy that opens a tunnel.
        self._headers, self._body_headers = _texts(defaults.headers), _texts(defaults.body_headers)
        self._credentials: dict[str, str] = {}
        if defaults.url.scheme == "http":  # then the proxy reads the request itself
            self._credentials = self._proxy.pop("proxy_headers", {})
            self._headers |= self._credentials
            self._body_headers |= self._credentials
        self._session = _session(tls, KEEPALIVE_S)
        self._non_idempotent = _session(tls, MAX_IDLE_S)
        self._unclosed = weakref.finalize(self, _warn_unclosed, (self._session, self._non_idempotent))

    async def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt."""
        attempt = None
        try:
            async with asyncio.timeout(step.left_s) as scope:
                attempt = Attempt(step, self._defaults.connect_timeout_s, scope)
                try:
                    return await self._exchange(step, attempt)
                finally:
                    attempt.finish()
        except Exception as error:
            if not is_transport_error(error):
                raise
            return failure_of(step, error, self._defaults, is_sent=attempt is not None and attempt.is_sent)

    async def _exchange(self, step: Send, attempt: Attempt) -> Response:
        request = step.request
        session = self._non_idempotent if needs_fresh_connection(step) else self._session
        response = Secret(
            await session.request(
                request.method,
                URL(self._defaults.root + self._defaults.target_of(step), encoded=True),
                data=request.body,
                headers=self._headers_of(step),
                allow_redirects=False,
                **self._proxy,
            )
        )
        try:
            if response.value.status < 200:
                raise NotHttp
            headers = Secret(lower_headers(response.value.raw_headers))
            body = Body(self._defaults, response.value.status, headers.value)
            async for chunk in response.value.content.iter_any():
                attempt.limit_reading()
                reads_on = body.add(chunk)
                del chunk  # a traceback would show it if the wait for the next one is interrupted
                if not reads_on:
                    break
        finally:
            response.value.close()  # its connection too, unless it was read to its end
        return response_of(response.value.status, headers.value, body)

    def _headers_of(self, step: Send) -> dict[str, str]:
        if step.request.headers:
            return {**_texts(self._defaults.headers_without_length(step)), **self._credentials}
        headers = self._headers if step.request.body is None else self._body_headers
        return {**headers, **_texts(step.headers)} if step.headers else headers

    async def close(self) -> None:
        """Close the connections."""
        self._unclosed.detach()
        await self._session.close()
        await self._non_idempotent.close()
        for _ in range(LOOP_ITERATIONS_TO_CLOSE):
            await asyncio.sleep(0)

    def after_fork(self) -> None:
        """Drop the connections in a forked process, without touching the event loop that is the parent's."""
        self._unclosed.detach()
        _detach((self._session, self._non_idempotent))


class _NoCookies(aiohttp.DummyCookieJar):
    """Does not even parse cookies, of which aiohttp logs the malformed ones."""

    def update_cookies_from_headers(self, headers: Sequence[str], response_url: URL) -> None:
        """Ignore the cookies of a response."""


def _session(tls: Any, keepalive_s: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=Connector(tls, keepalive_s, MAX_CONNECTIONS),
        cookie_jar=_NoCookies(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(),  # none: `Attempt` limits each wait
        skip_auto_headers=AUTOMATIC_HEADERS,
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        trace_configs=[trace_config()],
    )


def _proxy_options(proxy: Proxy | None) -> dict[str, Any]:
    """The arguments of a request that goes through a proxy. Raises `InvalidRequestError`."""
    if proxy is None:
        return {}
    if proxy.scheme not in PROXY_PORTS:
        problem = Problem(
            "proxy", "aiohttp does not speak SOCKS", 'use an http or https proxy, or transport="httpcore"'
        )
        raise InvalidRequestError.of("connect", [problem])
    if proxy.user is None:
        return {"proxy": proxy.url}
    credentials = {"proxy-authorization": f"Basic {b64encode(b':'.join(proxy.user)).decode()}"}
    return {"proxy": proxy.url, "proxy_headers": credentials}


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("ascii"): value.decode("ascii") for name, value in headers}


def _detach(sessions: tuple[aiohttp.ClientSession, ...]) -> None:
    for session in sessions:
        session.detach()


def _warn_unclosed(sessions: tuple[aiohttp.ClientSession, ...]) -> None:
    """Warn of a transport that was never closed, as Python does of its sockets."""
    _detach(sessions)
    warnings.warn("unclosed AiohttpTransport", ResourceWarning, stacklevel=2)
