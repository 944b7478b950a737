"""One attempt over the wire, by both clients, against a server on loopback that answers as told, or breaks."""

from __future__ import annotations

import asyncio
import gc
import gzip
import importlib.util
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from msgspec.structs import replace

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions._transport.pool import aio as own_async
from anyscale_sessions._transport.pool import deadline
from anyscale_sessions._transport.pool import resolver as names
from anyscale_sessions._transport.pool import sync as own

from ...conftest import TOKEN, Face, Scripted, Turned

Make = Callable[..., Face]
MAX_RESPONSE_BYTES = 16 * 1024 * 1024
GOOD = {"result": {"id": "ses_1", "name": "nightly"}}
SUBJECT_HASH = "65d64afd"  # by which OpenSSL finds the certificate of the tests' authority in a folder
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

every_transport = pytest.mark.parametrize(
    "face",
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    indirect=True,
    ids=["sync", "async", "aiohttp"],
)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and all errors behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def fails(face: Face, expected: type[SessionsError], operation: str = "get_session", argument: Any = "ses_1") -> Any:
    """The error of an operation: of this very type, with nothing but errors of ours behind it and no secret in it."""
    with pytest.raises(SessionsError) as raised:
        getattr(face, operation)(argument)
    for error in chain(raised.value):
        assert isinstance(error, SessionsError)
        assert TOKEN not in f"{error!s} {error!r} {vars(error)}"
    assert type(raised.value) is expected
    return raised.value


@pytest.fixture
def once(face: Make, scripted: Scripted) -> Face:
    """A client of the scripted server that tries once."""
    return face(scripted.url, max_attempts=1)


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
    """Calls one after the other, failed ones too, use one connection, or few where it is given back a moment later."""
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
    """A redirect is an error, for a read and for a create, and nothing goes to the place that it names."""
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


def own_client(face: Make, **options: Any) -> tuple[type[Any], Any]:
    """An httpx client of the kind that a face's client takes."""
    kind = httpx.AsyncClient if isinstance(face("http://127.0.0.1:1").client, AsyncSessionsClient) else httpx.Client
    return kind, kind(**options)


def test_own_http_client_is_used_and_stays_open(face: Make, scripted: Scripted) -> None:
    """An HTTP client of the caller's sends the requests, with our cookie whatever it holds, and is not closed by us."""
    _, theirs = own_client(face, cookies={"stray": "1", "cli_token": "other"}, headers={"x-of-theirs": "yes"})
    client = face(scripted.url, http_client=theirs)
    for _ in range(3):
        scripted.json(GOOD, set_cookie="cli_token=third; Path=/")
    client.get_session("ses_1")
    client.get_session("ses_1")
    client.close()
    assert not theirs.is_closed
    client.get_session("ses_1")
    for asked in scripted.asked:
        assert SimpleCookie(asked.headers["cookie"])["cli_token"].value == TOKEN
        assert asked.headers["x-of-theirs"] == "yes"
    client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())


@pytest.mark.parametrize("is_own", [True, False])
def test_netrc_is_not_read(
    face: Make, scripted: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_own: bool
) -> None:
    """What ~/.netrc says of the host is sent by neither kind of connection."""
    (tmp_path / ".netrc").write_text("default login user password hush\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    theirs = None if is_own else own_client(face)[1]
    client = face(scripted.url, http_client=theirs)
    scripted.json(GOOD)
    client.get_session("ses_1")
    assert "authorization" not in scripted.asked[0].headers
    if theirs is not None:
        client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())


def test_own_http_client_does_not_follow_redirects(face: Make, scripted: Scripted) -> None:
    """Not even a client that was made to follow redirects carries the token to another place."""
    _, theirs = own_client(face, follow_redirects=True)
    client = face(scripted.url, http_client=theirs)
    scripted.response(b"", 307, location=f"{scripted.url}/elsewhere")
    fails(client, APIStatusError)
    client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())


