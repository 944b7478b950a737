"""Bytes that belong to no response are never given to httpcore, and a connection that has them is not used again."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    AsyncSessionsClient,
    NotFoundError,
    ResponseDecodeError,
    SessionsClient,
)
from anyscale_sessions._transport.pool.connection_state import ConnectionState

from ...conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
LONG = json.dumps({"result": {"id": "ses_1", "name": "n" * 300_000}}).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(LONG)


def pieces_of(state: ConnectionState, data: bytes) -> list[bytes]:
    """All pieces that are given out of what was received."""
    state.unread, pieces = data, []
    while state.unread:
        pieces.append(state.next_piece())
    return pieces


@pytest.mark.parametrize("blank", [b"\r\n\r\n", b"\n\n", b"\n\r\n"])
def test_a_piece_ends_with_a_blank_line(blank: bytes) -> None:
    """What follows a blank line is given out only if more is asked for."""
    assert pieces_of(ConnectionState(), b"a" + blank + b"b" + blank + b"c") == [b"a" + blank, b"b" + blank, b"c"]


@pytest.mark.parametrize("split_at", range(1, 6))
def test_a_blank_line_can_arrive_in_parts(split_at: int) -> None:
    """A blank line ends a piece, wherever the network splits it."""
    state, data = ConnectionState(), b"a\r\n\r\nrest"
    pieces = [*pieces_of(state, data[:split_at]), *pieces_of(state, data[split_at:])]
    assert b"".join(pieces) == data
    assert pieces[-1] == b"rest"


@pytest.mark.parametrize("received", [b"12345", b"123\r\n\r\n78", b"1234567890"])
def test_a_body_of_known_length_ends_there(received: bytes) -> None:
    """No byte beyond the length of a body is given out."""
    state = ConnectionState()
    state.start_request("GET")
    state.start_body({"content-length": "5"})
    state.unread = received
    assert state.next_piece() == received[:5]
    assert state.unread == received[5:]


def test_a_body_of_known_length_can_arrive_in_parts() -> None:
    """The parts of a body are counted, and a body in chunks has no length."""
    state = ConnectionState()
    state.start_body({"content-length": "5"})
    state.unread = b"123"
    assert state.next_piece() == b"123"
    state.unread = b"4567"
    assert (state.next_piece(), state.unread) == (b"45", b"67")
    state.start_request("GET")
    state.start_body({"content-length": "1", "transfer-encoding": "chunked"})
    state.unread = b"123"
    assert state.next_piece() == b"123"


def test_only_the_request_itself_counts_as_sent() -> None:
    """A request is sent with its first byte, and what opens a tunnel is no part of it."""
    state = ConnectionState()
    state.start_request("POST")
    state.queue(b"CONNECT host:443 HTTP/1.1\r\n\r\n")
    assert (state.take_queued(), state.is_sent) == (b"CONNECT host:443 HTTP/1.1\r\n\r\n", False)
    state.queue(b"POST / HTTP/1.1\r\n\r\n")
    state.queue(b"{}")
    assert (state.take_queued(), state.is_sent) == (b"POST / HTTP/1.1\r\n\r\n{}", True)
    assert (state.take_queued(), state.is_sent) == (b"", True)
    state.start_request("GET")
    assert not state.is_sent


class Stream:
    """A stream with a TLS object, which gives bytes or raises an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outcome: bytes | ssl.SSLError | None) -> None:
        self._tls = None if outcome is None else Tls(outcome)
        monkeypatch.setattr(ssl, "SSLObject", Tls)

    def get_extra_info(self, _name: str) -> Any:
        """The TLS object."""
        return self._tls


class Tls:
    """A TLS object."""

    def __init__(self, outcome: bytes | ssl.SSLError) -> None:
        self._outcome = outcome

    def read(self, _max_bytes: int) -> bytes:
        """Give the bytes, or raise the error."""
        if isinstance(self._outcome, ssl.SSLError):
            raise self._outcome
        return self._outcome


@pytest.mark.parametrize(
    ("outcome", "is_clean"),
    [(None, True), (ssl.SSLWantReadError(), True), (ssl.SSLError(), False), (b"x", False), (b"", False)],
)
def test_tls_that_received_more_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, outcome: Any, is_clean: bool
) -> None:
    """After a response, TLS must need more bytes to read anything: more data, an end or an alert is refused."""
    state = ConnectionState()
    state.stream = Stream(monkeypatch, outcome)
    assert state.is_clean() is is_clean
    state.unread = b"x"
    assert not state.is_clean()


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def server(request: pytest.FixtureRequest, scripted: Scripted, scripted_tls: Scripted) -> Scripted:
    """A server, without and with TLS."""
    return scripted_tls if request.param else scripted


@pytest.fixture
def options(ca_file: Path) -> dict[str, Any]:
    """Options of clients of the server."""
    return {"ca_file": str(ca_file), "max_attempts": 1}


