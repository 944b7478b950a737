"""A sandbox served over HTTP: its address, concurrent and invalid requests, and its end."""

from __future__ import annotations

import asyncio
import logging
import pickle
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from anyscale_sessions_sandbox import (
    ManualClock,
    Sandbox,
    SandboxAddressError,
    SandboxDatabaseError,
    SandboxError,
    serve,
    server,
)
from anyscale_sessions_sandbox.server import _listener


def port_of(sandbox: Sandbox) -> int:
    """The port that a sandbox listens on."""
    port = urlsplit(sandbox.url).port
    assert port
    return port


def listens(host: str, port: int) -> bool:
    """Whether a server listens on this address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host, port)) == 0


def test_it_answers_from_the_first_line_of_the_block_to_the_last() -> None:
    """A sandbox answers on a free loopback port within the block; afterwards no listener and no thread is left."""
    before = threading.active_count()
    with serve() as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{port_of(sandbox)}"
        assert httpx.get(f"{sandbox.url}/v0/sessions/x", trust_env=False).status_code == 401
    assert not listens("127.0.0.1", port_of(sandbox))
    assert threading.active_count() == before


def test_nothing_listens_elsewhere_unless_that_is_asked_for() -> None:
    """A sandbox listens on one loopback address only, unless another host is given."""
    for runtime in ("virtual", "process"):
        with serve(runtime=runtime) as sandbox:
            assert listens("127.0.0.1", port_of(sandbox))
            assert not listens("127.0.0.77", port_of(sandbox))
    with serve(host="0.0.0.0") as sandbox:
        assert listens("127.0.0.77", port_of(sandbox))


def test_it_ends_when_the_block_fails() -> None:
    """A sandbox stops when its block raises, and the error is not changed."""
    with pytest.raises(RuntimeError, match="mine"), serve() as sandbox:
        raise RuntimeError("mine")
    assert not listens("127.0.0.1", port_of(sandbox))


def test_several_sandboxes_live_side_by_side(visit: Any) -> None:
    """Several sandboxes have their own ports, tokens, sessions and times."""
    one_clock, other_clock = ManualClock(), ManualClock()
    with serve(clock=one_clock) as one, serve(clock=other_clock) as other:
        session = visit(one).create()
        assert visit(other).call("GET", f"/sessions/{session['id']}").status == 404
        one.clock.advance(5)
        assert one_clock.now() > other_clock.now()
        assert (one.url, one.token) != (other.url, other.token)


def test_several_sandboxes_can_live_by_one_clock(visit: Any) -> None:
    """Several sandboxes can share a clock, and closed ones are not notified."""
    clock = ManualClock()
    with serve(clock=clock) as one:
        with serve(clock=clock) as other:
            apis = [visit(sandbox) for sandbox in (one, other)]
            sessions = [api.create() for api in apis]
            for api, session in zip(apis, sessions, strict=True):
                api.start(session)
            clock.advance(2)
            assert [api.get(session)["state"] for api, session in zip(apis, sessions, strict=True)] == ["Running"] * 2
        clock.advance(2)


def test_it_works_under_a_running_event_loop() -> None:
    """A sandbox can be served and used inside a running event loop."""

    async def ask() -> int:
        with serve() as sandbox:
            async with httpx.AsyncClient(trust_env=False) as http:
                return (await http.get(f"{sandbox.url}/v0/sessions/x")).status_code

    assert asyncio.run(ask()) == 401


def test_a_port_that_is_named_is_taken() -> None:
    """A given port is used, and can be used again at once."""
    with serve() as sandbox:
        port = port_of(sandbox)
    for _ in range(2):
        with serve(port=port) as again:
            assert again.url == f"http://127.0.0.1:{port}"
            assert httpx.get(f"{again.url}/v0/sessions/x", trust_env=False).status_code == 401


def test_a_port_in_use_is_refused() -> None:
    """A port in use is refused with an error that names it and can be pickled."""
    with serve() as sandbox, pytest.raises(SandboxAddressError) as caught, serve(port=port_of(sandbox)):
        pass
    error = caught.value
    assert isinstance(error, SandboxError)
    assert str(error) == f"cannot listen on 127.0.0.1 port {port_of(sandbox)}: Address already in use"
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.host, copy.port, copy.reason) == (error.host, error.port, error.reason)


def test_a_port_that_somebody_took_but_does_not_listen_on_yet_is_refused() -> None:
    """Of two sockets bound to one port, the second to listen fails."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        with _listener("127.0.0.1", other.getsockname()[1]), pytest.raises(OSError, match="in use"):
            other.listen()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 70_000),
        ("127.0.0.1", -1),
        ("192.0.2.1", 0),
        ("host.invalid", 0),
        ("a..b", 0),
        ("x" * 70, 0),
        ("a\0b", 0),
        ("", 0),
        ("::zz", 0),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_refused(host: str, port: int) -> None:
    """An address that cannot be used is refused in one line, also an empty one."""
    with pytest.raises(SandboxAddressError) as caught, serve(host=host, port=port):
        pass
    assert str(caught.value).startswith(f"cannot listen on {host} port {port}: ")
    assert caught.value.reason


