"""The asynchronous network backend: one cancel scope limits an attempt, and a failure leaves no socket behind."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import anyio
import httpcore
import pytest

from anyscale_sessions._transport.pool.aio_backend import AttemptScope, RecordingBackend

from ...conftest import Scripted


def test_the_deadline_of_a_wait_never_exceeds_that_of_the_attempt() -> None:
    """A wait is limited by its own timeout and by the deadline of the attempt; one without a timeout moves nothing."""

    async def scenario() -> None:
        with anyio.CancelScope(deadline=anyio.current_time() + 60.0) as scope:
            await anyio.lowlevel.checkpoint()
            ends_at = scope.deadline
            limit = AttemptScope(scope)
            limit.limit(5.0)
            assert 0.0 < scope.deadline - anyio.current_time() <= 5.0
            limit.limit(600.0)
            assert scope.deadline == ends_at
            limit.limit(None)
            assert scope.deadline == ends_at

    asyncio.run(scenario())


def test_streams_of_a_connection_share_its_state(scripted_tls: Scripted, authority: Any) -> None:
    """Requests are sent over the stream that was opened last, and only when the response is read."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    scripted_tls.json({})

    async def scenario() -> None:
        with anyio.fail_after(20.0) as scope:
            backend = RecordingBackend(AttemptScope(scope))
            plain = await backend.connect_tcp(*scripted_tls.server_address)
            assert backend.state.stream is plain
            stream = await plain.start_tls(context, "127.0.0.1")
            assert backend.state.stream is stream
            backend.state.start_request("GET")
            await stream.write(b"GET / HTTP/1.1\r\n\r\n")
            assert not backend.state.is_sent
            assert (await stream.read(65536, 5.0)).startswith(b"HTTP/1.1 200")
            assert backend.state.is_sent
            await stream.aclose()

    asyncio.run(scenario())


def test_a_failed_handshake_closes_the_socket(scripted_tls: Scripted) -> None:
    """A stream whose TLS handshake fails is closed."""

    async def scenario() -> None:
        with anyio.fail_after(20.0) as scope:
            stream = await RecordingBackend(AttemptScope(scope)).connect_tcp(*scripted_tls.server_address)
            socket = stream.get_extra_info("socket")
            with pytest.raises(Exception, match="certificate"):
                await stream.start_tls(ssl.create_default_context(), "127.0.0.1")
            await anyio.sleep(0.01)
            assert socket.fileno() == -1

    asyncio.run(scenario())


def test_a_host_that_no_name_can_be_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose encoding fails is an unknown name for the caller."""

    async def fail(*_: object, **_options: object) -> None:
        raise UnicodeError

    async def scenario() -> None:
        with anyio.CancelScope() as scope:
            backend = RecordingBackend(AttemptScope(scope))
            monkeypatch.setattr(backend._sockets, "connect_tcp", fail)
            with pytest.raises(httpcore.ConnectError) as raised:
                await backend.connect_tcp("a..b", 80)
            assert isinstance(raised.value.__cause__, socket.gaierror)

    asyncio.run(scenario())
