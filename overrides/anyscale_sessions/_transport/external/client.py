"""The transports for `http_client=`: a client of httpx or httpx2, or any object with its `build_request` and `send`."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

from anyscale_sessions_api.types import Secret

from ..._sansio.messages import Failure, Response, Send
from ..._utils.event_loops import timeout
from ..errors import client_closed, failure_of, is_transport_error
from ..request_defaults import Body, RequestDefaults, lower_headers, response_of

# How long to wait until the client has closed a response that failed.
CLOSING_S: Final = 1.0


class ExternalClientTransport:
    """Sends requests over an `httpx.Client` or a similar client."""

    def __init__(self, defaults: RequestDefaults, client: Any) -> None:
        self._defaults, self._client = defaults, client

    def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt. The deadline is checked between chunks, because the sockets are the caller's."""
        ends_at = time.monotonic() + step.left_s
        if _is_closed(self._client):
            return client_closed(step)
        try:
            request = _build_request(self._client, self._defaults, step)
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                headers = Secret(_headers_of(response))
                body = Body(self._defaults, response.status_code, headers.value)
                for chunk in (response.content,) if _is_read(response) else response.iter_raw():
                    reads_on = body.add(chunk)
                    del chunk  # a traceback would show it if the wait for the next one is interrupted
                    if time.monotonic() > ends_at:
                        raise TimeoutError
                    if not reads_on:
                        break
            finally:
                response.close()
        except Exception as error:
            if not is_transport_error(error):
                raise
            return failure_of(step, error, self._defaults)
        return response_of(response.status_code, headers.value, body)

    def close(self) -> None:
        """Do nothing: the client is the caller's to close."""

    def after_fork(self) -> None:
        """Do nothing: the client is the caller's to handle in a forked process."""


class AsyncExternalClientTransport:
    """Sends requests over an `httpx.AsyncClient` or a similar client."""

    def __init__(self, defaults: RequestDefaults, client: Any) -> None:
        self._defaults, self._client = defaults, client

    async def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt."""
        if _is_closed(self._client):
            return client_closed(step)
        try:
            async with timeout(step.left_s):
                request = _build_request(self._client, self._defaults, step)
                response = await self._client.send(request, stream=True, follow_redirects=False)
                try:
                    outcome = await self._read(response)
                except BaseException:
                    with suppress(TimeoutError):
                        async with timeout(CLOSING_S):
                            await response.aclose()
                    raise
                await response.aclose()
        except Exception as error:
            if not is_transport_error(error):
                raise
            return failure_of(step, error, self._defaults)
        return outcome

    async def _read(self, response: Any) -> Response:
        headers = Secret(_headers_of(response))
        body = Body(self._defaults, response.status_code, headers.value)
        if _is_read(response):
            body.add(response.content)
        else:
            await body.add_all(response.aiter_raw())
        return response_of(response.status_code, headers.value, body)

    async def close(self) -> None:
        """Do nothing: the client is the caller's to close."""

    def after_fork(self) -> None:
        """Do nothing: the client is the caller's to handle in a forked process."""


def _build_request(client: Any, defaults: RequestDefaults, step: Send) -> Any:
    """The request of a step, with all that the client adds to its requests."""
    connect_s = min(step.timeout_s, defaults.connect_timeout_s)
    return client.build_request(
        step.request.method,
        defaults.root + defaults.target_of(step),
        content=step.request.body,
        headers=list(defaults.headers_without_length(step)),
        timeout=(connect_s, step.timeout_s, step.timeout_s, connect_s),  # connect, read, write, pool
    )


def _is_closed(client: Any) -> bool:
    return getattr(client, "is_closed", False) is True


def _is_read(response: Any) -> bool:
    """Whether the body was read already: by an event hook or an authentication, or by a test that made it."""
    return getattr(response, "is_stream_consumed", False) is True


def _headers_of(response: Any) -> dict[str, str]:
    """The headers of a response. A body that was read already is decoded, and as long as it is."""
    headers = lower_headers(response.headers.raw)
    if _is_read(response):
        headers.pop("content-encoding", None)
        headers.pop("content-length", None)
    return headers
