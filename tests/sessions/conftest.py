"""What tests of the client share: one interface to both clients, a scripted server and a manual clock."""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import trustme

from anyscale_sessions import AsyncSessionsClient, CreateSession, SessionsClient
from anyscale_sessions._sansio.call import Context
from anyscale_sessions._sansio.messages import Clock
from anyscale_sessions._sansio.retry_budget import RetryBudget
from anyscale_sessions._utils.locks import ProcessLock

TOKEN = "sss_token-of-the-tests"
APP_CONFIG = {"uses_app_config": True, "build_id": "bld_1", "compute_template_id": "cpt_1"}


class Turned:
    """A clock that moves only when its `sleep` is called. It records the sleeps."""

    def __init__(self) -> None:
        self.time_s = 100.0
        self.fraction = 0.5
        self.slept: list[float] = []
        self.retry_budget = RetryBudget(ProcessLock())

    def context(self) -> Context:
        """What calls are made with."""
        return Context(self.clock(), (TOKEN,), self.retry_budget)

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.time_s += seconds

    async def sleep_async(self, seconds: float) -> None:
        """The same, awaited."""
        self.sleep(seconds)

    def clock(self) -> Clock:
        """The clock, as clients and steps want it."""
        return Clock(
            monotonic=lambda: self.time_s,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time_s),
            fraction=lambda: self.fraction,
            sleep=self.sleep,
            sleep_async=self.sleep_async,
        )


class Face:
    """A client whose methods give their result, be they awaited or not."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self.client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)
        return lambda *arguments, **named: self.done(method(*arguments, **named))

    def done(self, result: Any) -> Any:
        """The result, awaited if it has to be."""
        if not inspect.isawaitable(result):
            return result

        async def awaited() -> Any:
            return await result

        return self._runner.run(awaited())

    def all(self, page: Any) -> list[Any]:
        """Every item from a page on."""
        if not hasattr(page, "__aiter__"):
            return list(page)

        async def items() -> list[Any]:
            return [item async for item in page]

        return self._runner.run(items())

    @contextmanager
    def scope(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        """`session_scope` of either client."""
        scope = self.client.session_scope(*arguments, **named)
        if hasattr(scope, "__enter__"):
            with scope as session:
                yield session
            return
        session = self.done(scope.__aenter__())
        try:
            yield session
        except BaseException as error:
            if not self.done(scope.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            self.done(scope.__aexit__(None, None, None))

    def close(self) -> None:
        """Close the client."""
        self.done(self.client.aclose() if hasattr(self.client, "aclose") else self.client.close())


@pytest.fixture(params=[(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore")], ids=["sync", "async"])
def face(request: pytest.FixtureRequest) -> Iterator[Callable[..., Face]]:
    """Makes a client, of either kind in turn, that is closed in the end; a test can ask for another transport."""
    kind, transport = request.param
    faces: list[Face] = []
    with asyncio.Runner() as runner:

        def make(host: str, token: str = TOKEN, *, clock: Clock | None = None, **options: Any) -> Face:
            client = kind(token, host=host, transport=transport, **options)
            if clock is not None:
                client.clock = clock
            faces.append(Face(client, runner))
            return faces[-1]

        yield make
        for each in faces:
            each.close()


@pytest.fixture
def turned() -> Turned:
    """A clock that the test owns."""
    return Turned()


@pytest.fixture
def session_body() -> CreateSession:
    """A session to create."""
    return CreateSession(name="nightly", project_id="prj_1", **APP_CONFIG)


class Asked(NamedTuple):
    """A request that came to the scripted server."""

    line: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What the scripted server does with a request: sends bytes piece by piece, then perhaps ends the connection."""

    pieces: tuple[bytes, ...]
    end: str = "keep"  # or "close", or "reset"
    pause_s: float = 0.0


class Scripted(socketserver.ThreadingTCPServer):
    """A server on loopback that answers each request with the next of its answers."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server_address[1]}"
        self.answers: list[Answer] = []
        self.asked: list[Asked] = []
        self.connections = 0
        self.came = threading.Event()
        self.over = threading.Event()

    def json(self, content: Any, status: int = 200, **headers: str) -> None:
        """Answer next with a JSON body."""
        self.response(json.dumps(content).encode(), status, **headers)

    def response(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """Answer next with a body."""
        fields = {"content-type": "application/json", "content-length": str(len(body))}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.raw(f"HTTP/1.1 {status} As Told\r\n{lines}\r\n".encode() + body)

    def raw(self, *pieces: bytes, end: str = "keep", pause_s: float = 0.0) -> None:
        """Answer next with these bytes, a pause before each piece but the first."""
        self.answers.append(Answer(pieces, end, pause_s))

    def get_request(self) -> Any:
        """A connection, over TLS where that is asked for."""
        connection, address = super().get_request()
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection, address

    @contextmanager
    def serving(self) -> Iterator[Scripted]:
        """Serve in a thread; every answer must have been asked for in the end."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
            assert self.answers == []
        finally:
            self.over.set()
            self.shutdown()
            thread.join()
            self.server_close()

    def shutdown_request(self, request: Any) -> None:
        """Close without saying so first, so that a reset is one."""
        request.close()

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what some tests are about."""


class _Handler(socketserver.StreamRequestHandler):
    server: Scripted

    def handle(self) -> None:
        self.server.connections += 1
        while line := self.rfile.readline():
            headers: dict[str, str] = {}
            while field := self.rfile.readline().strip():
                name, _, value = field.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            self.server.asked.append(Asked(line.decode("latin-1").strip(), headers, body))
            self.server.came.set()
            if not self._answer(self.server.answers.pop(0)):
                return

    def _answer(self, answer: Answer) -> bool:
        for number, piece in enumerate(answer.pieces):
            if number and answer.pause_s:
                self.server.over.wait(answer.pause_s)
            self.wfile.write(piece)
        if not answer.pieces:
            self.server.over.wait(answer.pause_s)
        if answer.end == "reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return answer.end == "keep"


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server with scripted responses; each one must have been requested in the end."""
    with Scripted().serving() as server:
        yield server


@pytest.fixture
def scripted_tls(authority: trustme.CA) -> Iterator[Scripted]:
    """The same server over TLS, with a certificate that the authority vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Scripted(context).serving() as server:
        yield server
