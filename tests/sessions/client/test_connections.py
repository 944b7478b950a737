"""What a client sends with: made once, for each event loop, and anew after a fork; and nothing half-made is left."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Callable
from typing import Any

import pytest
import trio

from anyscale_sessions import APIConnectionError, AsyncSessionsClient, SessionsClient
from anyscale_sessions._transport.pool import aio as own_async
from anyscale_sessions._transport.pool import aio_proxy as proxied_async
from anyscale_sessions._utils import event_loops as loops
from anyscale_sessions.client.connections import _after_fork

from ..conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}


def test_after_a_fork_connections_are_new_ones(face: Make, scripted: Scripted) -> None:
    """What a fork does in the child, done here: the next call opens a connection of its own."""
    client = face(scripted.url)
    scripted.json(GOOD)
    scripted.json(GOOD)
    client.get_session("ses_1")
    inherited = client.client._connections._transports
    _after_fork()
    assert client.client._connections._transports == {}
    client.get_session("ses_1")
    assert scripted.connections == 2
    for transport in inherited.values():
        client.done(transport.close())


class Mute:
    """An HTTP client that is never used."""

    def build_request(self, *_: Any, **__: Any) -> None:
        """A request."""

    def send(self, *_: Any, **__: Any) -> Any:
        """A response."""


class AsyncMute(Mute):
    """The same, awaited."""

    async def send(self, *_: Any, **__: Any) -> Any:
        """A response."""


@pytest.mark.default_transport
@pytest.mark.parametrize("way", ["proxy", "http_client"])
def test_after_a_fork_connections_are_left_to_the_parent(face: Make, scripted: Scripted, way: str) -> None:
    """Those to a proxy are let go of as any, and the caller's client is the caller's."""
    kind = type(face("http://127.0.0.1:1").client)
    theirs = AsyncMute() if kind is AsyncSessionsClient else Mute()
    options = {"proxy": scripted.url} if way == "proxy" else {"http_client": theirs}
    client = face("http://sessions.invalid", allow_http=True, **options)
    client.client._connections.transport("a loop").after_fork()
    client.done(client.client._connections.pop_transport("a loop").close())


@pytest.mark.default_transport
def test_two_threads_that_come_at_once_share_a_transport() -> None:
    """The one that comes second finds what the first has made."""
    connections = SessionsClient(TOKEN, host="http://127.0.0.1:1")._connections
    assert connections._made(None) is connections._made(None) is connections.transport()


def test_loops_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of asyncio and of trio; one that is over is known as such, and without one there is none."""

    async def running() -> Any:
        loop = loops.running_loop()
        assert loops.running_loop() is loop
        assert not loops.is_closed(loop)
        await loops.sleep(0.0)
        return loop

    found = [asyncio.run(running()), trio.run(running)]
    assert [loops.is_closed(loop) for loop in found] == [True, True]
    with pytest.raises(RuntimeError):
        loops.running_loop()
    monkeypatch.delitem(sys.modules, "trio")
    with pytest.raises(RuntimeError):
        loops.running_loop()


@pytest.mark.parametrize("run", [lambda trial: asyncio.run(trial()), trio.run], ids=["asyncio", "trio"])
def test_a_block_ends_in_time_in_any_loop(run: Callable[..., Any]) -> None:
    """What takes longer than it may is ended, in asyncio and in trio, and what does not is left alone."""

    async def trial() -> None:
        async with loops.timeout(60.0):
            await loops.sleep(0.0)
        with pytest.raises(TimeoutError):
            async with loops.timeout(0.01):
                await loops.sleep(60.0)

    run(trial)


class Stuck:
    """A connection that cannot be closed."""

    def has_expired(self) -> bool:
        """It has."""
        return True

    async def aclose(self) -> None:
        """Fail."""
        raise RuntimeError


@pytest.mark.default_transport
def test_connection_that_cannot_be_closed_takes_no_place(scripted: Scripted) -> None:
    """A call that comes upon one fails as one that was not sent; its place among the connections is free again."""

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
            connections = client._connections.transport(asyncio.get_running_loop())._transport._connections
            connections._free.append(Stuck())
            with pytest.raises(APIConnectionError):
                await client.get_session("ses_1")
            assert connections._slots.value == own_async.MAX_CONNECTIONS
            scripted.json(GOOD)
            assert (await client.get_session("ses_1")).id == "ses_1"

    asyncio.run(scenario())


class Broken:
    """A stream whose TLS is broken, or holds more than the response."""

    def __init__(self, outcome: bytes | ssl.SSLError) -> None:
        self._outcome = outcome

    def get_extra_info(self, _name: str) -> Any:
        """Itself, as the TLS object."""
        return self

    def read(self, _most_bytes: int) -> bytes:
        """What is there."""
        if isinstance(self._outcome, ssl.SSLError):
            raise self._outcome
        return self._outcome


@pytest.mark.parametrize(
    ("outcome", "holds_more"), [(ssl.SSLWantReadError(), False), (ssl.SSLError(), True), (b"x", True), (b"", True)]
)
def test_tls_that_holds_more_is_not_used_again(outcome: Any, holds_more: bool) -> None:
    """More bytes, an end of the stream or an alert: only TLS that wants to read more is as it should be."""
    assert proxied_async.holds_tls_more(Broken(outcome)) is holds_more  # type: ignore[arg-type]
