"""Calls that an exception ends at each line of our code in turn: the client works afterwards, and others do too."""

from __future__ import annotations

import gc
import linecache
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import httpcore
import pytest

import anyscale_sessions
from anyscale_sessions import CreateSession, SessionsClient, SessionsError
from anyscale_sessions._utils.locks import _of_this_process

from ..conftest import open_sockets, sockets_left
from .conftest import GoodServer

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

FOLDERS = tuple(str(Path(package.__file__ or "").parent) for package in (anyscale_sessions, httpcore))
BODY = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1", user_service_access="public")
DEADLINE_S = 5.0
POINTS_PER_CHECK_OF_SOCKETS = 100


class Interruption(Exception):
    """What a signal handler raises. As Celery's, it is an `Exception`."""


class Interrupter:
    """Raises an interruption when the line with a given number is about to run, counted over all our functions."""

    def __init__(self, at: int) -> None:
        self.lines, self.at = 0, at
        self.raised: Interruption | None = None
        self.where = ""
        self._last_lines: dict[FrameType, int] = {}

    @contextmanager
    def active(self) -> Iterator[None]:
        """Watch the lines of this thread."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)
            self._last_lines.clear()

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Any:
        return self._line if frame.f_code.co_filename.startswith(FOLDERS) else None

    def _line(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line" and not self._is_end_of_with(frame):
            self.lines += 1
            if self.lines == self.at:
                self.raised = Interruption()
                self.where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                raise self.raised
        return self._line

    def _is_end_of_with(self, frame: FrameType) -> bool:
        """Whether a `with` statement is about to be left, where Python runs no signal handler."""
        last, self._last_lines[frame] = self._last_lines.get(frame, 0), frame.f_lineno
        text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip()
        return text.startswith("with ") and last > frame.f_lineno


def in_thread(call: Callable[[], object]) -> object:
    """What a call returns or raises in a thread of its own, which waits no longer than the deadline."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(call())
        except SessionsError as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(DEADLINE_S)
    return results[0] if results else "stuck"


def wrong_after(client: SessionsClient, other: SessionsClient) -> Iterator[str]:
    """What an interruption left behind."""
    for lock in list(_of_this_process):
        native: Any = lock.__enter__
        if native.__self__.locked():
            yield "a lock is locked"
    for name, each in (("the client", client), ("another client", other)):
        result = in_thread(lambda each=each: each.create_session(BODY).id)
        if result != "ses_1":
            yield f"{name}: {result!r}"
    transport: Any = client._connections.transport()
    if transport._transport._connections._in_use:
        yield "a slot is lost"


@pytest.fixture
def clients(good_server: GoodServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], SessionsClient]]:
    """Makes clients of the server, by an address or by a name that must be looked up."""
    made: list[SessionsClient] = []
    # An interruption within a finalizer cannot reach a caller.
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)

    def make(host: str) -> SessionsClient:
        url = good_server.name_url(monkeypatch) if host == "name" else good_server.url
        options: dict[str, Any] = {"deadline": DEADLINE_S, "max_attempts": 1, "trust_env": False, "allow_http": True}
        made.append(SessionsClient("t" * 10, host=url, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()
    gc.collect()  # so that no socket of an interrupted call is left to another test


def read(client: SessionsClient) -> None:
    """A read over a connection that is kept."""
    _ = client.get_session("ses_1")


def create(client: SessionsClient) -> None:
    """A create request with a token."""
    _ = client.create_session(BODY)


def connect_and_read(client: SessionsClient) -> None:
    """A read that opens a connection."""
    client.close()
    _ = client.get_session("ses_1")


def close(client: SessionsClient) -> None:
    """The end of a client that has a connection."""
    _ = client.get_session("ses_1")
    client.close()


def interrupted_everywhere(clients: Any, call: Callable[[SessionsClient], None], host: str) -> tuple[int, list[str]]:
    """Interrupt a call at each line in turn. Returns how many lines there are, and what was wrong."""
    client, other = clients(host), clients(host)
    gc.collect()  # what other tests have left
    before = open_sockets()
    call(client)
    wrong: list[str] = []
    for at in range(1, 100_000):
        interrupter = Interrupter(at)
        arrived: Interruption | None = None
        try:
            with interrupter.active():
                call(client)
        except Interruption as caught:
            arrived = caught.with_traceback(None)
        if interrupter.raised is None:
            break
        found = list(wrong_after(client, other))
        if arrived is not interrupter.raised:
            found.append("the exception did not arrive")
        wrong += [f"{interrupter.where}: {text}" for text in found]
        if at % POINTS_PER_CHECK_OF_SOCKETS == 0:
            client.close()
            other.close()
            gc.collect()
            if sockets_left(before) > 0:
                wrong.append(f"{interrupter.where}: a socket is left open")
    return interrupter.lines, wrong


@pytest.mark.parametrize(
    ("call", "host"), [(read, "address"), (create, "address"), (connect_and_read, "name"), (close, "address")]
)
def test_interruption_at_every_line(clients: Any, call: Callable[[SessionsClient], None], host: str) -> None:
    """Wherever a call is interrupted, the exception arrives as it is, every client works, and nothing is left open."""
    # An exception that a trace function raises can remain the current one of the thread.
    with ThreadPoolExecutor(1) as thread:
        lines, wrong = thread.submit(interrupted_everywhere, clients, call, host).result()
    assert lines > 100
    assert wrong == []
