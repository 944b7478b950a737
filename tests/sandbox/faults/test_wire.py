"""Faults on the connection."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import httpx
import pytest

from anyscale_sessions import (
    APITimeoutError,
    CreateOutcomeUnknownError,
    SessionsClient,
)
from anyscale_sessions_sandbox import Sandbox, create_app, serve

from .conftest import BODY


def received(sandbox: Sandbox, fault: str) -> tuple[bytes, type[OSError] | None]:
    """What comes over a connection until it ends, and how it ends if not well."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = ["GET /v0/sessions/?project_id=p HTTP/1.1", "host: 127.0.0.1", f"cookie: cli_token={sandbox.token}"]
        connection.sendall("\r\n".join([*head, f"x-sandbox-fault: {fault}", "", ""]).encode())
        content = b""
        try:
            while chunk := connection.recv(65536):
                content += chunk
        except OSError as error:
            return content, type(error)
        return content, None


def test_a_connection_is_really_reset() -> None:
    """The client receives a TCP reset, also in the middle of a response."""
    with serve() as sandbox:
        assert received(sandbox, "reset") == (b"", ConnectionResetError)
        assert received(sandbox, "reset; keep_bytes=20")[1] is ConnectionResetError


def test_a_truncated_response_is_announced_in_full() -> None:
    """The headers of a truncated response announce the full length."""
    with serve() as sandbox:
        for fault, kept in (("truncate", 31), ("truncate; keep_bytes=3", 3)):
            content, ended = received(sandbox, fault)
            head, _, body = content.partition(b"\r\n\r\n")
            assert b"content-length: 62" in head
            assert (len(body), ended) == (kept, None)


def test_a_head_without_end_ends_with_the_client_or_the_server() -> None:
    """Slow headers end when the client disconnects or the server stops."""
    with serve() as sandbox:
        done: list[Any] = []
        threads = [
            threading.Thread(target=lambda fault=fault: done.append(received(sandbox, fault)))
            for fault in ("slow_headers", "stall", "stall; seconds=60; phase=after", "stall; seconds=60")
        ]
        for thread in threads:
            thread.start()
        while sandbox.journal.count() < len(threads):
            time.sleep(0.01)
        time.sleep(0.1)
        began = time.monotonic()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 0.9
    assert len(done) == len(threads)
    assert sum(content.startswith(b"HTTP/1.1 503 ") for content, _ in done) == 2


def test_a_stall_before_can_do_the_call_late(sandbox: Sandbox, client: SessionsClient) -> None:
    """A stall before the side effect performs the call late, even if the client has disconnected."""
    sandbox.faults.add("stall", seconds=0.6, operation="create_session")
    with pytest.raises((CreateOutcomeUnknownError, APITimeoutError)):
        client.create_session(BODY)
    deadline = time.monotonic() + 5
    while not list(client.list_sessions("prj_1")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(list(client.list_sessions("prj_1"))) == 1


@pytest.mark.parametrize("kind", ["reset", "truncate", "slow_headers; seconds=0"])
def test_an_application_that_nobody_serves_breaks_off_as_it_can(kind: str) -> None:
    """Without a server, a fault raises an error instead of breaking the connection."""
    with create_app() as app:

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), cookies={"cli_token": app.token}) as http:
                return await http.get("http://a/v0/sessions/?project_id=p", headers={"x-sandbox-fault": kind})

        if kind.startswith("slow"):
            assert asyncio.run(send()).status_code == 200
        else:
            with pytest.raises(ConnectionResetError):
                asyncio.run(send())
