"""Connections of asyncio: what comes is neither lost nor hoarded, and waiting has an end."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpcore
import pytest

from anyscale_sessions._transport.pool.asyncio_sockets import MOST_UNREAD_BYTES, AsyncioBackend, AsyncioStream

MEBIBYTE = bytes(range(256)) * 4096
# More than what the two ends of a connection of this machine hold by themselves.
MUCH = MEBIBYTE * 16


def with_pair(scenario: Callable[[AsyncioStream, socket.socket], Awaitable[None]]) -> None:
    """Run something with a connection and its other end, which does nothing by itself."""

    async def run() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            stream = await AsyncioStream.over(ours)
            try:
                await scenario(stream, theirs)
            finally:
                await stream.aclose()

    asyncio.run(run())


async def received(stream: AsyncioStream) -> bytes:
    """All that comes until the end."""
    pieces = []
    while piece := await stream.read(1, timeout=5.0):
        pieces.append(piece)
    return b"".join(pieces)


def test_much_that_nobody_reads_is_left_to_the_network() -> None:
    """A server that sends on and on is not read from beyond a limit, and what it sent is there when it is wanted."""

    async def scenario(stream: AsyncioStream, theirs: socket.socket) -> None:
        sending = asyncio.create_task(asyncio.to_thread(theirs.sendall, MUCH))
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert MOST_UNREAD_BYTES < sum(map(len, stream._unread)) < 3 * MOST_UNREAD_BYTES
        taken = b""
        while len(taken) < len(MUCH):
            taken += await stream.read(1, timeout=5.0)
        await sending
        assert taken == MUCH

    with_pair(scenario)


def test_all_is_sent_before_writing_ends() -> None:
    """More than the network takes at once is sent as the other end reads it."""

    async def scenario(stream: AsyncioStream, theirs: socket.socket) -> None:
        def read() -> bytes:
            with theirs.makefile("rb") as file:
                return file.read(len(MUCH))

        reading = asyncio.create_task(asyncio.to_thread(read))
        await stream.write(MUCH, timeout=5.0)
        assert await reading == MUCH

    with_pair(scenario)


@pytest.mark.parametrize("end", ["answers", "closes"])
def test_who_answers_before_all_is_there_is_heard(end: str) -> None:
    """Writing ends where the other end answers, or is gone, before it has read all; then nothing more can be sent."""

    async def scenario(stream: AsyncioStream, theirs: socket.socket) -> None:
        writing = asyncio.create_task(stream.write(MUCH, timeout=5.0))
        await asyncio.sleep(0)
        assert not writing.done()
        theirs.sendall(b"no")
        if end == "closes":
            theirs.shutdown(socket.SHUT_WR)
        await writing
        assert await stream.read(1, timeout=5.0) == b"no"
        assert stream.get_extra_info("is_readable")

    with_pair(scenario)


@pytest.mark.parametrize("what", ["read", "write"])
def test_waiting_in_vain_ends(what: str) -> None:
    """Neither reading nor writing waits for longer than it may."""

    async def scenario(stream: AsyncioStream, _: socket.socket) -> None:
        with pytest.raises(httpcore.ReadTimeout if what == "read" else httpcore.WriteTimeout):
            await (stream.read(1, timeout=0.01) if what == "read" else stream.write(MUCH, timeout=0.01))

    with_pair(scenario)


def test_waiting_without_a_limit() -> None:
    """Without a limit a read waits until something comes."""

    async def scenario(stream: AsyncioStream, theirs: socket.socket) -> None:
        reading = asyncio.create_task(stream.read(1))
        await asyncio.sleep(0)
        theirs.sendall(b"here")
        assert await reading == b"here"

    with_pair(scenario)


def test_waiting_that_was_given_up_stays_so() -> None:
    """What comes in the moment of a cancellation changes nothing."""

    async def scenario(stream: AsyncioStream, _: socket.socket) -> None:
        reading = asyncio.create_task(stream.read(1, timeout=5.0))
        await asyncio.sleep(0)
        waiter = stream._waiter
        assert waiter is not None
        waiter.cancel()
        stream._wake()
        with pytest.raises(asyncio.CancelledError):
            await reading

    with_pair(scenario)


def test_end_is_the_end() -> None:
    """What came before the end is read, then nothing, and nothing can be sent any more."""

    async def scenario(stream: AsyncioStream, theirs: socket.socket) -> None:
        theirs.sendall(b"last")
        theirs.close()
        assert await received(stream) == b"last"
        assert await stream.read(1) == b""
        assert stream.get_extra_info("is_readable")
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"more")

    with_pair(scenario)


def test_broken_connection_is_told_as_such() -> None:
    """A connection that was reset is no end of a response; what had come before can be read."""

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            stream: Any = await AsyncioBackend().connect_tcp(*server.getsockname(), timeout=5.0)
            theirs, _address = server.accept()
            theirs.sendall(b"some")
            assert await stream.read(1, timeout=5.0) == b"some"
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            theirs.close()
            with pytest.raises(httpcore.ReadError):
                await stream.read(1, timeout=5.0)
            await stream.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("what", [b"unasked", b""], ids=["bytes", "end"])
def test_what_came_while_the_loop_stood_still_is_seen(what: bytes) -> None:
    """Whether a connection can be used again is not asked of the loop, which may not have run meanwhile."""

    async def scenario(stream: AsyncioStream, theirs: socket.socket) -> None:
        assert not stream.get_extra_info("is_readable")
        theirs.sendall(what)
        if not what:
            theirs.close()
        time.sleep(0.01)  # noqa: ASYNC251 - that is the point
        assert not stream._unread
        assert stream.get_extra_info("is_readable")

    with_pair(scenario)


def test_broken_socket_counts_as_readable() -> None:
    """A connection whose socket is gone is not used again."""

    async def scenario(stream: AsyncioStream, _: socket.socket) -> None:
        await stream.aclose()
        stream._is_over = False
        assert stream.get_extra_info("is_readable")

    with_pair(scenario)


def test_facts_are_told() -> None:
    """The library is told what it may ask for of a connection."""

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            stream: Any = await AsyncioBackend().connect_tcp(*server.getsockname(), timeout=5.0)
            theirs, address = server.accept()
            with theirs:
                assert stream.get_extra_info("client_addr") == address
                assert stream.get_extra_info("server_addr") == server.getsockname()
                assert stream.get_extra_info("socket").getsockname() == address
                assert stream.get_extra_info("ssl_object") is None
                await stream.aclose()
                assert theirs.recv(1) == b""

    asyncio.run(scenario())


def test_connecting_that_is_given_up_at_any_step_leaves_nothing() -> None:
    """A task that is cancelled while it connects, however far it came, leaves no open connection behind."""

    async def scenario() -> None:
        steps, is_done = 0, False
        while not is_done:
            with socket.create_server(("127.0.0.1", 0)) as server:
                server.setblocking(False)
                connecting = asyncio.create_task(AsyncioBackend().connect_tcp(*server.getsockname(), timeout=5.0))
                for _step in range(steps):
                    await asyncio.sleep(0)
                is_done = not connecting.cancel()
                steps += 1
                outcome = (await asyncio.gather(connecting, return_exceptions=True))[0]
                if is_done:
                    assert isinstance(outcome, AsyncioStream)
                    await outcome.aclose()
                else:
                    assert isinstance(outcome, asyncio.CancelledError)
                await asyncio.sleep(0.01)
                try:
                    theirs, _address = server.accept()
                except BlockingIOError:
                    continue
                with theirs:
                    theirs.settimeout(5.0)
                    assert theirs.recv(1) == b""
        assert steps > 3

    asyncio.run(scenario())
