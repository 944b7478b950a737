"""One side of a proxied connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import h11
import pytest

from anyscale_sessions_sandbox.proxy import peer as peer_module
from anyscale_sessions_sandbox.proxy.peer import Peer

REQUEST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n"


def with_peer(run: Callable[[Peer, socket.socket], Coroutine[Any, Any, None]], *, write_s: float = 10.0) -> None:
    """Run a coroutine with a client, and with the socket of the client."""

    async def main() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            await run(Peer.client(reader, writer, write_s), theirs)
            writer.transport.abort()

    asyncio.run(main())


def test_what_arrived_before_a_failed_write_is_kept() -> None:
    """What had arrived when a write failed is read, although the connection is broken."""

    async def run(peer: Peer, theirs: socket.socket) -> None:
        theirs.sendall(REQUEST)
        peer.writer.close()
        with contextlib.suppress(OSError):
            await peer.write(b"x")
        peer.reader.set_exception(ConnectionResetError())
        assert isinstance(await peer.event(1.0), h11.Request)
        with pytest.raises(ConnectionResetError):
            await peer.event(1.0)

    with_peer(run)


def test_events_come_one_by_one() -> None:
    """The parts of a request are returned as they arrive."""

    async def run(peer: Peer, theirs: socket.socket) -> None:
        theirs.sendall(REQUEST)
        assert isinstance(await peer.event(1.0), h11.Request)
        for byte in (b"a", b"b"):
            theirs.sendall(byte)
            event = await peer.event(1.0)
            assert isinstance(event, h11.Data)
            assert event.data == byte
        assert isinstance(await peer.event(1.0), h11.EndOfMessage)
        assert not peer.is_reusable
        await peer.send(h11.Response(status_code=204, headers=[]), h11.EndOfMessage())
        assert peer.is_reusable
        assert peer.writes == 1

    with_peer(run)


def test_waiting_has_a_limit() -> None:
    """If nothing arrives in time, TimeoutError is raised."""

    async def run(peer: Peer, theirs: socket.socket) -> None:
        theirs.sendall(REQUEST)
        await peer.event(None)
        with pytest.raises(TimeoutError):
            await peer.event(0.01)

    with_peer(run)


def test_writing_has_a_limit() -> None:
    """If the other side does not read in time, TimeoutError is raised."""

    async def run(peer: Peer, theirs: socket.socket) -> None:  # noqa: ARG001 - nothing is read from it
        with pytest.raises(TimeoutError):
            await peer.write(b"x" * 10 * 1024 * 1024)

    with_peer(run, write_s=0.01)


def test_a_closed_connection_is_not_reusable() -> None:
    """After a complete exchange, a connection that the other side has closed cannot be used again."""

    async def run(peer: Peer, theirs: socket.socket) -> None:
        theirs.sendall(REQUEST + b"ab")
        while not isinstance(await peer.event(1.0), h11.EndOfMessage):
            pass
        await peer.send(h11.Response(status_code=204, headers=[]), h11.EndOfMessage())
        theirs.shutdown(socket.SHUT_WR)
        assert await peer.reader.read() == b""
        assert not peer.is_reusable

    with_peer(run)


def test_lingering_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the end of a refusal, the proxy reads on for a short time only."""
    monkeypatch.setattr(peer_module, "LINGER_S", 0.01)

    async def run(peer: Peer, theirs: socket.socket) -> None:
        theirs.sendall(b"more")
        with pytest.raises(TimeoutError):
            await peer.linger()
        assert theirs.recv(1) == b""

    with_peer(run)
