"""Sends over a client that the caller made: an httpx client, or anything with its `build_request` and `send`."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

from ..calling import Failure, Reply, Send
from ..loops import timeout
from .failures import closed, failure_of
from .given_requests import GivenRequests
from .wire import Body, Wire, header_names_lowered, reply_of

# For what a client does with a reply that nobody waits for any more.
CLOSING_S: Final = 1.0


class GivenTransport:
    """Sends over an `httpx.Client` or its like."""

    def __init__(self, wire: Wire, client: Any) -> None:
        self._wire, self._client = wire, client
        self._requests = GivenRequests(wire, client)

    def __call__(self, step: Send) -> Reply | Failure:
        """One attempt. The deadline is looked at between chunks, since the sockets are the caller's."""
        ends_at = time.monotonic() + step.left_s
        if _is_closed(self._client):
            return closed(step)
        try:
            response = self._client.send(self._requests.of(step), stream=True, follow_redirects=False)
            try:
                headers = header_names_lowered(response.headers.raw)
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
        return reply_of(response.status_code, headers, body)

    def close(self) -> None:
        """Nothing: the client is the caller's to close."""

    def leave_to_parent(self) -> None:
        """Nothing: what the caller's client does in a forked process is its own affair."""


class AsyncGivenTransport:
    """Sends over an `httpx.AsyncClient` or its like."""

    def __init__(self, wire: Wire, client: Any) -> None:
        self._wire, self._client = wire, client
        self._requests = GivenRequests(wire, client)

    async def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        if _is_closed(self._client):
            return closed(step)
        try:
            async with timeout(step.left_s):
                response = await self._client.send(self._requests.of(step), stream=True, follow_redirects=False)
                try:
                    reply = await self._read(response)
                except BaseException:
                    with suppress(TimeoutError):
                        async with timeout(CLOSING_S):
                            await response.aclose()
                    raise
                await response.aclose()
        except Exception as error:  # noqa: BLE001 - as above
            return failure_of(step, error)
        return reply

    async def _read(self, response: Any) -> Reply:
        headers = header_names_lowered(response.headers.raw)
        body = Body(self._wire, response.status_code, headers)
        if _is_read(response):
            body.add(response.content)
        else:
            async for chunk in response.aiter_raw():
                if not body.add(chunk):
                    break
        return reply_of(response.status_code, headers, body)

    async def close(self) -> None:
        """Nothing: the client is the caller's to close."""

    def leave_to_parent(self) -> None:
        """Nothing, as above."""


def _is_closed(client: Any) -> bool:
    return getattr(client, "is_closed", False) is True


def _is_read(response: Any) -> bool:
    """Whether the body was read before: by a hook or the authentication of the client's, or where it was made up."""
    return getattr(response, "is_stream_consumed", False) is True