def test_nothing_listens_when_the_database_is_refused(tmp_path: Any) -> None:
    """The port is free again after the database was refused."""
    with serve() as sandbox:
        port = port_of(sandbox)
    with pytest.raises(SandboxDatabaseError), serve(db=tmp_path, port=port):
        pass
    assert not listens("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "reached_by"),
    [
        ("::1", "[::1]"),
        ("localhost", "localhost"),
        ("127.0.0.2", "127.0.0.2"),
        ("0.0.0.0", "127.0.0.1"),
        ("0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::0", "[::1]"),
    ],
)
def test_the_url_is_one_that_reaches_it(host: str, reached_by: str) -> None:
    """The URL reaches the sandbox, also if it listens on every address or on IPv6."""
    with serve(host=host) as sandbox:
        assert sandbox.url == f"http://{reached_by}:{port_of(sandbox)}"
        assert httpx.get(f"{sandbox.url}/v0/sessions/x", trust_env=False).status_code == 401


def test_many_requests_at_once_are_all_answered(api: Any) -> None:
    """Concurrent requests are all answered correctly while another thread advances the clock."""
    stop = threading.Event()

    def turn() -> None:
        while not stop.is_set():
            api.sandbox.clock.advance(0.01)

    def life(_: int) -> str:
        session = api.create()
        api.start(session)
        api.terminate(session)
        return str(api.get(session)["id"])

    clock = threading.Thread(target=turn)
    clock.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(life, range(64)))
    finally:
        stop.set()
        clock.join()
    api.sandbox.clock.advance(5)
    assert len(set(ids)) == 64
    listed = api.call("GET", "/sessions/", params={"project_id": api.project_id, "count": 50}).body
    assert listed["metadata"]["total"] == 64
    assert {session["state"] for session in listed["results"]} == {"Terminated"}


