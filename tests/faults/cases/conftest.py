"""What the cases share: a server that answers every request well, and clients over every transport."""

from __future__ import annotations

import asyncio
import inspect
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

from anyscale_sessions import AsyncSessionsClient, SessionsClient

NAME = "sessions.example"
GOOD = b'{"result": {"id": "ses_1", "name": "a", "project_id": "p"}, "results": []}'
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(GOOD), GOOD)


class _Handler(socketserver.StreamRequestHandler):
    server: GoodServer

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        while self.rfile.readline():
            length = 0
            while line := self.rfile.readline().strip().lower():
                if line.startswith(b"content-length:"):
                    length = int(line[15:])
            self.rfile.read(length)
            time.sleep(self.server.pause_s)
            self.wfile.write(RESPONSE)


class GoodServer(socketserver.ThreadingTCPServer):
    """Answers every request well, after a pause."""

    daemon_threads = True
    request_queue_size = 128
    pause_s = 0.0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.server_address[1]}"

    def name_url(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """Where it listens, by a name that is looked up."""
        look_up = socket.getaddrinfo

        def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
            return look_up("127.0.0.1" if host == NAME else host, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return f"http://{NAME}:{self.server_address[1]}"

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what the tests are about."""


@pytest.fixture
def good_server() -> Iterator[GoodServer]:
    """A server on loopback."""
    with GoodServer(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


TOKEN = "sss_canary-of-the-cases"
OWN_TRANSPORTS = ("sync", "async", "aiohttp")
TRANSPORTS = (*OWN_TRANSPORTS, "httpx", "httpx async", "httpx2", "httpx2 async")


class Calls:
    """Makes clients over one transport, and their calls, which it awaits if they have to be."""

    def __init__(self, transport: str, ca_file: Path, runner: asyncio.Runner) -> None:
        library, _, way = transport.partition(" ")
        self.is_async = way == "async" or transport in ("async", "aiohttp")
        self.is_own = transport in OWN_TRANSPORTS
        self._library = {"httpx": httpx, "httpx2": httpx2}.get(library)
        self._options: dict[str, Any] = {"transport": "aiohttp"} if transport == "aiohttp" else {}
        self._ca_file, self._runner = ca_file, runner
        self._opened: list[Any] = []

    def client(self, host: str, **options: Any) -> Any:
        """A client that makes one attempt."""
        if self._library is not None:
            kind = self._library.AsyncClient if self.is_async else self._library.Client
            trusted = ssl.create_default_context(cafile=str(self._ca_file))
            options["http_client"] = kind(verify=trusted, trust_env=False)
            self._opened.append(options["http_client"])
        elif "proxy" not in options and "trust_env" not in options:
            options["trust_env"] = False
        kind = AsyncSessionsClient if self.is_async else SessionsClient
        options = {"max_attempts": 1, "allow_http": True, "ca_file": str(self._ca_file), **self._options, **options}
        self._opened.append(kind(TOKEN, host=host, **options))
        return self._opened[-1]

    def done(self, result: Any) -> Any:
        """A result, awaited if it has to be."""
        if not inspect.isawaitable(result):
            return result

        async def awaited() -> Any:
            return await result

        return self._runner.run(awaited())

    def close(self) -> None:
        """Close all that was opened, the HTTP clients of the caller last."""
        for opened in reversed(self._opened):
            self.done(opened.aclose() if self.is_async else opened.close())
        self._opened.clear()


def _made(request: pytest.FixtureRequest, ca_file: Path) -> Iterator[Calls]:
    with asyncio.Runner() as runner:
        runner.get_loop()  # which opens descriptors
        calls = Calls(request.param, ca_file, runner)
        yield calls
        calls.close()


@pytest.fixture(params=TRANSPORTS)
def calls(request: pytest.FixtureRequest, ca_file: Path) -> Iterator[Calls]:
    """Makes calls over every transport in turn."""
    yield from _made(request, ca_file)


@pytest.fixture(params=OWN_TRANSPORTS)
def own_calls(request: pytest.FixtureRequest, ca_file: Path) -> Iterator[Calls]:
    """Makes calls over every transport of our own in turn."""
    yield from _made(request, ca_file)
