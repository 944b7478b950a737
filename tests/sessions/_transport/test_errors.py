"""What the exceptions of the libraries become."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
)

from ..conftest import Turned
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