def test_own_http_client_keeps_to_limits_and_deadline(face: Make, scripted: Scripted) -> None:
    """A client of the caller's is held to the deadline and to the size of errors, as our own connections are."""
    _, theirs = own_client(face)
    client = face(scripted.url, http_client=theirs, deadline=0.15, timeout=5.0, max_attempts=1)
    scripted.response(b"x" * 100_000, 403)
    assert fails(client, PermissionDeniedError).body == "x" * 4096
    scripted.raw(HEAD + b"content-length: 999\r\n\r\n", *[b" "] * 100, pause_s=0.02)
    fails(client, APITimeoutError)
    client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())


def test_own_http_client_that_was_closed(face: Make, scripted: Scripted, session_body: Any) -> None:
    """A closed HTTP client is told as such, at once; nothing was sent, so that a create leaves no doubt."""
    _, theirs = own_client(face)
    client = face(scripted.url, http_client=theirs)
    client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())
    error = fails(client, APIConnectionError, "create_session", session_body)
    assert "client is closed" in str(error)
    assert error.attempts == 1


class Foreign:
    """An HTTP client that is none of httpx's, with errors of its own."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def build_request(self, *_: Any, **__: Any) -> None:
        """A request."""

    def send(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise self._error


class AsyncForeign(Foreign):
    """The same, awaited."""

    async def send(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise self._error


def foreign(client: type[Any], error: Exception) -> Any:
    """A foreign HTTP client of the kind that a client takes."""
    return AsyncForeign(error) if client is AsyncSessionsClient else Foreign(error)


class ConnectError(Exception):
    """What another package that grew out of httpx raises."""


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (ConnectError("https://user:secret@host"), APIConnectionError),
        (RuntimeError("odd"), CreateOutcomeUnknownError),
        (ValueError(TOKEN), CreateOutcomeUnknownError),
        (TimeoutError("late"), CreateOutcomeUnknownError),
        (httpx.PoolTimeout("full"), APITimeoutError),
        (httpx.WriteError("broke"), CreateOutcomeUnknownError),
        (httpx.StreamClosed(), CreateOutcomeUnknownError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_whatever_an_http_client_raises_is_typed(
    face: Make, session_body: Any, cause: Exception, expected: type[SessionsError]
) -> None:
    """An HTTP client may raise what it likes: it comes out as one of ours, by its class's name where we know it."""
    kind = type(face("http://127.0.0.1:1").client)
    client = face("http://127.0.0.1:1", http_client=foreign(kind, cause), max_attempts=1, clock=Turned().clock())
    error = fails(client, expected, "create_session", session_body)
    assert "secret" not in str(error)


