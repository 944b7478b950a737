"""What the exceptions of the libraries become."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from types import SimpleNamespace
from typing import Any

import httpcore
import pytest

from anyscale_sessions import APIConnectionError, APITimeoutError, AsyncSessionsClient, SessionsClient
from anyscale_sessions._transport.errors import failure_of

from ..conftest import Scripted, Turned
from .conftest import Make, every_transport, fails


@every_transport
def test_nobody_listens(face: Make, closed_port: int, session_body: Any, turned: Turned) -> None:
    """A refused connection is retried even for a create request, and then raises `APIConnectionError`."""
    client = face(f"http://127.0.0.1:{closed_port}", clock=turned.clock())
    error = fails(client, APIConnectionError, "create_session", session_body)
    assert error.attempts == 3
    assert turned.slept == [0.025, 0.05]
    assert re.search(r"cannot be reached \(127[.]0[.]0[.]1:[0-9]+: connection refused\)", str(error))


@every_transport
def test_name_that_is_not_there(face: Make) -> None:
    """A host that no name server knows is a `APIConnectionError`."""
    client = face("https://sessions.invalid", max_attempts=1, connect_timeout=1.0, trust_env=False)
    with pytest.raises((APIConnectionError, APITimeoutError)):
        client.get_session("ses_1")


@every_transport
def test_no_connection_in_time(face: Make) -> None:
    """A connection that does not come about in `connect_timeout` was not used: the request was not sent."""
    with socket.socket() as listener:  # a full backlog: the kernel answers no more
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        client = face(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout=0.05, max_attempts=1)
        error = fails(client, APITimeoutError)
        for filler in fillers:
            filler.close()
    assert "no connection in time" in str(error)
    assert error.attempts == 1


@every_transport
@pytest.mark.parametrize("host", ["https://a..example", f"https://{'a' * 64}.example", "https://xn--.example"])
def test_host_that_is_no_name(face: Make, host: str) -> None:
    """A host that can be no name is a server that cannot be reached."""
    error = fails(face(host, trust_env=False, max_attempts=2, clock=Turned().clock()), APIConnectionError)
    assert error.attempts == 2


@pytest.mark.parametrize(
    ("place", "kind", "transport"),
    [
        ("pool.lease.Lease.exchange", SessionsClient, "httpcore"),
        pytest.param(
            "pool.aio.AsyncConnection.exchange", AsyncSessionsClient, "httpcore", marks=pytest.mark.default_transport
        ),
        ("aiohttp.transport.AiohttpTransport._exchange", AsyncSessionsClient, "aiohttp"),
    ],
)
def test_what_no_library_raises_passes_through(
    monkeypatch: pytest.MonkeyPatch, scripted: Scripted, place: str, kind: Any, transport: str
) -> None:
    """An exception that is none of a transport library, such as a bug, reaches the caller as it is."""
    bug = KeyError("a bug")

    def fail(*_: object, **_options: object) -> None:
        raise bug

    monkeypatch.setattr(f"anyscale_sessions._transport.{place}", fail)
    client = kind("t" * 10, host=scripted.url, transport=transport)

    async def call() -> None:
        async with client:
            await client.get_session("ses_1")

    def call_either() -> None:
        if kind is AsyncSessionsClient:
            asyncio.run(call())
        else:
            with client:
                client.get_session("ses_1")

    with pytest.raises(KeyError) as raised:
        call_either()
    assert raised.value is bug


def test_the_reason_stands_in_a_group_too() -> None:
    """Of a group of exceptions, the error of the operating system is the reason."""
    step: Any = SimpleNamespace(request=SimpleNamespace(operation_id="get_session"), timeout_s=1.0)
    defaults: Any = SimpleNamespace(host="127.0.0.1", port=1)
    error = httpcore.ConnectError()
    error.__cause__ = ExceptionGroup("several addresses", [ConnectionRefusedError(errno.ECONNREFUSED, "refused")])
    failure = failure_of(step, error, defaults, is_sent=False)
    assert "127.0.0.1:1: connection refused" in str(failure.error)
