"""The fast transport: what it makes of settings, of errors, and of what its library refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import APITimeoutError, AsyncSessionsClient, InvalidRequestError, SessionsClient
from anyscale_sessions._transport import fast

from ..conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
JUNK = {
    "no certificate": "-----BEGIN",
    "a broken one": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
}

pytestmark = pytest.mark.parametrize(
    "face", [(SessionsClient, "fast"), (AsyncSessionsClient, "fast")], indirect=True, ids=["sync", "async"]
)


def test_clients_by_timeout(face: Make, scripted: Scripted) -> None:
    """A copy with another timeout has connections of its own, of which the last four kinds are kept."""
    client = face(scripted.url)
    kept = client.client._connections
    for timeout in (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 100.0):
        scripted.json(GOOD)
        client.done(client.client.with_options(timeout=timeout).get_session("ses_1"))
    (transport,) = (each._transport for each in kept._transports.values())
    assert list(transport._clients._made) == [3.0, 4.0, 5.0, 64.0]
    assert scripted.connections == 6


def test_url_that_is_too_long(face: Make, scripted: Scripted) -> None:
    """Arguments that make a URL longer than the library takes are refused, and nothing is sent."""
    with pytest.raises(InvalidRequestError, match="must make a URL"):
        face(scripted.url).list_sessions("prj_1", paging_token="t" * 70_000)
    assert scripted.asked == []


def test_path_and_query_go_out_as_they_are(face: Make, scripted: Scripted) -> None:
    """What is escaped once stays so."""
    scripted.json({"results": []})
    face(scripted.url).list_sessions("prj_1", paging_token="a b/c&d%'é")
    assert scripted.asked[0].line.split()[1].endswith("paging_token=a+b%2Fc%26d%25%27%C3%A9")


def test_headers_of_a_response(face: Make, scripted: Scripted) -> None:
    """Of several headers with one name the last counts; bytes that are no UTF-8 are read as Latin-1."""
    lines = b"x-request-id: a\r\nx-request-id: \xe9\r\nx-one: \xff\r\n"
    scripted.raw(HEAD + lines + b'content-length: 27\r\n\r\n{"result": {"id": "ses_1"}}')
    response = face(scripted.url)
    found = response.done(response.client.raw.get_session("ses_1"))
    assert (found.headers["x-request-id"], found.headers["x-one"]) == ("é", "ÿ")


def test_post_without_a_body_says_so(face: Make, scripted: Scripted) -> None:
    """Some servers wait for a body else."""
    scripted.json({"result": {"id": "scd_1"}})
    face(scripted.url).kill_session_command("scd_1")
    assert scripted.asked[0].headers["content-length"] == "0"


def test_proxy_from_the_environment_is_not_used(
    face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would look for one, also for this machine."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    scripted.json(GOOD)
    assert face(scripted.url).get_session("ses_1").id == "ses_1"


@pytest.mark.parametrize("content", JUNK.values(), ids=JUNK)
def test_certificates_that_the_library_cannot_read(
    face: Make, content: str, ca_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only OpenSSL could read is refused, by the name of the place where it was named."""
    path = tmp_path / "ca.pem"
    path.write_text(ca_file.read_text())
    client = face("https://127.0.0.1:1", ca_file=str(path))
    client.client._wire["ca_pem"] = content.encode()
    with pytest.raises(InvalidRequestError) as raised:
        client.get_session("ses_1")
    assert raised.value.problems[0].field == "ca_file"
    monkeypatch.setattr(fast, "trusted_pem", lambda _: content.encode())
    with pytest.raises(InvalidRequestError) as raised:
        face("https://127.0.0.1:1").get_session("ses_1")
    assert raised.value.problems[0].field == "SSL_CERT_FILE"


def test_proxy_that_the_library_does_not_take(face: Make) -> None:
    """It is refused before anything is sent, and not shown."""
    client = face("https://sessions.invalid", proxy="http://us:pass@a b.example")
    with pytest.raises(InvalidRequestError) as raised:
        client.get_session("ses_1")
    assert raised.value.problems[0].field == "proxy"
    assert "pass" not in str(raised.value)


def test_proxy_that_speaks_socks(face: Make) -> None:
    """It needs no package more; one that is not there was not used."""
    client = face("https://sessions.invalid", proxy="socks5://us:er@127.0.0.1:1", max_attempts=1)
    with pytest.raises(Exception, match="cannot be reached"):
        client.get_session("ses_1")


def test_forked_process_sends_otherwise(face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs the library's connections stays in the parent; the default transport takes its place."""
    client = face(scripted.url)
    for _ in range(2):
        scripted.json(GOOD)
    client.get_session("ses_1")
    client.client._connections.after_fork()
    monkeypatch.setattr(fast, "_processes", [0])
    client.get_session("ses_1")
    (transport,) = (each._transport for each in client.client._connections._transports.values())
    assert type(transport).__name__ in {"PooledTransport", "AsyncPooledTransport"}
    assert scripted.connections == 2
    fast._of_the_parent.clear()


def test_call_that_finds_no_free_connection(
    face: Make, scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that waits in vain for one of the connections to become free was not sent."""
    if face(scripted.url).client._is_async:
        return  # tests/faults/test_fast.py has it for tasks
    monkeypatch.setattr(fast, "MAX_CONNECTIONS", 1)
    scripted.raw(HEAD + b"content-length: 27\r\n\r\n", b'{"result": {"id": "ses_1"}}', pause_s=0.3)
    client = SessionsClient(TOKEN, host=scripted.url, max_attempts=1, transport="fast")
    first = threading.Thread(target=client.get_session, args=("ses_1",))
    first.start()
    scripted.came.wait(5.0)
    with pytest.raises(APITimeoutError, match="no connection in time"):
        client.with_options(deadline=0.1).create_session(session_body)
    first.join()
    client.close()
