"""Responses that are larger than they look: compressed ones, and lengths with many digits, over every transport."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache

import pytest

from anyscale_sessions import (
    APIConnectionError,
    CreateOutcomeUnknownError,
    CreateSession,
    ResponseDecodeError,
    SessionsError,
)

from ..conftest import hurrying_clock
from ..faults import GOOD, HEAD, MEBIBYTE, responses, whole
from ..server import FaultServer, Line
from .conftest import Calls

BODY = CreateSession(name="nightly", project_id="prj_1", uses_app_config=True, build_id="b", compute_template_id="c")
LIMIT_BYTES = 2 * MEBIBYTE
BOMB_BYTES = 32 * MEBIBYTE
MOST_MEBIBYTES_SENT = 64  # what fits into the buffers of two sockets
BUFFERS = 6  # how often the limit fits into the memory of a call: pieces, their sum, and what a library keeps


def raw_deflate(data: bytes) -> bytes:
    """Deflate as many servers send it: without the header of zlib."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


ENCODINGS = pytest.mark.parametrize(
    ("name", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)],
    ids=["gzip", "deflate", "raw deflate"],
)


@ENCODINGS
def test_gateway_that_compresses_unasked(calls: Calls, name: str, encode: Callable[[bytes], bytes]) -> None:
    """A create request whose response was compressed unasked returns the session, and is sent once."""
    response = whole(encode(GOOD), b"200 OK", b"content-encoding: " + name.encode())
    with FaultServer(responses(response, end="keep")).serving() as server:
        assert calls.done(calls.client(server.url).create_session(BODY)).id == "ses_1"
        calls.close()
    assert len(server.received) == 1


@cache
def bomb(encode: Callable[[bytes], bytes]) -> bytes:
    """Very few bytes that decode to very many."""
    return encode(b" " * BOMB_BYTES)


@ENCODINGS
@pytest.mark.parametrize("status", [b"200 OK", b"403 No"])
def test_bomb_is_decoded_up_to_the_limit(
    calls: Calls, name: str, encode: Callable[[bytes], bytes], status: bytes
) -> None:
    """A small response that decodes to 32 MiB ends typed, and takes no more memory than the limit allows."""
    response = whole(bomb(encode), status, b"content-encoding: " + name.encode())
    with FaultServer(responses(response, end="keep")).serving() as server:
        client = calls.client(server.url, max_response_bytes=LIMIT_BYTES)
        tracemalloc.start()
        with pytest.raises(SessionsError) as raised:
            calls.done(client.get_session("ses_1"))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        calls.close()
    assert raised.value.status == (403 if status[:1] == b"4" else None)
    assert isinstance(raised.value, ResponseDecodeError) is (status[:1] == b"2")
    assert peak_bytes < BUFFERS * LIMIT_BYTES


@pytest.mark.parametrize("zeros", [0, 5, 30, 5000])
@pytest.mark.parametrize("operation", ["get_session", "create_session"])
def test_announced_length_beyond_the_limit(calls: Calls, zeros: int, operation: str) -> None:
    """An announced length of 2 GB ends the call before its body is read, however many zeros it starts with.

    The server can send only what fits into the buffers of the sockets.
    """
    sent: list[int] = []

    def script(line: Line) -> None:
        if line.receive() is None:
            return
        line.send(HEAD + b"content-length: " + b"0" * zeros + b"2000000000\r\n\r\n")
        for mebibytes in range(4 * MOST_MEBIBYTES_SENT):
            sent.append(mebibytes)
            line.send(b" " * MEBIBYTE)

    with FaultServer(script).serving() as server:
        client = calls.client(server.url, deadline=1.0)
        client.clock = hurrying_clock()
        with pytest.raises((ResponseDecodeError, APIConnectionError, CreateOutcomeUnknownError)):
            calls.done(client.get_session("ses_1") if operation == "get_session" else client.create_session(BODY))
        calls.close()
    assert max(sent, default=0) < MOST_MEBIBYTES_SENT
