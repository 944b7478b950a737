"""What the cases share: a server that answers every request well."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

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
