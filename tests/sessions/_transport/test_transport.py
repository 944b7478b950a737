"""Over every transport: a request on the wire, connections that are kept or broken, limits of time, and closing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    NotFoundError,
    RateLimitError,
    ServerError,
)

from ..conftest import TOKEN, Face, Scripted, Turned
from .conftest import GOOD, HEAD, Make, every_transport, fails


@every_transport
def test_request_on_the_wire(once: Face, scripted: Scripted, session_body: Any) -> None:
    """A request has the token in its cookie, says who sends it and what it takes, and a JSON body is marked as such."""
    scripted.json(GOOD)
    scripted.json(GOOD)
    once.get_session("ses_1")
    once.create_session(session_body)
    get, create = scripted.asked
    assert get.line == "GET /v0/sessions/ses_1 HTTP/1.1"
    assert create.line == "POST /v0/sessions/ HTTP/1.1"
    assert create.headers["content-type"] == "application/json"
    assert create.body == session_body.to_json()
    assert "content-type" not in get.headers
    assert get.body == b""
    for asked in scripted.asked:
        assert asked.headers["cookie"] == f"cli_token={TOKEN}"
        assert asked.headers["accept"] == "application/json"
        assert asked.headers["accept-encoding"] == "identity"
        assert asked.headers["user-agent"].startswith("anyscale-sessions/")
        assert asked.headers["x-anyscale-client"] == "anyscale-sessions"
        assert asked.headers["x-anyscale-client-version"]
        assert "authorization" not in asked.headers


@every_transport
def test_connection_is_kept(once: Face, scripted: Scripted) -> None:
    """Calls one after the other, failed ones too, use one connection, or few if it becomes free a moment later."""
    rounds = 4
    for status in (200, 404, 500, 200) * rounds:
        scripted.json(GOOD, status)
    for _ in range(rounds):
        once.get_session("ses_1")
        fails(once, NotFoundError)
        fails(once, ServerError)
        once.get_session("ses_1")
    assert scripted.connections <= (2 * rounds if once.client._arguments["transport"] == "fast" else 1)


@every_transport
def test_client_works_again_after_it_was_closed(once: Face, scripted: Scripted) -> None:
    """Closing closes the connections; a call after that opens new ones; closing twice is harmless."""
    scripted.json(GOOD)
    scripted.json(GOOD)
    once.get_session("ses_1")
    once.close()
    once.close()
    assert once.get_session("ses_1").id == "ses_1"
    assert scripted.connections == 2


@every_transport
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(once: Face, scripted: Scripted, session_body: Any, status: int) -> None:
    """A redirect is an error, for a read and for a create request, and nothing goes to the place that it names."""
    for operation, argument in (("get_session", "ses_1"), ("create_session", session_body)):
        scripted.response(b"", status, location=f"{scripted.url}/v0/elsewhere")
        error = fails(once, APIStatusError, operation, argument)
        assert error.status == status
    assert len(scripted.asked) == 2


@every_transport
def test_cookies_of_the_server_are_not_sent_back(once: Face, scripted: Scripted) -> None:
    """Our own HTTP client keeps no cookie that a server sets, not even one of our name."""
    scripted.json(GOOD, set_cookie="cli_token=other; Path=/")
    scripted.json(GOOD, set_cookie="stray=1; Path=/")
    scripted.json(GOOD)
    for _ in range(3):
        once.get_session("ses_1")
    assert [asked.headers["cookie"] for asked in scripted.asked] == [f"cli_token={TOKEN}"] * 3


BROKEN: dict[str, dict[str, Any]] = {
    "closed at once": {"pieces": (), "end": "close"},
    "reset at once": {"pieces": (), "end": "reset"},
    "half a status line": {"pieces": (b"HTTP/1.1 20",), "end": "close"},
    "no HTTP": {"pieces": (b"SSH-2.0-OpenSSH_9.9\r\n",), "end": "close"},
    "half the headers": {"pieces": (HEAD,), "end": "close"},
    "another protocol": {"pieces": (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",), "end": "close"},
    "half the body": {"pieces": (HEAD + b'content-length: 99\r\n\r\n{"result"',), "end": "close"},
    "half the body, then reset": {"pieces": (HEAD + b'content-length: 99\r\n\r\n{"result"',), "end": "reset"},
    "half a chunk": {"pieces": (HEAD + b"transfer-encoding: chunked\r\n\r\n40\r\n{",), "end": "close"},
    "bad chunk": {"pieces": (HEAD + b"transfer-encoding: chunked\r\n\r\nxx\r\n{",), "end": "close"},
}


@every_transport
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_broken_connections_are_typed(face: Make, scripted: Scripted, session_body: Any, broken: Any) -> None:
    """A connection that breaks leaves a read to be repeated, and a create request in doubt and sent once."""
    client = face(scripted.url, clock=Turned().clock())
    for _ in range(4):
        scripted.raw(*broken["pieces"], end=broken["end"])
    assert fails(client, APIConnectionError).attempts == 3
    error = fails(client, CreateOutcomeUnknownError, "create_session", session_body)
    assert error.attempts == 1
    assert type(error.__cause__) is APIConnectionError
    assert len([asked for asked in scripted.asked if asked.line.startswith("POST /v0/sessions/ ")]) == 1


@every_transport
def test_read_after_a_broken_connection(face: Make, scripted: Scripted) -> None:
    """A read that broke is read again, over another connection."""
    client = face(scripted.url, clock=Turned().clock())
    scripted.raw(end="reset")
    scripted.json(GOOD)
    assert client.get_session("ses_1").id == "ses_1"
    assert scripted.connections == 2


@every_transport
def test_connection_that_the_server_closed_is_not_used(face: Make, scripted: Scripted, session_body: Any) -> None:
    """A connection that the server closed between two calls is not used for a create request."""
    client = face(scripted.url)
    scripted.raw(HEAD + b'content-length: 27\r\n\r\n{"result": {"id": "ses_1"}}', end="close")
    client.get_session("ses_1")
    time.sleep(0.02)
    scripted.json(GOOD)
    assert client.create_session(session_body).id == "ses_1"
    assert scripted.connections == 2


@every_transport
@pytest.mark.parametrize("pieces", [(), (HEAD + b'content-length: 99\r\n\r\n{"re',)], ids=["silent", "stalled"])
def test_response_that_does_not_come_in_time(face: Make, scripted: Scripted, session_body: Any, pieces: Any) -> None:
    """A server that falls silent is a `APITimeoutError`; a create request is then in doubt."""
    client = face(scripted.url, timeout=0.2, deadline=0.6, max_attempts=1)
    for _ in range(2):
        scripted.raw(*pieces, *([b""] if pieces else []), pause_s=5.0)
    began = time.monotonic()
    assert "within 0.2 s" in str(fails(client, APITimeoutError))
    fails(client, CreateOutcomeUnknownError, "create_session", session_body)
    assert time.monotonic() - began < 2.0


@every_transport
def test_response_that_drips_ends_with_the_deadline(face: Make, scripted: Scripted) -> None:
    """A body that comes byte by byte, each in time, is given up when the deadline has passed."""
    client = face(scripted.url, timeout=5.0, deadline=0.15, max_attempts=1)
    scripted.raw(HEAD + b"content-length: 999\r\n\r\n", *[b" "] * 100, pause_s=0.02)
    began = time.monotonic()
    error = fails(client, APITimeoutError)
    assert 0.1 < time.monotonic() - began < 1.5
    assert "no complete response within 0.15 s" in str(error)


@every_transport
def test_response_without_body_to_a_deletion(once: Face, scripted: Scripted) -> None:
    """A deletion that is answered with 204 returns `None`."""
    scripted.raw(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert once.delete_session("ses_1") is None


@every_transport
@pytest.mark.parametrize(
    ("status", "expected"), [(418, APIStatusError), (520, ServerError), (599, ServerError), (999, ServerError)]
)
def test_statuses_outside_the_list(once: Face, scripted: Scripted, status: int, expected: type[APIStatusError]) -> None:
    """Any status that HTTP can carry is typed."""
    scripted.response(b"<html>", status)
    error = fails(once, expected)
    assert (error.status, error.body) == (status, "<html>")


@every_transport
def test_facts_of_an_error(once: Face, scripted: Scripted) -> None:
    """An error holds the id of the request, and the body cut to 4 KiB."""
    scripted.response(b"x" * 10_000, 500, X_Request_ID="r1")
    error = fails(once, ServerError)
    assert error.request_id == "r1"
    assert error.body == "x" * 4096


@every_transport
def test_throttling_is_waited_out(face: Make, scripted: Scripted, turned: Turned) -> None:
    """429 with Retry-After is waited out by the clock, and given up at once where it is too long."""
    client = face(scripted.url, clock=turned.clock())
    scripted.response(b"", 429, retry_after="7")
    scripted.json(GOOD)
    assert client.get_session("ses_1").id == "ses_1"
    assert turned.slept == [7.0]
    scripted.response(b"", 429, retry_after="121")
    error = fails(client, RateLimitError)
    assert (error.retry_after, error.attempts) == (121.0, 1)


def test_cancelled_call_leaves_a_usable_client(scripted: Scripted) -> None:
    """Cancellation passes through at once, and the connection that it met is not used again."""

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url) as client:
            scripted.raw(pause_s=5.0)
            call = asyncio.ensure_future(client.get_session("ses_1"))
            assert await asyncio.to_thread(scripted.came.wait, 60)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            scripted.json(GOOD)
            assert (await client.get_session("ses_1")).id == "ses_1"

    asyncio.run(scenario())
    assert scripted.connections == 2


def test_transport_is_imported_for_the_first_call_only(scripted: Scripted) -> None:
    """Importing the package and making a client import neither httpx nor what it stands on."""
    program = (
        "import sys; from anyscale_sessions import SessionsClient, CreateSession; "
        f"client = SessionsClient({TOKEN!r}, host={scripted.url!r}); "
        "assert not {'httpx', 'httpcore', 'anyio'} & set(sys.modules); "
        "assert client.get_session('ses_1').id == 'ses_1'; client.close()"
    )
    scripted.json(GOOD)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)
