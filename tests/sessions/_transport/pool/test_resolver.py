"""Looking up a host; tests/faults/test_names.py has what a slow name server does to calls."""

from __future__ import annotations

import queue
import socket

import httpcore
import pytest

from anyscale_sessions._transport.pool.resolver import Resolver, _Lookup, needs_no_lookup


@pytest.mark.parametrize(
    ("host", "is_known"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("sessions.example", False)]
)
def test_hosts_that_need_no_name_server(host: str, is_known: bool) -> None:
    """An address and localhost need no name server."""
    assert needs_no_lookup(host) is is_known


def test_addresses() -> None:
    """An address is its own address, and a host that is no name has none."""
    assert Resolver().addresses("127.0.0.1", 80, 5.0) == [b"127.0.0.1"]
    with pytest.raises(httpcore.ConnectError):
        Resolver().addresses("a" * 64 + ".example", 80, 5.0)


@pytest.mark.parametrize(("host", "found"), [("127.0.0.1", [b"127.0.0.1"]), ("a" * 64, None), ("host.invalid.", None)])
def test_a_look_up_keeps_its_result_and_wakes_the_calls_that_wait(
    monkeypatch: pytest.MonkeyPatch, host: str, found: list[bytes] | None
) -> None:
    """A look-up ends with addresses or with an error, and every call that waits for it goes on."""
    if host.endswith("."):
        monkeypatch.setattr(socket, "getaddrinfo", raise_unknown_name)
    asked = _Lookup(host, 80)
    waiting: queue.SimpleQueue[None] = queue.SimpleQueue()
    asked._waiting.append(waiting)
    asked.run()
    assert waiting.get_nowait() is None
    asked.wait(5.0)
    if found is None:
        with pytest.raises(httpcore.ConnectError) as raised:
            asked.result()
        assert isinstance(raised.value.__cause__, socket.gaierror)
    else:
        assert asked.result() == found


def raise_unknown_name(*_: object, **_options: object) -> None:
    """A look-up of a name that no name server knows."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