def raw(sandbox: Sandbox, *parts: bytes, end: Callable[[socket.socket], None] | None = None) -> bytes:
    """Send bytes as they are and return what comes back until the other side closes, or until `end` hangs up."""
    with socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
        if end:
            end(connection)
            return b""
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def head(sandbox: Sandbox, length: int, *, token: bool = True, close: bool = True) -> bytes:
    """The head of a request that creates a session."""
    lines = [
        "POST /v0/sessions/ HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"content-length: {length}",
        *([f"cookie: cli_token={sandbox.token}"] if token else []),
        *(["connection: close"] if close else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def reset(connection: socket.socket) -> None:
    """Hang up in the rudest way there is."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.parametrize("end", [lambda _: None, reset])
@pytest.mark.parametrize("body", [b"", b'{"name": "a", "project'])
def test_a_client_that_hangs_up_in_the_middle_does_no_harm(
    api: Any, caplog: pytest.LogCaptureFixture, body: bytes, end: Callable[[socket.socket], None]
) -> None:
    """A client that disconnects in a request changes nothing, logs no error, and disturbs no other client."""
    with caplog.at_level(logging.WARNING):
        raw(api.sandbox, head(api.sandbox, 1000), body, end=end)
        for _ in range(3):
            assert api.call("GET", "/sessions/", params={"project_id": api.project_id}).body["results"] == []
    assert caplog.messages == []


def test_a_connection_serves_one_request_after_the_other(api: Any) -> None:
    """A connection serves further requests after errors, also if a body was not read."""
    body = b'{"name": "a"}'
    received = raw(
        api.sandbox,
        head(api.sandbox, len(body), token=False, close=False) + body,
        head(api.sandbox, 17_000_000, close=False) + b" " * 17_000_000,
        head(api.sandbox, len(body), close=False) + body,
        head(api.sandbox, len(body)) + body,
    )
    assert [int(response[:3]) for response in received.split(b"HTTP/1.1 ")[1:]] == [401, 413, 422, 422]


@pytest.mark.parametrize("garbage", [b"\0\1\2\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"])
def test_what_is_no_http_is_refused(api: Any, garbage: bytes) -> None:
    """Invalid HTTP is answered with 400 and the connection is closed."""
    assert raw(api.sandbox, garbage).startswith(b"HTTP/1.1 400 ")


def test_it_does_not_wait_for_a_request_that_never_comes_to_its_end() -> None:
    """Stopping does not wait for a request that never completes."""
    with serve() as sandbox, socket.create_connection(("127.0.0.1", port_of(sandbox))) as connection:
        connection.sendall(head(sandbox, 1000) + b"{")
        httpx.get(f"{sandbox.url}/v0/sessions/x", trust_env=False)
        began = time.monotonic()
    assert time.monotonic() - began < 20
    assert not listens("127.0.0.1", port_of(sandbox))


def test_leaving_the_block_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that does not stop is left behind after a time limit, and the log says so."""
    monkeypatch.setattr(server, "STOP_TIMEOUT_S", 0.01)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # the server finds that its socket was closed
    released = threading.Event()
    shut_down = server._Server.shutdown

    async def shutdown(self: Any, sockets: Any = None) -> None:
        released.wait(20)
        await shut_down(self, sockets)

    monkeypatch.setattr(server._Server, "shutdown", shutdown)
    before = {*threading.enumerate()}
    with serve():
        [thread] = {*threading.enumerate()} - before
    released.set()
    thread.join()
    assert "the server of the sandbox did not stop within 0.01 s" in caplog.messages


def test_a_sandbox_warns_if_others_can_reach_it(caplog: pytest.LogCaptureFixture) -> None:
    """A sandbox on another address than a loopback one says so in its startup notes and in the log."""
    with serve(host="0.0.0.0", runtime="process") as sandbox:
        [note] = sandbox.startup_notes
    assert "all network addresses of this machine (0.0.0.0)" in note
    assert "can run any command on this machine" in note
    assert note in caplog.messages
    with serve(runtime="process") as sandbox:
        assert sandbox.startup_notes == ()


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip"])
def test_headers_of_proxies_are_not_believed(visit: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The address of a client is the one that it connects from, whatever its headers and the environment say."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with serve() as sandbox:
        headers = {"cookie": f"cli_token={sandbox.token}", name: "203.0.113.9", "x-forwarded-proto": "https"}
        response = visit(sandbox).http.get(f"{sandbox.url}/_sandbox/clock", headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"GET /v0/sessions/x HT"],
        [b"POST /v0/sessions/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{"],
        [b"GET /v0/sessions/x HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", b"GET /v0/sess"],
    ],
)
def test_a_connection_that_stays_idle_is_closed(monkeypatch: pytest.MonkeyPatch, parts: list[bytes]) -> None:
    """A connection without a request, or with a part of one, is closed after a time limit."""
    monkeypatch.setattr(server, "IDLE_TIMEOUT_S", 0.1)
    with serve() as sandbox:
        received = raw(sandbox, *parts)
    assert received.count(b"HTTP/1.1 ") <= 1


def test_a_connection_with_a_slow_request_or_response_is_not_closed(
    monkeypatch: pytest.MonkeyPatch, visit: Any
) -> None:
    """A connection that is in use is not idle: while parts of a request arrive, and while a response is made."""
    monkeypatch.setattr(server, "IDLE_TIMEOUT_S", 0.3)
    with serve() as sandbox:
        sandbox.faults.add("stall", operation="get_session", seconds=0.8)
        assert visit(sandbox).call("GET", "/sessions/x").status == 404
        with socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=5) as connection:
            for piece in (
                b"GET /v0/sessions/x ",
                b"HTTP/1.1\r\n",
                b"host: 127.0.0.1\r\n",
                b"a: b\r\n",
                b"c: d\r\n",
                b"\r\n",
            ):
                connection.sendall(piece)
                time.sleep(0.1)
            assert connection.recv(100).startswith(b"HTTP/1.1 401 ")
