"""Calls that an exception of a signal handler ends at any point: every client works afterwards."""

from __future__ import annotations

import gc
import itertools
import random
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from anyscale_sessions import CreateSession, SessionsClient, SessionsError

from ..faults import IS_NIGHTLY

INTERRUPTIONS = 6000 if IS_NIGHTLY else 300
DEADLINE_S = 5.0
GOOD = b'{"result": {"id": "ses_1", "name": "a", "project_id": "p"}, "results": []}'
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(GOOD), GOOD)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


class SoftTimeLimitExceeded(Exception):
    """As Celery's: an `Exception`, raised by a signal handler."""


class Stopped(BaseException):
    """As `KeyboardInterrupt`."""


class _Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        while self.rfile.readline():
            length = 0
            while line := self.rfile.readline().strip().lower():
                if line.startswith(b"content-length:"):
                    length = int(line[15:])
            self.rfile.read(length)
            time.sleep(self.server.pause_s)
            self.wfile.write(RESPONSE)


class Server(socketserver.ThreadingTCPServer):
    """Answers every request well, after a pause."""

    daemon_threads = True
    pause_s = 0.0

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what the tests are about."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback."""
    with Server(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[type[BaseException]]]:
    """What SIGALRM raises, in turn."""
    kinds: list[type[BaseException]] = [SoftTimeLimitExceeded, Stopped]
    turn = itertools.cycle(kinds)

    def interrupt(*_: Any) -> None:
        raise next(turn)

    before = signal.signal(signal.SIGALRM, interrupt)
    # An interruption within a finalizer of the standard library cannot reach anyone.
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)
    yield kinds
    gc.collect()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def works(client: SessionsClient, body: CreateSession) -> None:
    """The next calls of a client, in a thread of their own, succeed within the deadline."""
    results: list[Any] = []

    def call() -> None:
        try:
            results.append(client.get_session("ses_1").id)
            results.append(client.create_session(body).id)
        except SessionsError as error:
            results.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(2 * DEADLINE_S)
    assert results == ["ses_1", "ses_1"]


@pytest.mark.parametrize("pause_s", [0.0, 0.002], ids=["fast", "slow"])
@pytest.mark.parametrize("operation", ["read", "create"])
def test_clients_work_after_interruptions(server: Server, handler: Any, operation: str, pause_s: float) -> None:
    """After an interruption at any moment it arrives unchanged, this client and others work, and no slot is lost."""
    server.pause_s = pause_s
    url = f"http://127.0.0.1:{server.server_address[1]}"
    body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1", user_service_access="public")
    moments = random.Random(7)
    arrived = 0
    client = SessionsClient("t" * 10, host=url, deadline=DEADLINE_S, max_attempts=1)
    other = SessionsClient("t" * 10, host=url, deadline=DEADLINE_S, max_attempts=1)
    for number in range(INTERRUPTIONS):
        if number % 10 == 0:
            client.close()  # so that connections are opened again
        try:
            signal.setitimer(signal.ITIMER_REAL, moments.uniform(20e-6, 1.2e-3 + pause_s))
            try:
                while True:
                    _ = client.get_session("ses_1") if operation == "read" else client.create_session(body)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except tuple(handler):
            arrived += 1
        if number % 50 == 0:
            works(client, body)
            works(other, body)
    works(client, body)
    works(other, body)
    assert arrived == INTERRUPTIONS
    transport: Any = client._connections.transport()
    assert transport._transport._connections._in_use == set()
    client.close()
    other.close()


def test_exception_of_a_handler_arrives_unchanged(server: Server, handler: Any) -> None:
    """An `Exception` that a handler raises while a call waits for its response is that very exception, at once."""
    server.pause_s = 0.2
    with SessionsClient("t" * 10, host=f"http://127.0.0.1:{server.server_address[1]}") as client:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(handler[0]) as raised:
            client.get_session("ses_1")
        assert raised.value.__cause__ is None
        assert client.get_session("ses_1").id == "ses_1"
