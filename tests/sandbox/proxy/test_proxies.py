"""The proxies of all sessions."""

from __future__ import annotations

import os
import socket
import threading
from unittest.mock import Mock

import pytest

from anyscale_sessions_sandbox.proxy import Proxies, head_access
from anyscale_sessions_sandbox.proxy import proxies as proxies_module
from anyscale_sessions_sandbox.proxy.loop_thread import NAME

from .conftest import OWN, PUBLIC, SERVICE, Proxied, Wire

BEARER = f"Authorization: Bearer {OWN}"


def listens(port: int) -> bool:
    """Whether anything listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_port_is_kept_while_its_session_is_suspended(proxied: Proxied) -> None:
    """After a suspension a service is opened on the same port, with the tokens of that time."""
    proxied.proxies.suspend("ses_other")
    assert proxied.ask().status == 200
    proxied.proxies.suspend("ses_1")
    assert proxied.ask().status == 503
    assert proxied.open({**PUBLIC, "user_service_token": "new-token"}) == proxied.port
    assert proxied.ask().status == 403
    assert proxied.ask("GET /", "Authorization: Bearer new-token", authorized=False).status == 200


def test_each_service_has_its_own_port(proxied: Proxied) -> None:
    """The head of a session has another port and another token than its user service, and added headers."""
    added = [(b"authorization", b"Bearer the-clusters")]
    url = proxied.proxies.open("ses_1", "head", head_access(PUBLIC), proxied.service.port, added)
    with Wire(int(url.rpartition(":")[2])) as wire:
        wire.request("GET /", BEARER)
        assert wire.response().status == 200
    assert proxied.service.seen[-1].headers[b"authorization"] == b"Bearer the-clusters"
    assert proxied.ask("GET /", BEARER, authorized=False).status == 403
    assert url != f"http://127.0.0.1:{proxied.port}"


def test_ports_are_closed_by_session(proxied: Proxied) -> None:
    """The ports of one session, or of all others, are closed at once."""
    ports = [
        int(proxied.proxies.open(f"ses_{number}", "x", head_access(PUBLIC), 1).rpartition(":")[2])
        for number in (2, 3, 4)
    ]
    proxied.proxies.close("ses_2")
    assert [listens(port) for port in ports] == [False, True, True]
    proxied.proxies.close_others({"ses_4"})
    assert [listens(port) for port in (*ports, proxied.port)] == [False, False, True, False]


def test_nothing_is_left(proxied: Proxied) -> None:
    """After the end, no port is open and no thread runs, and another end does nothing."""
    assert proxied.ask().status == 200
    for _ in range(2):
        proxied.proxies.shut_down()
        assert not listens(proxied.port)
        assert NAME not in {thread.name for thread in threading.enumerate()}


def test_proxies_without_a_session_need_no_thread() -> None:
    """Proxies without a port have no thread."""
    proxies = Proxies()
    assert NAME not in {thread.name for thread in threading.enumerate()}
    proxies.shut_down()


def test_a_fork_does_not_keep_the_port(proxied: Proxied) -> None:
    """A process that is forked off does not listen on the ports, so that they are closed when the sandbox ends."""
    begin, end = os.pipe(), os.pipe()
    fork = os.fork()
    if fork == 0:
        os.write(begin[1], b"x")
        os.read(end[0], 1)
        os._exit(0)
    try:
        os.read(begin[0], 1)
        assert proxied.ask().status == 200
        proxied.proxies.shut_down()
        assert not listens(proxied.port)
    finally:
        os.write(end[1], b"x")
        os.waitpid(fork, 0)
        for descriptor in (*begin, *end):
            os.close(descriptor)


def test_the_proxies_of_a_fork_have_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a forked process, the sockets are closed and forgotten."""
    proxies, listener = Proxies(), Mock()
    proxies._listeners["ses_1", "x"] = listener
    monkeypatch.setattr(proxies_module, "_ALL", {proxies})
    proxies_module._after_fork()
    listener.close_copy.assert_called_once_with()
    assert proxies._listeners == {}


@pytest.mark.parametrize("token", [OWN, SERVICE])
def test_a_token_is_in_no_repr(proxied: Proxied, token: str) -> None:
    """No object that a traceback could show has a token in its repr."""
    objects = [proxied.proxies, *proxied.proxies._listeners.values()]
    objects += [listener.route for listener in proxied.proxies._listeners.values()]
    assert not any(token in repr(each) for each in objects)
