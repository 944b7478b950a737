"""How much of a response is read, and what of it is accepted."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from anyscale_sessions import (
    PermissionDeniedError,
    ResponseDecodeError,
)

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


@every_transport
def test_encoded_responses_are_not_taken(once: Face, scripted: Scripted) -> None:
    """A response in an encoding that was not asked for is not unpacked, so that none can become too much."""
    scripted.response(gzip.compress(b'{"result": {"id": "ses_1"}}'), content_encoding="gzip")
    assert "content encoding" in str(fails(once, ResponseDecodeError))
    scripted.json(GOOD, content_encoding="identity")
    assert once.get_session("ses_1").id == "ses_1"


@every_transport
def test_encoded_errors_keep_their_status(once: Face, scripted: Scripted, session_body: Any) -> None:
    """An error response in an encoding that was not requested is an error by its status, also for a create request."""
    scripted.response(gzip.compress(b"{}"), 403, content_encoding="gzip")
    error = fails(once, PermissionDeniedError, "create_session", session_body)
    assert (error.status, error.body) == (403, "")
    scripted.json(GOOD)
    assert once.get_session("ses_1").id == "ses_1"


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
