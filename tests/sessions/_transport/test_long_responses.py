"""Responses that are read from the connection into their place, and what they leave of the connection."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anyscale_sessions._transport.pool.long_bodies import LongBody

from anyscale_sessions import (
    APIConnectionError,
    AsyncSessionsClient,
    NotFoundError,
    ResponseDecodeError,
    SessionsClient,
    api,
)
from anyscale_sessions._transport.pool import long_bodies

from ..conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
LONG = json.dumps({"result": {"id": "ses_1", "name": "n" * 300_000}}).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(LONG)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def server(request: pytest.FixtureRequest, scripted: Scripted, scripted_tls: Scripted) -> Scripted:
    """A server, without and with TLS."""
    return scripted_tls if request.param else scripted


@pytest.fixture
def options(ca_file: Path) -> dict[str, Any]:
    """What clients of the server are made with."""
    return {"ca_file": str(ca_file), "max_attempts": 1}


@pytest.mark.default_transport
@pytest.mark.parametrize("headers", [b"", b"connection: Keep-Alive\r\n"], ids=["silent", "kept"])
@pytest.mark.parametrize("pieces", [1, 3])
def test_long_response_is_whole(
    face: Make, server: Scripted, options: dict[str, Any], pieces: int, headers: bytes
) -> None:
    """However it comes in, all of it is there, and the connection is used again, for short ones too."""
    client = face(server.url, **options)
    whole = HEAD + headers + b"\r\n" + LONG
    size = len(whole) // pieces + 1
    for _ in range(3):
        server.raw(*(whole[start : start + size] for start in range(0, len(whole), size)), pause_s=0.01)
        server.json({"result": {"id": "ses_2"}})
        response = client.send(api.get_session("ses_1"))
        assert type(response.body) is bytes
        assert response.body == LONG
        assert client.get_session("ses_2").id == "ses_2"
    assert server.connections == 1


@pytest.mark.parametrize("left_out", [1, len(LONG) - 1])
def test_long_response_that_is_cut(face: Make, server: Scripted, options: dict[str, Any], left_out: int) -> None:
    """An end within it is a broken connection."""
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
    """A connection that the server says it will close is not used again."""
    client = face(server.url, **options)
    for _ in range(2):
        server.raw(HEAD.replace(b"HTTP/1.1 200 OK", status) + headers + b"\r\n" + LONG, end="close")
        client.get_session("ses_1")
    assert server.connections == 2


@pytest.mark.default_transport
def test_long_response_in_chunks(face: Make, server: Scripted, options: dict[str, Any]) -> None:
    """The end of a long body can be told by its chunks."""
    client = face(server.url, **options)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    for _ in range(2):
        server.raw(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(LONG), LONG))
        assert client.get_session("ses_1").id == "ses_1"
    assert server.connections == 1


@pytest.mark.default_transport
def test_long_error(face: Make, server: Scripted, options: dict[str, Any]) -> None:
    """Of an error that is too long the beginning is read, and the connection is not used again."""
    client = face(server.url, **options)
    for _ in range(2):
        server.response(b"x" * 300_000, 404)
        with pytest.raises(NotFoundError, match="404"):
            client.get_session("ses_1")
    assert server.connections == 2


def test_long_response_that_is_no_json(face: Make, server: Scripted, options: dict[str, Any]) -> None:
    """The error shows the beginning."""
    server.response(b"x" * 300_000, 200)
    with pytest.raises(ResponseDecodeError) as raised:
        face(server.url, **options).get_session("ses_1")
    assert raised.value.body is not None
    assert raised.value.body.startswith("xxx")


def test_response_after_word_that_it_will_come(face: Make, scripted: Scripted) -> None:
    """A 1xx is followed by the response itself."""
    scripted.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"\r\n" + LONG)
    assert face(scripted.url).get_session("ses_1").id == "ses_1"


@pytest.mark.default_transport
def test_connection_that_was_free_for_too_long(face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long response, too, a connection is not trusted for ever."""
    client = face(scripted.url)
    for _ in range(2):
        scripted.raw(HEAD + b"\r\n" + LONG)
        client.get_session("ses_1")
        monkeypatch.setattr(long_bodies, "KEEPALIVE_S", -1.0)
    assert scripted.connections == 2


@pytest.mark.default_transport
@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
def test_bytes_after_a_long_response(server: Scripted, options: dict[str, Any], kind: type[Any]) -> None:
    """What comes after it, in the same piece, is not taken for the next response: the connection is not used again."""
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
    """Wait until the connection that was kept, if it was, has the bytes that it must not have."""
    for connection in transport._transport._connections._free:
        ends_at = time.monotonic() + 20
        while not connection.has_expired() and time.monotonic() < ends_at:
            time.sleep(0.001)


@pytest.mark.parametrize("piece", [b"12345", b"123456"])
def test_piece_with_the_end(piece: bytes) -> None:
    """What does not belong to the body is told of, and left out."""
    body = LongBody(10, b"abcde")
    assert not body.is_whole
    body.add(piece)
    assert body.is_whole
    assert body.content == b"abcde12345"
    assert body.has_more == (len(piece) > 5)


def test_body_that_came_with_its_head() -> None:
    """Nothing is left to be read of a body that has come with its head."""
    body = LongBody(3, b"abcd")
    assert body.is_whole
    assert body.has_more
