"""Sends over a client that the caller made: an httpx client, or anything with its `build_request` and `send`."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

from ..._sansio.call import Failure, Response, Send
from ..._utils.event_loops import timeout
from ..errors import closed, failure_of
from ..request_defaults import Body, RequestDefaults, lower_headers, response_of
from .given_requests import GivenRequests

# For what a client does with a response that nobody waits for any more.
CLOSING_S: Final = 1.0


class ExternalClientTransport:
    """Sends over an `httpx.Client` or its like."""

    def __init__(self, wire: RequestDefaults, client: Any) -> None:
        self._wire, self._client = wire, client
        self._requests = GivenRequests(wire, client)

    def __call__(self, step: Send) -> Response | Failure:
        """One attempt. The deadline is looked at between chunks, since the sockets are the caller's."""
        ends_at = time.monotonic() + step.left_s
        if _is_closed(self._client):
            return closed(step)
        try:
            response = self._client.send(self._requests.of(step), stream=True, follow_redirects=False)
            try:
                headers = lower_headers(response.headers.raw)
                body = Body(self._wire, response.status_code, headers)
                for chunk in (response.content,) if _is_read(response) else response.iter_raw():
                    if time.monotonic() > ends_at:
                        raise TimeoutError
                    if not body.add(chunk):
                        break
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - whatever a client of any make raises is told in our own terms
            return failure_of(step, error)
        return response_of(response.status_code, headers, body)

    def close(self) -> None:
        """Nothing: the client is the caller's to close."""

    def after_fork(self) -> None:
        """Nothing: what the caller's client does in a forked process is its own affair."""


class AsyncExternalClientTransport:
    """Sends over an `httpx.AsyncClient` or its like."""

    def __init__(self, wire: RequestDefaults, client: Any) -> None:
        self._wire, self._client = wire, client
        self._requests = GivenRequests(wire, client)

    async def __call__(self, step: Send) -> Response | Failure:
        """One attempt."""
        if _is_closed(self._client):
            return closed(step)
        try:
            async with timeout(step.left_s):
                response = await self._client.send(self._requests.of(step), stream=True, follow_redirects=False)
                try:
                    outcome = await self._read(response)
                except BaseException:
                    with suppress(TimeoutError):
                        async with timeout(CLOSING_S):
                            await response.aclose()
                    raise
                await response.aclose()
        except Exception as error:  # noqa: BLE001 - as above
            return failure_of(step, error)
        return outcome

    async def _read(self, response: Any) -> Response:
        headers = lower_headers(response.headers.raw)
        body = Body(self._wire, response.status_code, headers)
        if _is_read(response):
            body.add(response.content)
        else:
            async for chunk in response.aiter_raw():
                if not body.add(chunk):
                    break
        return response_of(response.status_code, headers, body)

    async def close(self) -> None:
        """Nothing: the client is the caller's to close."""

    def after_fork(self) -> None:
        """Nothing, as above."""


def _is_closed(client: Any) -> bool:
    return getattr(client, "is_closed", False) is True


def _is_read(response: Any) -> bool:
    """Whether the body was read before: by a hook or the authentication of the client's, or where it was made up."""
    return getattr(response, "is_stream_consumed", False) is True
