"""The limits of an attempt over aiohttp."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from anyscale_sessions._sansio.messages import Send
from anyscale_sessions._sansio.request import Request
from anyscale_sessions._transport.aiohttp.attempt import CURRENT_ATTEMPT, Attempt, trace_config

STEP = Send(Request(operation_id="any", method="GET", target="/", body=None), 30.0, 60.0)


class Protocol:
    """A connection, closed by aiohttp or not."""

    def __init__(self) -> None:
        self.transport: Any = self
        self.is_aborted = False
        self.sock, self.peer = socket.socketpair()

    def get_extra_info(self, _name: str) -> socket.socket:
        """The socket."""
        return self.sock

    def abort(self) -> None:
        """Note that the socket is closed."""
        self.is_aborted = True


def test_each_wait_has_its_limit() -> None:
    """Connecting and reading have limits of their own, which end with the attempt at the latest."""

    async def scenario() -> None:
        now = asyncio.get_running_loop().time
        async with asyncio.timeout(60.0) as scope:
            await asyncio.sleep(0)
            attempt = Attempt(STEP, 5.0, scope)
            attempt.limit_connecting()
            assert 4.0 < (scope.when() or 0.0) - now() <= 5.0
            attempt.limit_reading()
            assert 29.0 < (scope.when() or 0.0) - now() <= 30.0
            late = Attempt(Send(STEP.request, 30.0, 0.5), 5.0, scope)
            late.limit_reading()
            assert (scope.when() or 0.0) - now() <= 0.5

    asyncio.run(scenario())


def test_aiohttp_reports_what_it_does() -> None:
    """A request counts as sent from the moment at which its headers are written."""

    async def scenario() -> None:
        async with asyncio.timeout(60.0) as scope:
            await asyncio.sleep(0)
            attempt = Attempt(STEP, 5.0, scope)
            assert CURRENT_ATTEMPT.get() is attempt
            config = trace_config()
            (connecting,), (sending,) = config.on_connection_create_start, config.on_request_headers_sent
            await connecting(None, None, None)  # type: ignore[arg-type]
            assert not attempt.is_sent
            await sending(None, None, None)  # type: ignore[arg-type]
            assert attempt.is_sent

    asyncio.run(scenario())


def test_only_a_closed_connection_is_aborted() -> None:
    """The socket of a connection that aiohttp has closed is closed at once, and one that it keeps is left open."""

    async def scenario() -> None:
        async with asyncio.timeout(60.0) as scope:
            await asyncio.sleep(0)
            attempt, kept, closed = Attempt(STEP, 5.0, scope), Protocol(), Protocol()
            attempt.finish()
            attempt.use(kept)
            attempt.finish()
            attempt.use(closed)
            closed.transport = None
            attempt.finish()
            assert (kept.is_aborted, closed.is_aborted) == (False, True)
            assert closed.peer.recv(1) == b""
            closed.sock.close()
            attempt.finish()
            for end in (kept.sock, kept.peer, closed.peer):
                end.close()

    asyncio.run(scenario())
