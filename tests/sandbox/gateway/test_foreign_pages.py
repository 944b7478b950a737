"""The exact requests that a browser sends for a page of another origin: none reaches a sandbox."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

EVIL = "http://evil.test"
BODY = json.dumps({"name": "theirs", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"})
# What a page can make a browser send, besides the host and the cookie: method, path, headers, body.
REQUESTS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "fetch without CORS": (
        "POST",
        "/v0/sessions/",
        {"Origin": EVIL, "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        BODY,
    ),
    "preflight of a fetch": (
        "OPTIONS",
        "/v0/sessions/",
        {
            "Origin": EVIL,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
            "Access-Control-Request-Private-Network": "true",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "cors",
        },
        "",
    ),
    "fetch with credentials": (
        "GET",
        "/v0/sessions/?project_id=p",
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        "",
    ),
    "form": (
        "POST",
        "/_sandbox/reset",
        {
            "Origin": EVIL,
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
        "a=1",
    ),
    "form in a sandboxed frame": (
        "POST",
        "/_sandbox/reset",
        {"Origin": "null", "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        "{}",
    ),
    "form of an old browser": ("POST", "/v0/sessions/", {"Origin": EVIL, "Content-Type": "text/plain"}, BODY),
    "beacon": (
        "POST",
        "/_sandbox/reset",
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
        "",
    ),
    "image": (
        "GET",
        "/_sandbox/snapshot",
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        "",
    ),
    "script": (
        "GET",
        "/_sandbox/journal",
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        "",
    ),
    "stream of events": (
        "GET",
        "/_sandbox/journal",
        {"Origin": EVIL, "Accept": "text/event-stream", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        "",
    ),
    "WebSocket": (
        "GET",
        "/_sandbox/journal",
        {
            "Origin": EVIL,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
        "",
    ),
    "page on another port of this machine": (
        "POST",
        "/v0/sessions/",
        {"Origin": "http://127.0.0.1:9", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        BODY,
    ),
    "name that now leads here": (
        "POST",
        "/v0/sessions/",
        {"Host": "evil.test", "Origin": EVIL, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        BODY,
    ),
    "read by a name that now leads here": ("GET", "/_sandbox/snapshot", {"Host": "evil.test"}, ""),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox on every address of this machine, where commands are run."""
    with serve(host="0.0.0.0", runtime="process", clock=ManualClock()) as served:
        yield served


def answer_of(sandbox: Sandbox, method: str, path: str, headers: dict[str, str], body: str, *, token: str) -> str:
    """The response to a request, as text."""
    host, _, port = sandbox.url.removeprefix("http://").rpartition(":")
    fields = {
        "Host": f"{host}:{port}",
        "Connection": "close",
        "Cookie": f"cli_token={token}",
        "Content-Length": str(len(body)),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("is_known", [True, False], ids=["with the cookie", "without"])
def test_a_page_of_another_origin_reaches_nothing(sandbox: Sandbox, name: str, is_known: bool) -> None:
    """Each such request is refused, its response allows the page to read nothing, and nothing is changed or shown."""
    before = sandbox.snapshot()
    response = answer_of(sandbox, *REQUESTS[name], token=sandbox.token if is_known else "x" * 20)
    head, _, content = response.partition("\r\n\r\n")
    assert head.startswith(("HTTP/1.1 403 ", "HTTP/1.1 421 "))
    assert "access-control-" not in head.lower()
    assert sandbox.token not in response
    assert json.loads(content).keys() == {"error"}
    assert sandbox.snapshot() == before


def test_the_same_request_of_its_own_page_is_served(sandbox: Sandbox) -> None:
    """A request of the sandbox's own origin is served, so that the others are refused for their origin alone."""
    method, path, _, body = REQUESTS["fetch without CORS"]
    own = {"Origin": sandbox.url, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    assert answer_of(sandbox, method, path, own, body, token=sandbox.token).startswith("HTTP/1.1 200 ")
