"""The port of a service."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from anyscale_sessions_sandbox.gateway.hosts import AllowedHosts
from anyscale_sessions_sandbox.proxy import Limits
from anyscale_sessions_sandbox.proxy import listener as listener_module
from anyscale_sessions_sandbox.proxy import peer as peer_module
from anyscale_sessions_sandbox.proxy.access import Access
from anyscale_sessions_sandbox.proxy.listener import Listener, listening_socket
from anyscale_sessions_sandbox.proxy.route import Route

from .conftest import SERVICE, Proxied, Wire, until_seen

BEARER = f"Authorization: Bearer {SERVICE}"


@pytest.mark.parametrize("proxied", [{"connections": 2}], indirect=True)
def test_the_number_of_clients_is_limited(proxied: Proxied) -> None:
    """A client beyond the limit is answered with 503, and can come back when another has left."""
    with proxied.wire() as first, proxied.wire() as second:
        for wire in (first, second):
            wire.request("GET /", BEARER)
            assert wire.response().status == 200
        with proxied.wire() as third:
            assert third.response().status == 503
            assert third.is_over()
    while proxied.ask().status == 503:
        pass


@pytest.mark.parametrize("proxied", [{"connections": 0}], indirect=True)
def test_a_refused_client_may_stay(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of a refused client is closed after a short time, even if the client keeps it open."""
    monkeypatch.setattr(peer_module, "LINGER_S", 0.01)
    with proxied.wire() as wire:
        assert wire.response().status == 503
        assert wire.is_over()
        while True:
            try:
                wire.send(b"x")
            except ConnectionError:
                break


def test_the_end_ends_all_connections(proxied: Proxied) -> None:
    """When a port is closed, requests in progress and idle connections end, on both sides."""
    proxied.service.behave = lambda exchange: exchange.wire.recv(1) or proxied.released.set()
    with proxied.wire() as idle, proxied.wire() as busy:
        busy.request("GET /", BEARER)
        until_seen(proxied.service, 1)
        proxied.proxies.close("ses_1")
        assert idle.is_over()
        assert busy.is_over()
        assert proxied.released.wait(10)
    with pytest.raises(ConnectionRefusedError):
        proxied.wire()


def started(loop: asyncio.AbstractEventLoop) -> tuple[Listener, int]:
    """A listener in an event loop that does not run yet, and its port."""
    listening = listening_socket("127.0.0.1")
    listener = Listener(listening, Route(Access((), ()), AllowedHosts(()), 1), Limits())
    loop.run_until_complete(listener.start())
    return listener, listening.getsockname()[1]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs when a test says so."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("turns", range(4))
def test_a_client_that_has_just_connected_is_closed_too(loop: asyncio.AbstractEventLoop, turns: int) -> None:
    """A client that connects just before the port is closed does not stay connected."""
    listener, port = started(loop)

    async def stop() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await listener.stop()

    with Wire(port) as wire:
        loop.run_until_complete(stop())
        assert wire.is_over()


@pytest.mark.parametrize("error", [BlockingIOError(), ConnectionAbortedError()])
def test_a_client_that_left_before_it_was_accepted_is_ignored(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """After a client has left, the next one is accepted."""
    listener, port = started(loop)
    with monkeypatch.context() as patch:
        patch.setattr(listener, "_socket", Mock(accept=Mock(side_effect=error)))
        listener._accept()
    with Wire(port) as wire:
        wire.send(b"x\r\n\r\n")
        response = loop.run_in_executor(None, wire.response)
        assert loop.run_until_complete(response).status == 400
    loop.run_until_complete(listener.stop())


@pytest.mark.parametrize("ends", [True, False])
def test_a_machine_without_free_files_gets_a_pause(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """If the system cannot accept a client, the proxy tries again after a pause, unless it is stopped before."""
    monkeypatch.setattr(listener_module, "PAUSE_S", 0.01)
    listener, port = started(loop)
    with Wire(port) as wire:
        real = listener._socket
        listener._socket = Mock(wraps=real, fileno=real.fileno, accept=Mock(side_effect=OSError(24, "too many files")))
        listener._accept()
        assert not loop.remove_reader(real)
        listener._socket = real
        if not ends:
            wire.send(b"x\r\n\r\n")
            response = loop.run_in_executor(None, wire.response)
            assert loop.run_until_complete(response).status == 400
        loop.run_until_complete(listener.stop())
        assert wire.is_over()


def test_the_port_is_on_loopback(proxied: Proxied) -> None:
    """A proxy listens on the loopback address only."""
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.2", proxied.port)):
        pass
    with Wire(proxied.port) as wire:
        assert wire.socket.getpeername()[0] == "127.0.0.1"


def test_an_address_that_cannot_be_used_is_an_error() -> None:
    """If no port can be opened, OSError is raised, and no socket is left open."""
    with pytest.raises(OSError, match="Cannot assign requested address"):
        listening_socket("192.0.2.1")


def test_a_copy_is_closed_without_an_event_loop() -> None:
    """In a forked process, the socket is closed."""
    with listening_socket("127.0.0.1") as listening:
        Listener(listening, Route(Access((), ()), AllowedHosts(()), 1), Limits()).close_copy()
        assert listening.fileno() == -1
