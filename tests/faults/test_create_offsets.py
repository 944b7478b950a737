"""A create request whose connection is cut at any byte: at most one session exists, and only that one is returned."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    Session,
    SessionsClient,
    SessionsError,
    SessionsQuery,
    TextQuery,
)
from anyscale_sessions._sansio.messages import Clock
from anyscale_sessions_sandbox import Sandbox, serve

from .server import FaultServer, Line, Received

# Every offset, which takes minutes: `ANYSCALE_SESSIONS_NIGHTLY=1 pytest -o faulthandler_timeout=3600 tests/faults`.
IS_NIGHTLY = bool(os.environ.get("ANYSCALE_SESSIONS_NIGHTLY"))
CREATE = b"POST /v0/sessions/ "
DEADLINE_S, LATE_S = 6.0, 1.5
SAMPLE_STEP_BYTES = 223
PLACES = ("request", "response")
MODES = ("not applied", "applied", "applied late")


@dataclass
class CuttingProxy:
    """A proxy before the sandbox that cuts the connection of a create request at a chosen byte."""

    sandbox: Sandbox
    place: str = "response"
    offset: int | None = None
    mode: str = "applied"
    time_s: float = 0.0
    canned: bytes = b""
    request: bytes = b""
    creates: int = 0
    _late: list[tuple[float, bytes]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self, line: Line) -> None:
        """Serve one connection."""
        while start := self._peek(line):
            if start.startswith(CREATE) and self.offset is not None:
                self._cut(line, self.offset)
                return
            received = line.receive()
            if received is None or received.wants_more:
                return
            if start.startswith(CREATE):
                self.request = received.data
            line.send(self._forward(received.data))

    def _cut(self, line: Line, offset: int) -> None:
        self.creates += 1
        is_applied, response = self.mode == "applied", self.canned
        if self.place == "request" and self.mode == "not applied":
            if offset:
                line.receive(offset)
        else:
            received = line.receive()
            assert isinstance(received, Received)
            if is_applied:
                response = self._forward(received.data)
            elif self.mode == "applied late":
                with self._lock:
                    self._late.append((self.time_s + LATE_S, received.data))
        if self.place == "response":
            line.send(response[:offset])
        if offset % 2:
            line.reset()

    @staticmethod
    def _peek(line: Line) -> bytes:
        start = b""
        while len(start) < len(CREATE):
            grown = line.socket.recv(len(CREATE), socket.MSG_PEEK)
            if len(grown) == len(start):
                return b""
            start = grown
        return start

    def _forward(self, data: bytes) -> bytes:
        host, _, port = self.sandbox.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as upstream:
            upstream.sendall(data)
            answer = Received(0)
            while answer.wants_more:
                piece = upstream.recv(65536)
                assert piece, "the sandbox answers whole"
                answer.data += piece
            return answer.data

    def turn(self, seconds: float) -> None:
        """Let time pass, and what is late by then reach the sandbox."""
        with self._lock:
            self.time_s += seconds
            due = [data for moment, data in self._late if moment <= self.time_s]
            self._late = [(moment, data) for moment, data in self._late if moment > self.time_s]
        for data in due:
            self._forward(data)

    def clock(self) -> Clock:
        """The clock of a client, which moves where it sleeps."""

        async def sleep_async(seconds: float) -> None:
            await asyncio.to_thread(self.turn, seconds)

        return Clock(
            monotonic=lambda: self.time_s,
            now=lambda: datetime.now(UTC) + timedelta(seconds=self.time_s),
            fraction=lambda: 0.5,
            sleep=self.turn,
            sleep_async=sleep_async,
        )


@contextmanager
def caller(kind: type[Any], transport: str, proxy: CuttingProxy, url: str) -> Iterator[Callable[..., Session]]:
    """Creates sessions through the proxy, by either client."""
    client = kind(proxy.sandbox.token, host=url, deadline=DEADLINE_S, transport=transport)
    client.clock = proxy.clock()
    if kind is SessionsClient:
        with client:
            yield client.create_session
        return
    with asyncio.Runner() as runner:
        yield lambda *arguments, **options: runner.run(client.create_session(*arguments, **options))
        runner.run(client.aclose())


def offsets_of(data: bytes) -> list[int]:
    """Every offset into some bytes; else each that begins or ends something, those beside it, and some between."""
    if IS_NIGHTLY:
        return list(range(len(data) + 1))
    ends = [position for position in range(len(data)) if data[position : position + 2] == b"\r\n"]
    body = data.index(b"\r\n\r\n") + 4
    marks = [0, len(data), body, *(end + 2 for end in ends)]
    near = {mark + beside for mark in marks for beside in (-1, 0)}
    return sorted({*near, *range(0, len(data), SAMPLE_STEP_BYTES)} & set(range(len(data) + 1)))


def complaint(session: Session | None, error: SessionsError | None, made: list[Session], creates: int) -> str | None:
    """What is wrong with how a create request ended, given what it has made in the sandbox."""
    if creates > 1:
        return f"was sent {creates} times"
    if len(made) > 1:
        return f"{len(made)} sessions"
    if session is not None:
        return None if [each.id for each in made] == [session.id] else "another session than the one made"
    if made and not isinstance(error, CreateOutcomeUnknownError):
        return f"a session is there, and the error is {error!r}"
    return None


@pytest.mark.parametrize(
    ("kind", "transport"),
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    ids=["sync", "async", "aiohttp"],
)
@pytest.mark.parametrize("access", ["public", "private", "unique name"])
def test_create_cut_at_any_byte(kind: type[Any], access: str, transport: str) -> None:
    """Wherever in request or response the connection breaks, and whether the create is done, not done, or done later.

    At most one session exists; a session that is returned is the one that the call has made; otherwise an error of ours
    says that one may exist.
    """
    options = {"unique_name": True} if access == "unique name" else {}
    numbers, wrong, found = itertools.count(), [], dict.fromkeys(MODES, 0)
    with serve() as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as direct:
        proxy = CuttingProxy(sandbox)

        def body() -> CreateSession:
            return CreateSession(
                name=f"n{next(numbers):06d}",
                project_id="prj_1",
                uses_app_config=True,
                build_id="bld_1",
                compute_template_id="cpt_1",
                user_service_access="public" if access == "public" else "private",
            )

        with FaultServer(proxy.script).serving() as server, caller(kind, transport, proxy, server.url) as create:
            create(body(), **options)
            proxy.canned = proxy._forward(proxy.request)
            for place, mode in itertools.product(PLACES, MODES):
                proxy.place, proxy.mode = place, mode
                every = offsets_of(proxy.request if place == "request" else proxy.canned)
                # A whole response to what was not done would be a lie that nobody can see through.
                for offset in every[: None if place == "request" or mode == "applied" else -1]:
                    proxy.offset, proxy.creates, asked, session, error = offset, 0, body(), None, None
                    try:
                        session = create(asked, **options)
                    except SessionsError as caught:
                        error = caught
                    proxy.turn(2 * LATE_S)
                    query = SessionsQuery(name=TextQuery(contains=asked.name))
                    text = complaint(session, error, direct.search_sessions("prj_1", query).results, proxy.creates)
                    wrong += [f"{place} cut at {offset}, {mode}: {text}"] * (text is not None)
                    found[mode] += session is not None
    assert wrong == []
    if access != "private":
        assert found["not applied"] == 0
        assert min(found["applied"], found["applied late"]) > 10


THROTTLED = b"HTTP/1.1 %d Throttled\r\nretry-after: %d\r\ncontent-length: 0\r\n\r\n"
LIES: dict[str, bytes] = {
    **{f"{status}, Retry-After {wait}": THROTTLED % (status, wait) for status in (429, 503) for wait in (0, 1, 3600)},
    "another session": b"",
}


@pytest.mark.parametrize(
    ("kind", "transport"),
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    ids=["sync", "async", "aiohttp"],
)
@pytest.mark.parametrize("access", ["public", "private", "unique name"])
@pytest.mark.parametrize("mode", MODES)
def test_create_answered_wrongly(kind: type[Any], access: str, transport: str, mode: str) -> None:
    """Whatever a whole response to a create request says, and whether the create is done, not done, or done later.

    The response says that the request is throttled, or is about another session. The same holds as for a connection
    that breaks. Left out is what no client can prevent: a session that exists after a 429 where nothing proves whose it
    is, and one that appears after the search.
    """
    options = {"unique_name": True} if access == "unique name" else {}
    wrong, returned = [], 0
    with serve() as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as direct:
        proxy = CuttingProxy(sandbox, mode=mode)

        def body(name: str) -> CreateSession:
            return CreateSession(
                name=name,
                project_id="prj_1",
                uses_app_config=True,
                build_id="bld_1",
                compute_template_id="cpt_1",
                user_service_access="public" if access == "public" else "private",
            )

        def answer(line: Line) -> None:
            while received := line.receive():
                if not received.data.startswith(CREATE):
                    line.send(proxy._forward(received.data))
                    continue
                proxy.creates += 1
                if mode == "applied":
                    proxy._forward(received.data)
                elif mode == "applied late":
                    proxy._late.append((proxy.time_s + LATE_S, received.data))
                line.send(proxy.canned)

        other = direct.create_session(body("other"))
        stray = b'{"result": {"id": "%s", "name": "other", "project_id": "prj_1"}}' % other.id.encode()
        with FaultServer(answer).serving() as server, caller(kind, transport, proxy, server.url) as create:
            for number, (name, lie) in enumerate(LIES.items()):
                is_throttled = bool(lie)
                if is_throttled and (mode == "applied late" or (access == "private" and name.startswith("429"))):
                    continue
                proxy.canned = lie or b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(stray), stray)
                proxy.creates, asked, session, error = 0, body(f"n{number:06d}"), None, None
                try:
                    session = create(asked, **options)
                except SessionsError as caught:
                    error = caught
                proxy.turn(2 * LATE_S)
                query = SessionsQuery(name=TextQuery(contains=asked.name))
                made = direct.search_sessions("prj_1", query).results
                repeated = is_throttled and mode == "not applied"
                text = complaint(session, error, made, 1 if repeated else proxy.creates)
                wrong += [f"{name}, {mode}: {text}"] * (text is not None)
                returned += session is not None
    assert wrong == []
    assert (returned > 0) is (access != "private" and mode != "not applied")
