"""What requests can cost a sandbox whose journal records them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import Sandbox, SandboxApp, create_app, serve
from anyscale_sessions_sandbox.journal.entry import (
    MAX_BODY_BYTES_KEPT,
    MAX_HEAD_CHARACTERS_KEPT,
    MAX_HEADER_BYTES_KEPT,
    MAX_TARGET_CHARACTERS_KEPT,
    Entry,
)
from anyscale_sessions_sandbox.journal.journal import MAX_ENTRIES, MAX_UNAUTHENTICATED_ENTRIES
from anyscale_sessions_sandbox.journal.redaction import Redactor

# With the quadratic pattern, one text takes more than a second.
SHORT_S = 0.5
LONG = 50_000
# The server may refuse the head of a request that is longer, depending on how it arrives.
HEAD = 12_000
TEXTS = {
    "backslashes": "\\" * LONG,
    "backslashes and quotes": '\\"' * LONG,
    "backslashes after a name": '\\"access_token' + "\\" * LONG,
    "backslashes in a value": '\\"access_token\\": \\"' + "\\" * LONG,
    "runs of backslashes": ("\\" * 300 + '"access_token') * 150,
    "quotes": '"' * LONG,
    "names": '"access_token"' * 5000,
    "names and colons": '"access_token":' * 5000,
    "open values": '"access_token": "' * 5000,
    "spaces": '"access_token"' + " " * LONG,
    "spaces after a colon": '"access_token":' + " " * LONG + "null",
    "brackets": '"access_token": [' * 5000,
}


class Visitor:
    """Sends requests to a sandbox over one connection."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._connection = HTTPConnection(sandbox.url.removeprefix("http://"))

    def send(self, target: str, *, with_token: bool, body: str | None = None, **headers: str) -> int:
        """Send a request and return the status."""
        token = {"cookie": f"cli_token={self.sandbox.token}"} if with_token else {}
        self._connection.request("POST" if body else "GET", target, body, headers | token)
        response = self._connection.getresponse()
        response.read()
        return response.status

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """A visitor of a sandbox of the test's own."""
    with serve() as sandbox:
        visitor = Visitor(sandbox)
        yield visitor
        visitor.close()


def size_of(entry: Entry) -> int:
    """The number of characters and bytes that an entry keeps."""
    contents = (entry.target, entry.method, entry.request_content, entry.response_content, *entry.path.values())
    return sum(map(len, contents)) + sum(len(name) + len(value) for name, value in entry.request_headers)


@pytest.mark.parametrize("kind", TEXTS)
def test_redaction_takes_linear_time(kind: str) -> None:
    """Redacting a long text takes little time, whatever is in it."""
    redactor = Redactor({"access_token", "ssh_private_key"}, ("s" * 43,))
    began_s = time.process_time()
    redactor.text(TEXTS[kind])
    assert time.process_time() - began_s < SHORT_S


@pytest.mark.parametrize("with_token", [True, False])
def test_a_look_at_the_journal_is_short_after_hostile_requests(visitor: Visitor, with_token: bool) -> None:
    """Requests with long runs of backslashes do not make the next look at the journal block the sandbox."""
    for _ in range(20):
        status = visitor.send("/v0/sessions/?project_id=p&x=" + "\\" * HEAD, with_token=with_token)
        assert status == (200 if with_token else 401)
    began_s = time.process_time()
    assert visitor.send("/_sandbox/journal", with_token=True) == 200
    assert visitor.send("/_sandbox/journal/har", with_token=True) == 200
    assert visitor.sandbox.journal.text()
    assert time.process_time() - began_s < SHORT_S * 2


@pytest.mark.parametrize("target", ["/v0/sessions/?project_id=p", "/nothing", "/v0/sessions/x"])
def test_requests_without_a_token_do_not_replace_others(visitor: Visitor, target: str) -> None:
    """Requests without the token do not push the requests of a test out of the journal."""
    journal = visitor.sandbox.journal
    assert visitor.send("/v0/sessions/?project_id=mine", with_token=True) == 200
    for _ in range(MAX_ENTRIES + 100):
        visitor.send(target, with_token=False)
    journal.assert_called("list_sessions", query__project_id="mine", times=1)
    entries = journal.entries()
    assert len(entries) == 1 + MAX_UNAUTHENTICATED_ENTRIES
    assert [entry.number for entry in entries] == [1, *range(1052, 1102)]


@pytest.mark.parametrize("sent", [{}, {"cookie": "cli_token=wrong"}, {"authorization": "Bearer wrong"}])
def test_a_request_without_the_token_is_kept_as_a_short_head(visitor: Visitor, sent: Any) -> None:
    """Of a request without the right token, a short beginning and the status are kept, and nothing of its body."""
    body = '{"name": "' + "x" * LONG + '"}'
    status = visitor.send("/v0/sessions/" + "y" * 5000, with_token=False, **sent)
    visitor.send("/v0/sessions/?a=" + "y" * 5000, with_token=False, body=body, x="z" * 5000, **sent)
    entries = visitor.sandbox.journal.entries()
    assert [entry.operation for entry in entries] == ["get_session", "create_session"]
    assert {entry.status for entry in entries} == {status}
    for entry in entries:
        assert not entry.is_authenticated
        assert size_of(entry) <= 2 * MAX_HEAD_CHARACTERS_KEPT + len("POST")
        assert entry.to_dict(Redactor((), ()))["response"] == ""


def test_a_request_with_the_token_is_kept_up_to_a_limit() -> None:
    """Of a request with the token, a limited part of the target, the headers, the path and the bodies is kept."""
    limit = 2 * MAX_BODY_BYTES_KEPT + MAX_HEADER_BYTES_KEPT + 2 * MAX_TARGET_CHARACTERS_KEPT + len("POST")
    long_headers = {"a": "z" * 40_000, "b": "z" * 40_000}

    async def send(app: SandboxApp) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), cookies={"cli_token": app.token}) as http:
            await http.post("http://sandbox/v0/sessions/", headers=long_headers)
            await http.post("http://sandbox/v0/sessions/", content=b"{" + b" " * 100_000)

    with create_app() as app:
        asyncio.run(send(app))
        entries = app.journal.entries()
    entries.append(Entry(3, "now", "GET", "/"))
    entries[2].keep_all("y" * 100_000, (), {"session_id": "y" * 100_000})
    assert [entry.is_authenticated for entry in entries] == [True] * 3
    assert all(size_of(entry) <= limit for entry in entries)
    assert "b" not in {name.decode() for name, _ in entries[0].request_headers}
    assert (len(entries[1].request_content), entries[1].size) == (MAX_BODY_BYTES_KEPT, 100_001)
    assert len(entries[2].target) == len(entries[2].path["session_id"]) == MAX_TARGET_CHARACTERS_KEPT
