"""How much of a response is read, and what of it is accepted."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from anyscale_sessions import (
    PermissionDeniedError,
    ResponseDecodeError,
)
from anyscale_sessions._sansio.messages import Send
from anyscale_sessions._sansio.request import Request
from anyscale_sessions._transport.request_defaults import RequestDefaults, Settings, content_length
from anyscale_sessions_api.types import Operation

from ..conftest import Face, Scripted
from .conftest import GOOD, HEAD, MAX_RESPONSE_BYTES, every_transport, fails

UNREADABLE: dict[str, tuple[bytes, dict[str, str]]] = {
    "html": (b"<html>gateway</html>", {"content_type": "text/html"}),
    "empty": (b"", {}),
    "not JSON": (b"{", {}),
    "another shape": (b'{"results": []}', {}),
    "not a number": (b'{"result": {"id": "ses_1", "idle_timeout": NaN}}', {}),
    "not UTF-8": (b'{"result": {"id": "\xff"}}', {}),
    "no such encoding": (b"no gzip", {"content_encoding": "gzip"}),
    "another id": (b'{"result": {"id": "ses_2"}}', {}),
}


@every_transport
@pytest.mark.parametrize(("body", "headers"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_responses_are_typed(once: Face, scripted: Scripted, body: bytes, headers: dict[str, str]) -> None:
    """A 2xx that cannot be read is `ResponseDecodeError`."""
    scripted.response(body, **headers)
    error = fails(once, ResponseDecodeError)
    assert error.path.startswith("$")


def raw_deflate(data: bytes) -> bytes:
    """Deflate without the header of zlib."""
    return zlib.compress(data)[2:-4]


@every_transport
@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("identity, gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("gzip", lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:])),
    ],
    ids=["gzip", "x-gzip", "with identity", "deflate", "raw deflate", "members"],
)
def test_compressed_responses_are_decoded(
    once: Face, scripted: Scripted, session_body: Any, encoding: str, encode: Any
) -> None:
    """A response that a gateway compressed unasked is decoded, also that to a create request."""
    body = json.dumps({"result": {"id": "ses_1", "name": "nightly", "project_id": "prj_1"}}).encode()
    scripted.response(encode(body), content_encoding=encoding)
    assert once.create_session(session_body).id == "ses_1"
    assert len(scripted.asked) == 1


@every_transport
@pytest.mark.parametrize("cut", ["bytes", "encoding", "rest"])
def test_compressed_responses_that_cannot_be_decoded(once: Face, scripted: Scripted, cut: str) -> None:
    """A compressed response that ends early, is in an unknown encoding or has something after its end is an error."""
    data = gzip.compress(json.dumps(GOOD).encode())
    bodies = {"bytes": data[:-9], "encoding": data, "rest": data + b"x"}
    scripted.response(bodies[cut], content_encoding="zstd" if cut == "encoding" else "gzip")
    assert "content encoding" in str(fails(once, ResponseDecodeError))


@every_transport
def test_decoded_length_is_limited(once: Face, scripted: Scripted) -> None:
    """The limit of a response is that of what comes out of it."""
    scripted.response(gzip.compress(b" " * (MAX_RESPONSE_BYTES + 1)), content_encoding="gzip")
    assert "longer than the limit" in str(fails(once, ResponseDecodeError))


@every_transport
@pytest.mark.parametrize(("body", "shown"), [(gzip.compress(b"{}"), "{}"), (b"no gzip", "")], ids=["good", "bad"])
def test_encoded_errors_keep_their_status(
    once: Face, scripted: Scripted, session_body: Any, body: bytes, shown: str
) -> None:
    """A compressed error has its status, and its body if that can be decoded."""
    scripted.response(body, 403, content_encoding="gzip")
    error = fails(once, PermissionDeniedError, "create_session", session_body)
    assert (error.status, error.body) == (403, shown)
    scripted.json(GOOD)
    assert once.get_session("ses_1").id == "ses_1"


@pytest.mark.parametrize(
    ("text", "length"),
    [("", None), ("many", None), ("-1", None), ("0", 0), ("0" * 30 + "2000000000", 2 * 10**9), ("9" * 5000, 10**18)],
)
def test_announced_length(text: str, length: int | None) -> None:
    """An announced length is compared as a whole number, however many zeros or digits it has."""
    assert content_length({"content-length": text}) == length


@every_transport
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_response_that_is_too_long(once: Face, scripted: Scripted, chunked: bool) -> None:
    """A body over 16 MiB is not taken in, be its length announced or not."""
    body = b'{"result": {"id": "ses_1"}}' + b" " * MAX_RESPONSE_BYTES
    if chunked:
        scripted.raw(HEAD + b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
    else:
        scripted.response(body)
    error = fails(once, ResponseDecodeError)
    assert "longer than the limit" in str(error)


@every_transport
@pytest.mark.parametrize("bytes_long", [5_000, 100_000, 2 * MAX_RESPONSE_BYTES])
def test_error_that_is_too_long_keeps_its_status(once: Face, scripted: Scripted, bytes_long: int) -> None:
    """However long an error's body is, the status counts, and the start of the body is kept."""
    scripted.response(b"x" * bytes_long, 403)
    assert fails(once, PermissionDeniedError).body == "x" * 4096
    scripted.json(GOOD)
    assert once.get_session("ses_1").id == "ses_1"


