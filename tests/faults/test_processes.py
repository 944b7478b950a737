"""Clients among processes, threads and tasks: forks, pickles, crowds, cancellation, and what is left of them."""

from __future__ import annotations

import asyncio
import copy
import gc
import itertools
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cloudpickle
import httpx
import pytest
import trio

from anyscale_sessions import (
    AsyncSessionsClient,
    InvalidRequestError,
    MissingCredentialsError,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions_sandbox import Sandbox, serve

from .conftest import open_sockets
from .faults import GOOD, HEAD, Fault, length, responses, whole
from .server import FaultServer, Line

TOKEN = "sss_canary-of-processes"
PATIENCE_S = 300
CLIENTS = pytest.mark.parametrize(
    ("kind", "transport"),
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    ids=["sync", "async", "aiohttp"],
)
TRANSPORTS = pytest.mark.parametrize("transport", ["httpcore", "aiohttp"])
GOOD_RESPONSES = responses(whole(GOOD), end="keep")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that answers well."""
    with FaultServer(GOOD_RESPONSES).serving() as running:
        yield running


def run(program: str, *arguments: str) -> str:
    """What a program says on both streams, run in a process of its own that must end well."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        check=False,
        timeout=PATIENCE_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@CLIENTS
def test_forked_process_opens_its_own_connections(server: FaultServer, kind: type[Any], transport: str) -> None:
    """A forked process leaves its parent's connections alone, and is not held up by a lock that the parent held."""
    program = """
        import asyncio, os, sys, threading, warnings
        import anyscale_sessions
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 has doubts about forks with threads
        kind = getattr(anyscale_sessions, sys.argv[2])
        client = kind("token", host=sys.argv[1], transport=sys.argv[3])

        def get():
            result = client.get_session("ses_1")
            return asyncio.run(awaited(result)) if kind is anyscale_sessions.AsyncSessionsClient else result

        async def awaited(result):
            return await result

        get()
        is_held, go_on = threading.Event(), threading.Event()

        def hold():
            with client._connections._lock:
                is_held.set()
                go_on.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        is_held.wait(30)
        child = os.fork()
        if not child:
            get()
            os._exit(0)
        go_on.set()
        holder.join()
        assert os.waitpid(child, 0)[1] == 0
        get()
    """
    assert run(program, server.url, kind.__name__, transport) == ""
    # An asynchronous client has new connections in each event loop anyway.
    assert server.connections == (2 if kind is SessionsClient else 3)


@pytest.mark.parametrize("way", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
def test_pickled_client_is_made_anew(
    kind: type[Any], way: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A client keeps its arguments and drops its connections; a token that was found is not in the pickle."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", TOKEN)
    data = way.dumps(kind(host="http://127.0.0.1:1", deadline=7.0, max_attempts=1))
    assert TOKEN.encode() not in data
    again = pickle.loads(data)
    assert (type(again), repr(again), again._limits.deadline_s) == (
        kind,
        f"{kind.__name__}(host='http://127.0.0.1:1/v0')",
        7.0,
    )
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN")
    with pytest.raises(MissingCredentialsError):
        pickle.loads(data)
    given = way.dumps(kind(TOKEN, host="http://127.0.0.1:1"))
    assert TOKEN.encode() in given  # documented: who passes a token and pickles the client, has it in the pickle
    assert pickle.loads(given)._token == TOKEN


def test_copied_client_has_connections_of_its_own(server: FaultServer) -> None:
    """Closing a copy does not close the original."""
    with SessionsClient(TOKEN, host=server.url) as client:
        client.get_session("ses_1")
        with copy.deepcopy(client) as other:
            other.get_session("ses_1")
        client.get_session("ses_1")
    assert server.connections == 2


def test_client_over_an_http_client_cannot_be_pickled() -> None:
    """What the caller made is the caller's to make again."""
    with httpx.Client() as theirs, pytest.raises(TypeError, match="make the client where you need it"):
        pickle.dumps(SessionsClient(TOKEN, http_client=theirs))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for crowds."""
    with serve() as running:
        yield running


def test_many_threads_on_one_client(server: FaultServer) -> None:
    """100 threads with 50 calls each lose none, over no more connections than there are threads."""
    counts: list[int] = []

    def calls() -> None:
        counts.append(sum(client.get_session("ses_1").id == "ses_1" for _ in range(50)))

    with SessionsClient(TOKEN, host=server.url, deadline=PATIENCE_S) as client:
        threads = [threading.Thread(target=calls) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(counts) == len(server.received) == 5000
    assert server.connections <= 100


@TRANSPORTS
def test_many_tasks_on_one_client(server: FaultServer, transport: Any) -> None:
    """5,000 tasks on one client lose no call, and use no more than 100 connections."""

    async def all_of_them() -> int:
        options: dict[str, Any] = {"deadline": PATIENCE_S, "connect_timeout": PATIENCE_S, "transport": transport}
        async with AsyncSessionsClient(TOKEN, host=server.url, **options) as client:
            sessions = await asyncio.gather(*(client.get_session("ses_1") for _ in range(5000)))
        return sum(session.id == "ses_1" for session in sessions)

    assert asyncio.run(all_of_them()) == len(server.received) == 5000
    assert server.connections <= 100


class CutOff(Exception):
    """Ends a coroutine in the midst of it."""


async def steps_of(coroutine: Any, most_steps: int) -> int | None:
    """Cancel a task before the given number of its steps; says whether it was over by then."""
    task = asyncio.ensure_future(coroutine)
    for _ in range(most_steps):
        if task.done():
            break
        await asyncio.sleep(0)
    was_done = task.done()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        assert not was_done
        return None
    return most_steps


@pytest.mark.parametrize("is_https", [False, True], ids=["http", "https"])
def test_cancellation_at_any_point(is_https: bool, ca_file: Path, certificates: dict[str, Any]) -> None:
    """Wherever a call is cancelled, no connection is left half open, and the client goes on as if nothing was."""
    gc.collect()
    before = open_sockets()
    slow = responses(HEAD, length(GOOD), GOOD[:9], GOOD[9:], end="keep", pause_s=0.001)

    async def scenario(url: str) -> list[int | None]:
        async with AsyncSessionsClient(TOKEN, host=url, ca_file=str(ca_file)) as client:
            ends = [await steps_of(client.get_session("ses_1"), step) for step in range(60)]
            for pause_ms in range(0, 12, 2):
                task = asyncio.ensure_future(client.get_session("ses_1"))
                await asyncio.sleep(pause_ms / 1000)
                task.cancel()
                await asyncio.wait([task])
            transport = client._connections.transport(asyncio.get_running_loop())._transport
            assert transport._connections._slots.value == 100
            assert (await client.get_session("ses_1")).id == "ses_1"
            assert len(transport._connections._free) <= 1
        return ends

    with FaultServer(slow, certificates["good"] if is_https else None).serving() as server:
        ends = asyncio.run(scenario(server.url))
    assert None in ends
    assert open_sockets() == before


def test_cancelled_handshake_leaves_no_socket(ca_file: Path) -> None:
    """A TLS handshake that is cancelled, or that the deadline ends, closes its socket."""
    before = open_sockets()

    async def scenario(url: str) -> None:
        async with AsyncSessionsClient(TOKEN, host=url, ca_file=str(ca_file), deadline=0.2, max_attempts=1) as client:
            with pytest.raises(SessionsError):
                await client.get_session("ses_1")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get_session("ses_1")
            assert open_sockets() - at_start <= server.connections  # the server's side of each, if at all

    with FaultServer(Line.stall).serving() as server:
        at_start = open_sockets() + 3  # an event loop's own
        asyncio.run(scenario(server.url.replace("http:", "https:")))
    assert open_sockets() == before


def test_stray_bytes_answer_nobody(ca_file: Path, certificates: dict[str, Any]) -> None:
    """What comes in after a response, in the same packet or a TLS record of its own, does not answer the next call."""
    other = GOOD.replace(b"ses_1", b"ses_X")
    for is_https in (False, True):
        for pieces in ((whole(GOOD) + whole(other),), (whole(GOOD), whole(other))):
            script = responses(*pieces, end="keep")
            with FaultServer(script, certificates["good"] if is_https else None).serving() as server:
                options: dict[str, Any] = {"host": server.url, "ca_file": str(ca_file)}

                async def ids(options: dict[str, Any] = options) -> list[str]:
                    async with AsyncSessionsClient(TOKEN, **options) as client:
                        found: list[str] = []
                        for _ in range(3):
                            found.append((await client.get_session_for_job("job_1")).id)
                            for _ in range(1000):
                                if all_arrived(client, asyncio.get_running_loop()):
                                    break
                                await asyncio.sleep(0.001)
                        return found

                with SessionsClient(TOKEN, **options) as client:
                    for _ in range(3):
                        assert client.get_session_for_job("job_1").id == "ses_1"
                        for _ in range(1000):
                            if all_arrived(client):
                                break
                            time.sleep(0.001)
                assert asyncio.run(ids()) == ["ses_1"] * 3


def all_arrived(client: Any, *loop: Any) -> bool:
    """Whether every connection that was kept has its stray bytes; before that, nobody could know of them."""
    kept = client._connections.transport(*loop)._transport._connections._free
    return all(connection.has_expired() for connection in kept)


def test_upgrade_is_no_response() -> None:
    """101, which nobody asked for, leaves a create request in doubt instead of saying that it failed."""
    fault = Fault(responses(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"))
    with (
        FaultServer(fault.script).serving() as server,
        SessionsClient(TOKEN, host=server.url, max_attempts=1) as client,
        pytest.raises(SessionsError, match="broke"),
    ):
        client.get_session("ses_1")


@CLIENTS
def test_unclosed_client_is_warned_of(server: FaultServer, kind: type[Any], transport: str) -> None:
    """A client that goes without being closed leaves a ResourceWarning, as files do; nothing of it holds a token."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if kind is SessionsClient:
            kind(TOKEN, host=server.url, transport=transport).get_session("ses_1")
        else:

            async def get() -> None:
                await kind(TOKEN, host=server.url, transport=transport).get_session("ses_1")

            asyncio.run(get())
        gc.collect()
    assert any(issubclass(each.category, ResourceWarning) for each in caught)
    assert TOKEN not in "".join(str(each.message) for each in caught)


@TRANSPORTS
@pytest.mark.parametrize("end", ["", "client.close()", "raise SystemExit(0)", "os._exit(0)", "del client"])
def test_interpreter_ends_without_noise(server: FaultServer, end: str, transport: str) -> None:
    """However a program ends that did not close its client, it says nothing."""
    program = f"""
        import asyncio, os, sys, threading
        from anyscale_sessions import AsyncSessionsClient, SessionsClient
        client = SessionsClient("token", host=sys.argv[1])
        other = AsyncSessionsClient("token", host=sys.argv[1], transport=sys.argv[2])
        client.get_session("ses_1")

        async def get():
            await other.get_session("ses_1")

        asyncio.run(get())
        {end}
    """
    assert run(program, server.url, transport) == ""


def objects_of_clients() -> int:
    """How many objects there are of what clients are made of."""
    packages = {
        "_ssl",
        "aiohttp",
        "anyio",
        "anyscale_sessions",
        "anyscale_sessions_api",
        "h11",
        "httpcore",
        "socket",
        "ssl",
    }
    return sum(str(type(thing).__module__).partition(".")[0] in packages for thing in gc.get_objects())


@CLIENTS
def test_a_thousand_clients_leave_nothing(server: FaultServer, kind: type[Any], transport: str) -> None:
    """Clients that were made, used and closed leave no socket, no thread, and no object."""

    async def use() -> None:
        for _ in range(100):
            async with kind(TOKEN, host=server.url, transport=transport) as client:
                await client.get_session("ses_1")

    def hundred() -> None:
        if kind is AsyncSessionsClient:
            asyncio.run(use())
            return
        for _ in range(100):
            with kind(TOKEN, host=server.url) as client:
                client.get_session("ses_1")

    server.script = responses(HEAD + b"connection: close\r\n" + length(GOOD) + GOOD)
    hundred()
    gc.collect()
    server._threads.clear()
    server._lines.clear()
    sockets, threads = open_sockets(), threading.active_count()
    objects = objects_of_clients()
    for _ in range(9):
        hundred()
        for thread in server._threads:
            thread.join(PATIENCE_S)
        server._threads.clear()
        server._lines.clear()
        server.received.clear()
    gc.collect()
    assert objects_of_clients() - objects < 90  # not one for each client
    assert open_sockets() <= sockets
    assert threading.active_count() <= threads


def test_trio(server: FaultServer) -> None:
    """The asynchronous client works under trio, and sleeps there between attempts."""

    async def get() -> str:
        async with AsyncSessionsClient(TOKEN, host=server.url) as client:
            first = await client.get_session("ses_1")
            with trio.move_on_after(5.0):
                assert (await client.get_session("ses_1")).id == first.id
            return str(first.id)

    assert trio.run(get) == "ses_1"
    assert server.connections == 1
    attempts = itertools.chain([b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"], itertools.repeat(whole(GOOD)))

    def flaky(line: Line) -> None:
        while line.receive() is not None:
            line.send(next(attempts))

    server.script = flaky
    assert trio.run(get) == "ses_1"


def test_aiohttp_refuses_trio() -> None:
    """Under trio, the first call over aiohttp is refused, and the error says which transport works there."""

    async def get() -> None:
        async with AsyncSessionsClient(TOKEN, host="http://127.0.0.1:1", transport="aiohttp") as client:
            await client.get_session("ses_1")

    with pytest.raises(InvalidRequestError, match='use transport="httpcore" under trio') as raised:
        trio.run(get)
    assert raised.value.problems[0].field == "transport"


def test_trio_keeps_the_deadline() -> None:
    """A stall ends with the deadline, and a cancelled call leaves nothing open."""
    before = open_sockets()

    async def scenario(url: str) -> None:
        async with AsyncSessionsClient(TOKEN, host=url, deadline=0.2, max_attempts=1) as client:
            with pytest.raises(SessionsError):
                await client.get_session("ses_1")
            with trio.move_on_after(0.05) as scope:
                await client.get_session("ses_1")
            assert scope.cancelled_caught

    with FaultServer(responses(end="stall")).serving() as server:
        began = time.monotonic()
        trio.run(scenario, server.url)
        assert time.monotonic() - began < 2.0
    assert open_sockets() == before


@TRANSPORTS
def test_one_client_in_two_event_loops(server: FaultServer, transport: Any) -> None:
    """Two loops at the same time, asyncio's in two threads, have connections of their own."""
    client = AsyncSessionsClient(TOKEN, host=server.url, transport=transport)
    together = threading.Barrier(2)

    async def get() -> str:
        async with client:
            together.wait(PATIENCE_S)
            return str((await client.get_session("ses_1")).id)

    with ThreadPoolExecutor(2) as pool:
        runs: Callable[[], str] = lambda: asyncio.run(get())  # noqa: E731
        assert [future.result() for future in [pool.submit(runs), pool.submit(runs)]] == ["ses_1", "ses_1"]
    assert server.connections == 2


def test_loops_that_are_over_are_forgotten(server: FaultServer) -> None:
    """A client that served a loop of trio and one of asyncio keeps nothing of either in the next one."""
    client = AsyncSessionsClient(TOKEN, host=server.url)

    async def get(*, is_last: bool) -> int:
        await client.get_session("ses_1")
        kept = len(client._connections._transports)
        if is_last:
            await client.aclose()
        return kept

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of the connections that were left to their fate
        assert trio.run(lambda: get(is_last=False)) == 1
        assert asyncio.run(get(is_last=False)) == 1
        assert trio.run(lambda: get(is_last=True)) == 1
        gc.collect()
