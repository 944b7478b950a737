"""Proxies of the environment, end to end: what NO_PROXY names never reaches the proxy, and all else does."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from anyscale_sessions import APIConnectionError, InvalidRequestError

from ..faults import GOOD, responses, whole
from ..server import FaultServer
from .conftest import TOKEN, Calls

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the environment speaks of a proxy."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy() -> Iterator[FaultServer]:
    """A proxy on loopback that answers by itself."""
    with FaultServer(responses(whole(GOOD), end="keep")).serving() as proxy:
        yield proxy


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hosts other than this machine cannot be reached. The list has the addresses that were tried."""
    connect, tried = socket.socket.connect, []

    def connect_to_loopback(sock: socket.socket, address: Any) -> None:
        host = address[0].decode() if isinstance(address[0], bytes) else address[0]
        if host.startswith("127."):
            return connect(sock, address)
        tried.append(host)
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else str(host)
        return look_up("192.0.2.7" if text.endswith("example") else host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return tried


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3:8080", "10.1.2.3"),
        ("[fd00::1]", "[fd00::1]"),
        ("fd00::1", "[fd00::1]"),
        ("fd00::/8", "[fd00::1]"),
        ("[fd00::1]:8080", "[fd00::1]"),
        ("other.test, *", "api.example"),
        ("api.example", "api.example"),
        ("example", "api.example"),
        (".example", "api.example"),
        ("other.test api.example:8080", "api.example"),
    ],
)
def test_excluded_host_never_reaches_the_proxy(
    own_calls: Calls,
    proxy: FaultServer,
    only_loopback: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    no_proxy: str,
    host: str,
) -> None:
    """A host that NO_PROXY names is connected to directly, and the proxy sees neither it nor the token."""
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv(variable, no_proxy)
    client = own_calls.client(f"http://{host}:8080", trust_env=True)
    with pytest.raises(APIConnectionError, match="network unreachable"):
        own_calls.done(client.get_session("ses_1"))
    assert proxy.connections == 0
    assert set(only_loopback) == {"192.0.2.7" if host.endswith("example") else host.strip("[]")}


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("", "10.1.2.3"),
        ("10.0.0.0/8", "11.1.2.3"),
        ("10.1.2.3:80", "10.1.2.3"),
        ("mple", "api.example"),
        ("10.0.0.0/8", "api.example"),
    ],
)
def test_other_host_is_reached_through_the_proxy(
    own_calls: Calls,
    proxy: FaultServer,
    only_loopback: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: str,
    host: str,
) -> None:
    """A host that NO_PROXY does not name is reached through the proxy, and not directly."""
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", no_proxy)
    client = own_calls.client(f"http://{host}:8080", trust_env=True)
    assert own_calls.done(client.get_session("ses_1")).id == "ses_1"
    assert proxy.received[0].line == f"GET http://{host}:8080/v0/sessions/ses_1 HTTP/1.1"
    assert TOKEN.encode() in proxy.received[0].data
    assert only_loopback == []


@pytest.mark.parametrize(
    ("variable", "value", "scheme"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1080", "https"),
        ("all_proxy", "socks://127.0.0.1:1080", "https"),
        ("all_proxy", "gopher://127.0.0.1", "http"),
        ("HTTPS_PROXY", "socks://127.0.0.1:1080", "https"),
        ("http_proxy", "http://[::1", "http"),
    ],
)
def test_unusable_proxy_is_named_by_its_variable(
    own_calls: Calls, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, scheme: str
) -> None:
    """A proxy of the environment that cannot be used is refused by the name of its variable, without its URL."""
    monkeypatch.setenv(variable, value)
    client = own_calls.client(f"{scheme}://api.example", trust_env=True)
    with pytest.raises(InvalidRequestError) as raised:
        own_calls.done(client.get_session("ses_1"))
    assert [problem.field for problem in raised.value.problems] == [variable]
    assert value not in str(raised.value)
