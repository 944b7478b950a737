"""Faults on the connection: truncated, reset, delayed and slow responses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Coroutine, Generator
from http.client import responses
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ..journal.entry import Entry
from ..journal.middleware import ENTRY, record_response
from .fault import Fault

# The key of the connection's transport in the extensions of a request's scope.
TRANSPORT = "anyscale_sessions_sandbox.transport"
# The number of pieces in which slow headers are sent, and the total duration.
PIECES = 40
SLOW_S = 30.0
# The socket option that makes closing send a reset.
LINGER = struct.pack("ii", 1, 0)


class InjectedDisconnect(ConnectionResetError):
    """Raised instead of breaking the connection if the application is called without a server."""


class PendingFaults:
    """The requests that faults delay, so that the server can release them when it stops."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()

    @contextlib.contextmanager
    def event(self) -> Generator[asyncio.Event]:
        """An event that is set when the server stops."""
        event = asyncio.Event()
        self._events.add(event)
        try:
            yield event
        finally:
            self._events.discard(event)

    def release(self) -> None:
        """Release all delayed requests. Called in the server's event loop."""
        for event in self._events:
            event.set()


async def stall(seconds: float | None, receive: Receive, pending: PendingFaults) -> bool:
    """Wait for some real time, or without `seconds` until the client disconnects.

    Returns True after the time has passed, and False if the client disconnected or the server stops.
    """
    with pending.event() as stopping:
        if seconds is None:
            await _first(stopping.wait(), _disconnected(receive))
            return False
        try:
            await asyncio.wait_for(stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False


class BrokenResponse(Response):
    """A response that a fault truncates, resets or slows down."""

    def __init__(self, response: Response, fault: Fault, pending: PendingFaults) -> None:
        super().__init__(response.body, response.status_code)
        self.raw_headers = response.raw_headers
        self._fault = fault
        self._pending = pending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send as much of the response as the fault allows."""
        transport = scope.get("extensions", {}).get(TRANSPORT)
        content = bytes(self.body)
        entry: Entry = scope[ENTRY]
        entry.status, entry.response_headers = self.status_code, self.raw_headers
        record_response(entry, content)
        if transport is None:
            await self._send_without_server(content, send)
            return
        head = self._head(scope["request_id"])
        match self._fault.kind:
            case "reset":
                transport.write((head + content)[: self._fault.keep_bytes or 0])
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
                transport.abort()
            case "truncate":
                transport.write(head + self._kept(content))
                transport.close()
            case _:
                await _first(self._send_slowly(transport, head, content), _disconnected(receive))
                transport.close()
        await _disconnected(receive)

    def _kept(self, content: bytes) -> bytes:
        kept = len(content) // 2 if self._fault.keep_bytes is None else self._fault.keep_bytes
        return content[:kept]

    def _head(self, request_id: str) -> bytes:
        status = self.status_code
        phrase = responses.get(status, "")
        lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(b": ".join(header) for header in self.raw_headers)]
        lines += [f"x-request-id: {request_id}".encode(), b"connection: close"]
        return b"\r\n".join([*lines, b"", b""])

    async def _send_slowly(self, transport: asyncio.Transport, head: bytes, content: bytes) -> None:
        pause_s = (SLOW_S if self._fault.seconds is None else self._fault.seconds) / PIECES
        size = -(-len(head) // PIECES)
        with self._pending.event() as stopping:
            for start in range(0, len(head), size):
                transport.write(head[start : start + size])
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause_s)
                    return
        transport.write(content)

    async def _send_without_server(self, content: bytes, send: Send) -> None:
        """Do the same as far as ASGI allows it."""
        start: Message = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        if self._fault.kind == "slow_headers":
            await asyncio.sleep(self._fault.seconds or 0.0)
            await send(start)
            await send({"type": "http.response.body", "body": content})
            return
        if self._fault.kind == "truncate":
            await send(start)
            await send({"type": "http.response.body", "body": self._kept(content), "more_body": True})
        raise InjectedDisconnect("an injected fault closed the connection")


async def _disconnected(receive: Receive) -> None:
    """Wait until the client disconnects."""
    kind = ""
    while kind != "http.disconnect":
        kind = (await receive())["type"]


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of the coroutines is done, and cancel the others."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
