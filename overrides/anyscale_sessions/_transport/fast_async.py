"""The asynchronous twin of `fast`, for one event loop of asyncio; the library knows no other."""

from __future__ import annotations

import asyncio
import time

from .._sansio.call import Failure, Response, Send
from .errors import failure_of
from .fast import Clients, PoolTimeout, Reading, Requests, told, warns_unclosed
from .request_defaults import MAX_CONNECTIONS, RequestDefaults, Settings
from .rust import ry


class AsyncFastTransport:
    """Sends over the library's connections."""

    def __init__(self, wire: RequestDefaults, settings: Settings) -> None:
        self._wire = wire
        self._requests = Requests(wire)
        self._clients = Clients(ry.Client, wire, settings)
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._unclosed = warns_unclosed(self)

    async def __call__(self, step: Send) -> Response | Failure:
        """One attempt."""
        try:
            left_s = await self._slot(step.left_s)
            try:
                return await self._exchange(step, left_s)
            finally:
                self._slots.release()
        except Exception as error:  # noqa: BLE001 - whatever the library raises is told in our own terms
            return failure_of(step, told(error))

    async def _slot(self, left_s: float) -> float:
        """Wait until one of the connections is free; says how much time is left then. Raises `PoolTimeout`."""
        if not self._slots.locked():
            await self._slots.acquire()
            return left_s
        ends_at = time.monotonic() + left_s
        try:
            async with asyncio.timeout(left_s):
                await self._slots.acquire()
        except TimeoutError:
            raise PoolTimeout from None
        return max(0.0, ends_at - time.monotonic())

    async def _exchange(self, step: Send, left_s: float) -> Response:
        url, options = self._requests.of(step, left_s)
        response = await self._clients.of(step).fetch(url, **options)
        reading = Reading(self._wire, response.status, response.headers)
        if not reading.is_whole:
            pieces = response.stream()
            try:
                async for piece in pieces:
                    if not reading.add(piece):
                        break
            finally:
                if not reading.is_whole:
                    await pieces.close()
        return reading.response()

    async def close(self) -> None:
        """Let go of the connections; each that is in use closes when its call ends."""
        self._unclosed.detach()
        self._clients.forget()

    def after_fork(self) -> None:
        """Keep the connections, unused and for good: the threads that run them have stayed in the parent process."""
        self._unclosed.detach()
        self._clients.leak()