@pytest.mark.default_transport
@pytest.mark.parametrize("headers", [b"", b"connection: Keep-Alive\r\n"], ids=["silent", "kept"])
@pytest.mark.parametrize("pieces", [1, 3])
def test_long_response_is_complete(
    face: Make, server: Scripted, options: dict[str, Any], pieces: int, headers: bytes
) -> None:
    """A long response is complete in however many pieces it arrives, and its connection is used again."""
    client = face(server.url, **options)
    whole = HEAD + headers + b"\r\n" + LONG
    size = len(whole) // pieces + 1
    for _ in range(3):
        server.raw(*(whole[start : start + size] for start in range(0, len(whole), size)), pause_s=0.01)
        server.json({"result": {"id": "ses_2"}})
        assert client.get_session("ses_1").name == "n" * 300_000
        assert client.get_session("ses_2").id == "ses_2"
    assert server.connections == 1


@pytest.mark.parametrize("left_out", [1, len(LONG) - 1])
def test_long_response_that_is_cut(face: Make, server: Scripted, options: dict[str, Any], left_out: int) -> None:
    """A connection that ends within a long response is a broken connection."""
    server.raw(HEAD + b"\r\n" + LONG[:-left_out], end="close")
    with pytest.raises(APIConnectionError, match="broke"):
        face(server.url, **options).get_session("ses_1")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (b"HTTP/1.1 200 OK", b"connection: close\r\n"),
        (b"HTTP/1.1 200 OK", b"connection: upgrade, close\r\n"),
        (b"HTTP/1.0 200 OK", b""),
    ],
)
def test_long_response_after_which_the_server_closes(
    face: Make, server: Scripted, options: dict[str, Any], status: bytes, headers: bytes
) -> None:
    """A connection that the server announces to close is not used again."""
    client = face(server.url, **options)
    for _ in range(2):
        server.raw(HEAD.replace(b"HTTP/1.1 200 OK", status) + headers + b"\r\n" + LONG, end="close")
        client.get_session("ses_1")
    assert server.connections == 2


@pytest.mark.default_transport
def test_long_response_in_chunks(face: Make, server: Scripted, options: dict[str, Any]) -> None:
    """The connection of a long response in chunks is used again."""
    client = face(server.url, **options)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    for _ in range(2):
        server.raw(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(LONG), LONG))
        assert client.get_session("ses_1").id == "ses_1"
    assert server.connections == 1


@pytest.mark.default_transport
def test_long_error(face: Make, server: Scripted, options: dict[str, Any]) -> None:
    """Only the beginning of an error that is too long is read, and its connection is not used again."""
    client = face(server.url, **options)
    for _ in range(2):
        server.response(b"x" * 300_000, 404)
        with pytest.raises(NotFoundError, match="404"):
            client.get_session("ses_1")
    assert server.connections == 2


def test_long_response_that_is_no_json(face: Make, server: Scripted, options: dict[str, Any]) -> None:
    """The error about a long response that is no JSON shows the beginning of the response."""
    server.response(b"x" * 300_000, 200)
    with pytest.raises(ResponseDecodeError) as raised:
        face(server.url, **options).get_session("ses_1")
    assert raised.value.body is not None
    assert raised.value.body.startswith("xxx")


def test_informational_response_comes_first(face: Make, scripted: Scripted) -> None:
    """A 1xx response is skipped, and the response that follows it is the answer."""
    scripted.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"\r\n" + LONG)
    assert face(scripted.url).get_session("ses_1").id == "ses_1"


@pytest.mark.default_transport
def test_connection_that_was_idle_for_too_long(face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was idle for too long is not used again."""
    for module in ("sync", "aio"):
        monkeypatch.setattr(f"anyscale_sessions._transport.pool.{module}.KEEPALIVE_S", -1.0)
    client = face(scripted.url)
    for _ in range(2):
        scripted.raw(HEAD + b"\r\n" + LONG)
        client.get_session("ses_1")
    assert scripted.connections == 2


@pytest.mark.default_transport
@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
def test_bytes_after_a_long_response(server: Scripted, options: dict[str, Any], kind: type[Any]) -> None:
    """A connection on which bytes follow a response, in the same piece, is not used again."""
    server.raw(HEAD + b"\r\n" + LONG + b"HTTP/1.1 200 OK\r\n")
    server.raw(HEAD + b"\r\n" + LONG)

    async def called() -> None:
        async with AsyncSessionsClient(TOKEN, host=server.url, **options) as client:
            await client.get_session("ses_1")
            await asyncio.to_thread(arrived, client._connections.transport(asyncio.get_running_loop()))
            await client.get_session("ses_1")

    if kind is AsyncSessionsClient:
        asyncio.run(called())
    else:
        with SessionsClient(TOKEN, host=server.url, **options) as client:
            client.get_session("ses_1")
            arrived(client._connections.transport())
            client.get_session("ses_1")
    assert server.connections == 2


def arrived(transport: Any) -> None:
    """Wait until a connection that was kept has the bytes that it must not have."""
    for connection in transport._transport._connections._free:
        ends_at = time.monotonic() + 20
        while not connection.has_expired() and time.monotonic() < ends_at:
            time.sleep(0.001)
