"""What a client sends with: made once, for each event loop, and anew after a fork; and nothing half-made is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, SessionsClient
from anyscale_sessions.client.connections import _after_fork

from ..conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}


@pytest.mark.default_transport  # aiohttp leaves its sockets open here, for the parent
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
    """An HTTP client that notes how it is used."""

    def __init__(self) -> None:
        self.uses: list[str] = []

    def build_request(self, *_: Any, **__: Any) -> None:
        """Note that a request is built."""
        self.uses.append("build_request")

    def send(self, *_: Any, **__: Any) -> Any:
        """Note that a request is sent."""
        self.uses.append("send")

    def close(self) -> None:
        """Note that the client is closed."""
        self.uses.append("close")

    aclose = close


class AsyncMute(Mute):
    """The same, awaited."""

    async def send(self, *_: Any, **__: Any) -> Any:
        """Note that a request is sent."""
        self.uses.append("send")


@pytest.mark.default_transport
@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_after_a_fork_connections_are_left_to_the_parent(face: Make, scripted: Scripted, way: str) -> None:
    """A forked process closes its copy of a socket of the synchronous client, and touches none of an event loop."""
    options = {} if way == "direct" else {"proxy": scripted.url}
    client = face(scripted.url if way == "direct" else "http://sessions.invalid", allow_http=True, **options)
    is_closed = isinstance(client.client, SessionsClient)
    scripted.json(GOOD)
    client.get_session("ses_1")
    (transport,) = client.client._connections._transports.values()
    before = descriptors()
    transport.after_fork()
    assert (before > descriptors()) == is_closed  # the server, in this process too, closes its side then
    client.done(transport.close())


def test_after_a_fork_the_callers_client_is_left_alone(face: Make) -> None:
    """A forked process neither closes nor uses the HTTP client of the caller, which would record any use."""
    theirs = AsyncMute() if isinstance(face("http://127.0.0.1:1").client, AsyncSessionsClient) else Mute()
    client = face("http://sessions.invalid", allow_http=True, http_client=theirs)
    client.client._connections.transport("a loop").after_fork()
    client.done(client.client._connections.pop_transport("a loop").close())
    assert theirs.uses == []


def descriptors() -> int:
    """How many file descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.default_transport
def test_two_threads_that_come_at_once_share_a_transport() -> None:
    """The one that comes second finds what the first has made."""
    connections = SessionsClient(TOKEN, host="http://127.0.0.1:1")._connections
    assert connections._made(None) is connections._made(None) is connections.transport()
