"""A service whose behaviour a test sets, a proxy in front of it, and a client that sends and receives bytes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

import h11
import pytest

from anyscale_sessions_sandbox.proxy import Limits, Proxies, user_service_access

OWN, SERVICE = "own-token", "service-token"
PUBLIC = {"access_token": OWN, "user_service_token": SERVICE, "user_service_access": "public"}
PATIENCE_S = 30.0


class Response(NamedTuple):
    """A response: its status, its headers and its body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """A connection of a client, in bytes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def send_anyway(self, data: bytes) -> None:
        """Send bytes until the other side or this one closes the connection."""
        with contextlib.suppress(OSError):
            self.send(data)

    def request(self, line: str = "GET /", *headers: str, body: bytes = b"", version: str = "1.1") -> None:
        """Send a request: its method and target, and headers besides Host."""
        if body:
            headers = (*headers, f"Content-Length: {len(body)}")
        head = "\r\n".join([f"{line} HTTP/{version}", "Host: localhost", *headers])
        self.send(head.encode() + b"\r\n\r\n" + body)

    def head(self) -> tuple[int, dict[str, str]]:
        """The status and the headers of a response; those sent twice have both values."""
        status = int(self.file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self.file.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value)))
        return status, headers

    def chunk(self) -> bytes:
        """A chunk of a body."""
        size = int(self.file.readline(), 16)
        data = self.file.read(size)
        self.file.readline()
        return data

    def response(self) -> Response:
        """A whole response."""
        status, headers = self.head()
        if "content-length" in headers:
            return Response(status, headers, self.file.read(int(headers["content-length"])))
        if headers.get("transfer-encoding") == "chunked":
            return Response(status, headers, b"".join(iter(self.chunk, b"")))
        return Response(status, headers, b"" if status in (101, 204, 304) else self.file.read())

    def is_over(self) -> bool:
        """Whether the other side has ended, once it has."""
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True


class Exchange:
    """One request as the service has it, and how it answers."""

    def __init__(self, request: h11.Request, http: h11.Connection, wire: socket.socket, number: int) -> None:
        self.request = request
        # Which request of its connection it is, from 1 on.
        self.number = number
        self.headers = dict(request.headers)
        self.wire = wire
        self._http = http

    def read(self) -> bytes:
        """The next part of the body; nothing where it ends."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self.wire.recv(65536))
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    def read_all(self) -> bytes:
        """The whole body."""
        return b"".join(iter(self.read, b""))

    def send(self, *events: Any) -> None:
        """Send events of h11."""
        self.wire.sendall(b"".join(self._http.send(event) or b"" for event in events))

    def answer(self, body: bytes = b"", *headers: tuple[str, str], status: int = 200) -> None:
        """Send a whole response."""
        head = h11.Response(status_code=status, headers=[*headers, ("Content-Length", str(len(body)))])
        self.send(head, h11.Data(body), h11.EndOfMessage())

    def answer_in_chunks(self, *chunks: bytes) -> None:
        """Send a whole response whose body has these chunks."""
        self.begin()
        self.send(*map(h11.Data, chunks), h11.EndOfMessage())

    def begin(self, *headers: tuple[str, str]) -> None:
        """Send the head of a response whose body comes in chunks."""
        self.send(h11.Response(status_code=200, headers=[*headers, ("Transfer-Encoding", "chunked")]))


class Service:
    """The service of a session. `behave` is called with each request, in a thread."""

    def __init__(self) -> None:
        self.behave: Callable[[Exchange], Any] = lambda exchange: exchange.answer(exchange.read_all())
        # Is called with each connection instead, if it is set.
        self.on_connection: Callable[[socket.socket], Any] | None = None
        self.seen: list[Exchange] = []
        self.connections = 0
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)

    def _run(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(connection)
            self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        http, number = h11.Connection(h11.SERVER), 0
        with connection:
            if self.on_connection:
                self.on_connection(connection)
                return
            try:
                while True:
                    while (event := http.next_event()) is h11.NEED_DATA:
                        http.receive_data(connection.recv(65536))
                    if not isinstance(event, h11.Request):
                        return
                    number += 1
                    exchange = Exchange(event, http, connection, number)
                    self.seen.append(exchange)
                    self.behave(exchange)
                    http.start_next_cycle()
            except (OSError, h11.ProtocolError):
                return

    def stop(self) -> None:
        """Stop listening, and end what is connected."""
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)


class Proxied:
    """A service behind a proxy."""

    def __init__(self, proxies: Proxies, service: Service) -> None:
        self.proxies = proxies
        self.service = service
        # For a service that waits until a test sets it, or ends.
        self.released = threading.Event()
        self.port = self.open(PUBLIC)

    def open_at(self, port: int) -> None:
        """Lead to another port."""
        self.open(PUBLIC, port)

    def open(self, session: dict[str, Any], port: int | None = None, **options: Any) -> int:
        """The port of the proxy for a session."""
        port = self.service.port if port is None else port
        url = self.proxies.open("ses_1", "user service", user_service_access(session), port, **options)
        return int(url.rpartition(":")[2])

    def until_idle(self) -> None:
        """Wait until no client is connected any more."""
        deadline = time.monotonic() + PATIENCE_S
        while any(listener._connections for listener in self.proxies._listeners.values()):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def wire(self) -> Wire:
        """A new connection to the proxy."""
        return Wire(self.port)

    def ask(self, line: str = "GET /", *headers: str, body: bytes = b"", authorized: bool = True) -> Response:
        """The response to one request, which has the right token unless `authorized` is False."""
        with self.wire() as wire:
            wire.request(line, *headers, *([f"Authorization: Bearer {SERVICE}"] if authorized else []), body=body)
            return wire.response()


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that answers each request with its body, until it is made to behave otherwise."""
    service = Service()
    yield service
    service.stop()


@pytest.fixture
def proxied(request: pytest.FixtureRequest, service: Service) -> Iterator[Proxied]:
    """The service behind a proxy, with limits that a test can give as the parameter of this fixture."""
    proxies = Proxies(Limits(**getattr(request, "param", {})))
    proxied = Proxied(proxies, service)
    yield proxied
    proxied.released.set()
    proxies.shut_down()


def until_seen(service: Service, count: int) -> None:
    """Wait until a service has seen so many requests."""
    deadline = time.monotonic() + PATIENCE_S
    while len(service.seen) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)