@every_transport
def test_response_of_just_the_limit(once: Face, scripted: Scripted) -> None:
    """A body of exactly the limit is taken."""
    content = b'{"result": {"id": "ses_1"}}'
    scripted.response(content + b" " * (MAX_RESPONSE_BYTES - len(content)))
    assert once.get_session("ses_1").id == "ses_1"


def headers_of(*own: tuple[str, str | None], body: bytes | None = None) -> dict[bytes, bytes]:
    """The headers of a request with headers of its own, and a trace."""
    common = {"accept": "application/json", "cookie": "cli_token=secret"}
    defaults = RequestDefaults.of(Settings(base_url="http://a.test", headers=common, connect_timeout_s=1))
    request = Request(operation_id="do", method="PUT", target="/do", body=body, headers=own)
    found = defaults.headers_of(Send(request, 1, 1, ((b"traceparent", b"00-1"), (b"accept", b"none"))))
    assert len(dict(found)) == len(found)
    return dict(found)


def test_headers_of_a_request_come_before_those_of_all() -> None:
    """A request can have another Accept and another Content-Type; what traces it replaces nothing."""
    headers = headers_of(("accept", "text/csv"), ("content-type", "image/png"), body=b"data")
    assert headers[b"accept"] == b"text/csv"
    assert headers[b"content-type"] == b"image/png"
    assert headers[b"traceparent"] == b"00-1"
    assert headers[b"content-length"] == b"4"


def test_cookies_of_a_request_are_added() -> None:
    """The cookies of a request stand beside the one that carries the token."""
    assert headers_of(("cookie", "theme=dark"))[b"cookie"] == b"cli_token=secret; theme=dark"


def test_a_request_can_leave_the_token_out() -> None:
    """A request to an operation for everybody is sent without the token, also if it has cookies."""
    assert b"cookie" not in headers_of(("cookie", None))
    assert headers_of(("cookie", None), ("cookie", "a=b"))[b"cookie"] == b"a=b"


@every_transport
def test_every_transport_sends_the_headers_of_a_request(once: Face, scripted: Scripted) -> None:
    """Each transport sends another Accept and Content-Type, and leaves the token out where the operation says so."""
    scripted.response(b"a,b", content_type="text/csv")
    operation = Operation[str](
        id="do",
        method="PUT",
        path="/do",
        body=b"\x00",
        types={"body": bytes},
        response=str,
        media="text",
        accept="text/csv",
        content_type="image/png",
        is_public=True,
    )
    assert once.send(operation).parsed == "a,b"
    (asked,) = scripted.asked
    assert (asked.headers["accept"], asked.headers["content-type"]) == ("text/csv", "image/png")
    assert "cookie" not in asked.headers
    assert asked.body == b"\x00"