@every_transport
def test_nobody_listens(face: Make, closed_port: int, session_body: Any, turned: Turned) -> None:
    """A server that is not there was not asked: even a create is tried again, then it is a `APIConnectionError`."""
    client = face(f"http://127.0.0.1:{closed_port}", clock=turned.clock())
    error = fails(client, APIConnectionError, "create_session", session_body)
    assert error.attempts == 3
    assert turned.slept == [0.025, 0.05]
    assert "cannot be reached (ConnectError)" in str(error)


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
    """A connection that breaks leaves a read to be repeated, and a create in doubt and sent once."""
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
def test_response_without_body_to_a_deletion(once: Face, scripted: Scripted) -> None:
    """204 gives `None`."""
    scripted.raw(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert once.delete_session("ses_1") is None


@every_transport
def test_encoded_responses_are_not_taken(once: Face, scripted: Scripted) -> None:
    """A response in an encoding that was not asked for is not unpacked, so that none can become too much."""
    scripted.response(gzip.compress(b'{"result": {"id": "ses_1"}}'), content_encoding="gzip")
    assert "content encoding" in str(fails(once, ResponseDecodeError))
    scripted.json(GOOD, content_encoding="identity")
    assert once.get_session("ses_1").id == "ses_1"


@every_transport
def test_encoded_errors_keep_their_status(once: Face, scripted: Scripted, session_body: Any) -> None:
    """An error in an encoding that was not asked for is told by its status alone: a create that was refused was."""
    scripted.response(gzip.compress(b"{}"), 403, content_encoding="gzip")
    error = fails(once, PermissionDeniedError, "create_session", session_body)
    assert (error.status, error.body) == (403, "")
    scripted.json(GOOD)
    assert once.get_session("ses_1").id == "ses_1"


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


@every_transport
@pytest.mark.parametrize("pieces", [(), (HEAD + b'content-length: 99\r\n\r\n{"re',)], ids=["silent", "stalled"])
def test_response_that_does_not_come_in_time(face: Make, scripted: Scripted, session_body: Any, pieces: Any) -> None:
    """A server that falls silent is a `APITimeoutError`; a create is then in doubt."""
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
def test_certificate_that_is_not_trusted(face: Make, scripted_tls: Scripted, ca_file: Path) -> None:
    """A certificate that nobody vouches for ends the call at its first attempt; with `ca_file` it is trusted."""
    error = fails(face(scripted_tls.url), APIConnectionError)
    assert error.attempts == 1
    assert "certificate is not trusted" in str(error)
    assert scripted_tls.asked == []
    scripted_tls.json(GOOD)
    client = face(scripted_tls.url, ca_file=str(ca_file))
    assert client.get_session("ses_1").id == "ses_1"
    client.close()


@every_transport
def test_server_that_speaks_no_tls(face: Make, scripted: Scripted) -> None:
    """A TLS handshake that fails for another reason is a connection that did not come about."""
    client = face(scripted.url.replace("http:", "https:"), max_attempts=2, clock=Turned().clock(), connect_timeout=0.5)
    with pytest.raises((APIConnectionError, APITimeoutError)) as raised:
        client.get_session("ses_1")
    assert raised.value.attempts == 2


@every_transport
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_of_the_environment(
    face: Make, scripted_tls: Scripted, ca_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """What SSL_CERT_FILE or SSL_CERT_DIR names is trusted, unless the environment is not."""
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / f"{SUBJECT_HASH}.0").write_text(ca_file.read_text())
    monkeypatch.setenv(name, str(ca_file if name == "SSL_CERT_FILE" else tmp_path))
    scripted_tls.json(GOOD)
    client = face(scripted_tls.url)
    assert client.get_session("ses_1").id == "ses_1"
    client.close()
    fails(face(scripted_tls.url, trust_env=False), APIConnectionError)


@every_transport
def test_name_and_password_for_a_proxy(face: Make, scripted: Scripted) -> None:
    """The user in a proxy's URL goes to the proxy, and nowhere else."""
    scripted.json(GOOD)
    proxy = scripted.url.replace("http://", "http://us%40er:pass@")
    face("http://sessions.invalid", allow_http=True, proxy=proxy).get_session("ses_1")
    assert scripted.asked[0].headers["proxy-authorization"] == "Basic dXNAZXI6cGFzcw=="
    assert "pass" not in scripted.asked[0].line


@every_transport
def test_proxy_for_https_carries_a_tunnel(face: Make, scripted: Scripted, session_body: Any) -> None:
    """Over https a proxy is asked for a tunnel and sees no token; where it refuses, the request was not sent."""
    client = face("https://sessions.invalid", proxy=scripted.url, max_attempts=1)
    scripted.response(b"", 403)
    fails(client, APIConnectionError, "create_session", session_body)
    assert scripted.asked[0].line == "CONNECT sessions.invalid:443 HTTP/1.1"
    assert "cookie" not in scripted.asked[0].headers


@every_transport
def test_hosts_without_a_proxy(face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no_proxy names is reached without a proxy."""
    for variable in ("HTTP_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("http_proxy", scripted.url.removeprefix("http://"))
    monkeypatch.setenv("no_proxy", "other.example,.invalid")
    fails(face("http://sessions.invalid", allow_http=True, max_attempts=1), APIConnectionError)
    assert scripted.asked == []
    monkeypatch.setenv("no_proxy", "other.example")
    scripted.json(GOOD)
    assert face("http://sessions.invalid", allow_http=True).get_session("ses_1").id == "ses_1"


@every_transport
@pytest.mark.parametrize("setting", ["proxy", "HTTP_PROXY"])
def test_proxy_is_used_for_other_machines_only(
    face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """A proxy, given or from the environment, is used for other machines and never for this one."""
    for name in ("http_proxy", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    options: dict[str, Any] = {"max_attempts": 1}
    if setting == "proxy":
        options["proxy"] = scripted.url
    else:
        monkeypatch.setenv(setting, scripted.url)
    scripted.json(GOOD)
    face("http://sessions.invalid", allow_http=True, **options).get_session("ses_1")
    assert scripted.asked[0].line in {
        f"GET http://sessions.invalid{port}/v0/sessions/ses_1 HTTP/1.1" for port in ("", ":80")
    }
    scripted.json(GOOD)
    face(scripted.url, **options).get_session("ses_1")
    assert scripted.asked[1].line == "GET /v0/sessions/ses_1 HTTP/1.1"
    if setting != "proxy":
        fails(face("http://sessions.invalid", allow_http=True, trust_env=False, **options), APIConnectionError)
        assert len(scripted.asked) == 2


@every_transport
@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "gopher://proxy"), ("HTTPS_PROXY", "http://[::1"), ("SSL_CERT_FILE", "/nowhere/at/all.pem")],
)
def test_environment_that_cannot_be_used(face: Make, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A proxy or a certificate file of the environment that cannot be used is named, and can be left out."""
    monkeypatch.setenv(name, value)
    error = fails(face("https://sessions.invalid"), InvalidRequestError)
    assert error.problems[0].field.upper() == name
    assert value not in str(error)


@every_transport
@pytest.mark.parametrize("host", ["https://a..example", f"https://{'a' * 64}.example", "https://xn--.example"])
def test_host_that_is_no_name(face: Make, host: str) -> None:
    """A host that can be no name is a server that cannot be reached."""
    error = fails(face(host, trust_env=False, max_attempts=2, clock=Turned().clock()), APIConnectionError)
    assert error.attempts == 2


def test_arguments_that_make_no_url(face: Make, scripted: Scripted) -> None:
    """Arguments that are too long for the URLs of the caller's HTTP client are refused, and nothing is sent."""
    _, theirs = own_client(face)
    client = face(scripted.url, http_client=theirs)
    with pytest.raises(InvalidRequestError, match="must make a URL"):
        client.list_sessions("prj_1", paging_token="t" * 70_000)
    assert scripted.asked == []
    client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())


@pytest.mark.default_transport
def test_threads_share_one_pool(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads that make the first call at once share what it makes."""
    for _ in range(8):
        scripted.json(GOOD)
    together = threading.Barrier(8)
    made: list[Any] = []
    transport = own.PooledTransport
    monkeypatch.setattr(own, "PooledTransport", lambda *arguments: made.append(transport(*arguments)) or made[-1])
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with SessionsClient(TOKEN, host=scripted.url) as client:

        def get() -> None:
            together.wait()
            client.get_session("ses_1")

        threads = [threading.Thread(target=get) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sys.setswitchinterval(interval_s)
    assert len(made) == 1
    assert len(scripted.asked) == 8


@every_transport
def test_connection_that_the_server_closed_is_not_used(face: Make, scripted: Scripted, session_body: Any) -> None:
    """A connection that the server closed between two calls is replaced unused: a create is not put in doubt by it."""
    client = face(scripted.url)
    scripted.raw(HEAD + b'content-length: 27\r\n\r\n{"result": {"id": "ses_1"}}', end="close")
    client.get_session("ses_1")
    time.sleep(0.02)
    scripted.json(GOOD)
    assert client.create_session(session_body).id == "ses_1"
    assert scripted.connections == 2


@pytest.mark.default_transport
def test_call_that_finds_no_free_connection(
    scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that waits in vain for one of the connections to become free was not sent."""
    monkeypatch.setattr(own, "MAX_CONNECTIONS", 1)
    scripted.raw(HEAD + b"content-length: 27\r\n\r\n", b'{"result": {"id": "ses_1"}}', pause_s=0.3)
    with SessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
        first = threading.Thread(target=client.get_session, args=("ses_1",))
        first.start()
        scripted.came.wait(5.0)
        client._limits = replace(client._limits, deadline_s=0.1)
        with pytest.raises(APITimeoutError, match="no connection in time"):
            client.create_session(session_body)
        first.join()
    assert len(scripted.asked) == 1


@pytest.mark.default_transport
def test_task_that_finds_no_free_connection(
    scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for tasks that share an asynchronous client."""
    monkeypatch.setattr(own_async, "MAX_CONNECTIONS", 1)
    scripted.raw(HEAD + b"content-length: 27\r\n\r\n", b'{"result": {"id": "ses_1"}}', pause_s=0.3)

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
            first = asyncio.create_task(client.get_session("ses_1"))
            await asyncio.to_thread(scripted.came.wait, 5.0)
            client._limits = replace(client._limits, deadline_s=0.1)
            with pytest.raises(APITimeoutError):
                await client.create_session(session_body)
            assert (await first).id == "ses_1"

    asyncio.run(scenario())
    assert len(scripted.asked) == 1


def test_connecting_ends_with_the_deadline() -> None:
    """A connection for which no time is left is not begun."""
    backend = deadline.DeadlineBackend(names.Names())
    backend.ends_at = time.monotonic() - 1.0
    with pytest.raises(httpcore.ConnectTimeout):
        backend.connect_tcp("127.0.0.1", 9, timeout=5.0)
    backend.ends_at = time.monotonic() + 60.0
    assert backend.clamped(5.0, httpcore.ReadTimeout) == 5.0
    assert 59.0 < backend.clamped(None, httpcore.ReadTimeout) <= 60.0


@pytest.mark.default_transport
def test_socks_proxy_without_its_package(face: Make) -> None:
    """A SOCKS proxy needs a package more, and says which."""
    if importlib.util.find_spec("socksio"):
        pytest.skip("socksio is installed")
    error = fails(face("https://sessions.invalid", proxy="socks5://127.0.0.1:1"), InvalidRequestError)
    assert "socksio" in str(error)


def test_asynchronous_client_outlives_its_loop(scripted: Scripted) -> None:
    """One asynchronous client works in one event loop after the other, with connections of each loop's own."""
    client = AsyncSessionsClient(TOKEN, host=scripted.url)

    async def get_and_close() -> str:
        async with client:
            return (await client.get_session("ses_1")).id

    async def get_only() -> str:
        return (await client.get_session("ses_1")).id

    for _ in range(3):
        scripted.json(GOOD)
    assert asyncio.run(get_and_close()) == "ses_1"
    with asyncio.Runner() as first, asyncio.Runner() as second:
        assert first.run(get_only()) == "ses_1"
        assert second.run(get_only()) == "ses_1"
        assert scripted.connections == 3
        first.run(client.aclose())
        second.run(client.aclose())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_connections_of_a_dead_loop_are_forgotten(scripted: Scripted) -> None:
    """A client that was not closed in its first loop works in the next one, and keeps nothing of the first."""
    client = AsyncSessionsClient(TOKEN, host=scripted.url)

    async def get(*, close: bool) -> str:
        session = await client.get_session("ses_1")
        if close:
            await client.aclose()
        return session.id

    scripted.json(GOOD)
    scripted.json(GOOD)
    assert asyncio.run(get(close=False)) == "ses_1"
    assert asyncio.run(get(close=True)) == "ses_1"
    gc.collect()  # Python tells of the connections that the first loop left open: here, and in no other test


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
