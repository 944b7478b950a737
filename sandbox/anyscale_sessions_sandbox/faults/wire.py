"""Responses that go wrong on their way: cut off, reset, held back, or told byte by byte."""

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
from ..journal.middleware import ENTRY, note_response
from .fault import Fault

# Where the server puts a connection's transport into the scope of its requests.
TRANSPORT = "anyscale_sessions_sandbox.transport"
# In how many pieces a head is sent that comes slowly, and over how many seconds.
PIECES = 40
SLOW_S = 30.0
# Close the connection at once and tell the other side by a reset.
LINGER = struct.pack("ii", 1, 0)


class BrokenOff(ConnectionResetError):
    """A connection that a fault has broken off, where there is none to break: in an application nobody serves."""


class Held:
    """What is being held back, so that the server's end can let go of it."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()

    @contextlib.contextmanager
    def event(self) -> Generator[asyncio.Event]:
        """What is set when the server ends."""
        event = asyncio.Event()
        self._events.add(event)
        try:
            yield event
        finally:
            self._events.discard(event)

    def let_go(self) -> None:
        """End all that is held back. Called in the server's event loop."""
        for event in self._events:
            event.set()


async def stall(seconds: float | None, receive: Receive, held: Held) -> bool:
    """Let real time pass; without end if no time is named, until the client gives up. False if that is so."""
    with held.event() as ending:
        if seconds is None:
            await _first(ending.wait(), _disconnected(receive))
            return False
        try:
            await asyncio.wait_for(ending.wait(), seconds)
        except TimeoutError:
            return True
        return False


class BrokenResponse(Response):
    """A response that a fault keeps from coming in one piece."""

    def __init__(self, response: Response, fault: Fault, held: Held) -> None:
        super().__init__(response.body, response.status_code)
        self.raw_headers = response.raw_headers
        self._fault = fault
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send as much as the fault allows."""
        transport = scope.get("extensions", {}).get(TRANSPORT)
        content = bytes(self.body)
        entry: Entry = scope[ENTRY]
        entry.status, entry.response_headers = self.status_code, self.raw_headers
        note_response(entry, content)
        if transport is None:
            await self._send_unserved(content, send)
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
                await _first(self._drip(transport, head, content), _disconnected(receive))
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

    async def _drip(self, transport: asyncio.Transport, head: bytes, content: bytes) -> None:
        pause_s = (SLOW_S if self._fault.seconds is None else self._fault.seconds) / PIECES
        size = -(-len(head) // PIECES)
        with self._held.event() as ending:
            for start in range(0, len(head), size):
                transport.write(head[start : start + size])
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ending.wait(), pause_s)
                    return
        transport.write(content)

    async def _send_unserved(self, content: bytes, send: Send) -> None:
        """The nearest that ASGI has to it."""
        start: Message = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        if self._fault.kind == "slow_headers":
            await asyncio.sleep(self._fault.seconds or 0.0)
            await send(start)
            await send({"type": "http.response.body", "body": content})
            return
        if self._fault.kind == "truncate":
            await send(start)
            await send({"type": "http.response.body", "body": self._kept(content), "more_body": True})
        raise BrokenOff("a fault has broken the connection off")


async def _disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    seen = ""
    while seen != "http.disconnect":
        seen = (await receive())["type"]


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them is over, and end the others."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
