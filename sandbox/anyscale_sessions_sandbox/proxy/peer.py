"""One side of a proxied connection: HTTP/1.1 events that are read from a socket and written to it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self, cast

import h11

CHUNK_BYTES = 64 * 1024
MAX_HEAD_BYTES = 64 * 1024
# How long the proxy reads on after a refusal, so that the client can read the refusal.
LINGER_S = 2.0


class Peer:
    """A client or a service. `write_s` is how long it may take to read what it was sent."""

    def __init__(
        self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, write_s: float
    ) -> None:
        self.http = http
        self.reader = reader
        self.writer = writer
        # How many writes were made.
        self.writes = 0
        # What had arrived when a write failed. The reader loses it.
        self._rest = b""
        self._write_s = write_s

    @classmethod
    def client(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, write_s: float) -> Self:
        """A client, for which the proxy is a server."""
        return cls(h11.Connection(h11.SERVER, MAX_HEAD_BYTES), reader, writer, write_s)

    @classmethod
    def service(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, write_s: float) -> Self:
        """A service, for which the proxy is a client."""
        return cls(h11.Connection(h11.CLIENT, MAX_HEAD_BYTES), reader, writer, write_s)

    async def event(self, timeout_s: float | None) -> h11.Event:
        """The next event of a message that is not complete.

        Raises TimeoutError if nothing arrives in time, OSError, and h11.RemoteProtocolError for anything but HTTP.
        """
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return cast("h11.Event", event)
            async with asyncio.timeout(timeout_s):
                self.http.receive_data(await self._read())

    async def _read(self) -> bytes:
        try:
            return await self.reader.read(CHUNK_BYTES)
        except OSError:
            rest, self._rest = self._rest, b""
            if not rest:
                raise
            return rest

    async def send(self, *events: h11.Event) -> None:
        """Send events at once. See `write`."""
        await self.write(b"".join([self.http.send(event) or b"" for event in events]))

    async def write(self, data: bytes) -> None:
        """Send bytes. Wait while the other side does not read. Raises OSError and TimeoutError."""
        self.writes += 1
        self.writer.write(data)
        if self.writer.transport.is_closing():
            self._keep_rest()
        async with asyncio.timeout(self._write_s):
            await self.writer.drain()

    def _keep_rest(self) -> None:
        """Keep what has arrived on a connection that is closed, such as the response that explains it."""
        with contextlib.suppress(OSError), self.writer.get_extra_info("socket").dup() as connection:
            self._rest += connection.recv(CHUNK_BYTES)

    async def linger(self) -> None:
        """Stop sending, and read until the other side ends. Without that, a reset could delete what was sent."""
        self.writer.write_eof()
        async with asyncio.timeout(LINGER_S):
            while await self.reader.read(CHUNK_BYTES):
                pass

    async def close(self) -> None:
        """Close the connection after everything was sent, or when the other side does not read it."""
        self.writer.close()
        try:
            async with asyncio.timeout(self._write_s):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            self.abort()

    def abort(self) -> None:
        """Reset the connection, so that the other side does not take an incomplete message for a complete one."""
        self.writer.transport.abort()

    @property
    def is_reusable(self) -> bool:
        """Whether the exchange is complete on both sides, and the same connection can have another."""
        return self.http.our_state is h11.DONE and self.http.their_state is h11.DONE and not self.reader.at_eof()
