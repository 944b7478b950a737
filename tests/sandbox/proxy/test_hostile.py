"""Clients and services that send anything: every connection ends, and nothing is logged."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import threading
from collections.abc import Sequence

import pytest

from .conftest import SERVICE, Proxied, Wire

PAIRS = 150
AT_ONCE = 10
BEARER = b"Authorization: Bearer %s\r\n" % SERVICE.encode()
LINES = (b"\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"abc", b"3\r\nabc\r\n", b"0\r\n\r\n")
UPGRADE = b"Connection: upgrade\r\nUpgrade: websocket\r\n"
OF_CLIENTS = (
    *(b"%s HTTP/1.1\r\nHost: localhost\r\n%s" % (line, BEARER) for line in (b"GET /", b"POST /", b"OPTIONS *")),
    b"GET /?token=%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % SERVICE.encode(),
    b"GET / HTTP/1.0\r\n%s\r\n" % BEARER,
    b"Expect: 100-continue\r\n",
    UPGRADE,
    b"Host: \xff\r\n",
    *LINES,
)
OF_SERVICES = (
    *(b"HTTP/1.1 %d X\r\n" % status for status in (100, 200, 204, 304, 999)),
    b"HTTP/1.1 101 X\r\n%s\r\n" % UPGRADE,
    b"HTTP/1.0 200 X\r\n",
    b"X: %s\r\n" % (b"x" * 70_000),
    *LINES,
)
LIMITS = {"idle_s": 0.1, "head_s": 0.1, "body_s": 0.1, "response_s": 0.1, "half_closed_s": 0.05}


def babble(wire: socket.socket, pieces: Sequence[bytes], choices: random.Random) -> None:
    """Send some pieces, and sometimes read, end one side or both, or leave at once."""
    wire.settimeout(0.1)
    with contextlib.suppress(OSError):
        for _ in range(choices.randint(0, 7)):
            wire.sendall(choices.choice(pieces) if choices.random() < 0.95 else choices.randbytes(20))
            if choices.random() < 0.2:
                wire.recv(1000)
        if choices.random() < 0.3:
            wire.shutdown(choices.choice([socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR]))
        if choices.random() < 0.5:
            wire.recv(1000)


@pytest.mark.parametrize("proxied", [LIMITS], indirect=True)
@pytest.mark.parametrize("seed", [1])
def test_whatever_is_sent_every_connection_ends(proxied: Proxied, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """Clients and services that send parts of messages in any order leave no connection and no message in the log."""
    choices = random.Random(seed)
    proxied.service.on_connection = lambda wire: babble(wire, OF_SERVICES, random.Random(choices.random()))

    def visit(number: int) -> None:
        own = random.Random(f"{seed} {number}")
        with Wire(proxied.port) as wire:
            babble(wire.socket, OF_CLIENTS, own)

    with caplog.at_level(logging.INFO):
        for first in range(0, PAIRS, AT_ONCE):
            threads = [threading.Thread(target=visit, args=(first + number,)) for number in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        proxied.until_idle()
    assert caplog.records == []
