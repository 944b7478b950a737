"""A program that makes many calls over one transport, interrupts, cancels and forks at random, and prints figures.

Usage: python soak.py TRANSPORT CALLS. It serves itself, in a process of its own. `test_soak.py` runs it.

An HTTP client of the caller's is not interrupted by signals, and need not have all its connections in the end: the
pools of httpx can stay locked after a signal, and lose places by cancellations.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from anyscale_sessions import AsyncSessionsClient, CreateSession, SessionsClient

TOGETHER = 100  # so many connections a client may have; that many calls at once need all of them
THREADS = 3
TASKS = 20
CALLS_PER_ROUND = 250
CALLS_PER_THREAD = CALLS_PER_ROUND // (THREADS + 1)
DEADLINE_S = 10.0
MOST_DELAY_S = 3e-3
PAUSES_S = (0.0, 0.0, 0.0, 0.001, 0.003)
SESSION = {"id": "ses_1", "name": "a", "project_id": "p"}
BODY = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1", user_service_access="public")


class Interruption(BaseException):
    """What a signal handler raises."""


def serve(listener: socket.socket) -> None:
    """Answer every request well after a pause, and those for the session `together` once there are 100 of them."""
    waiting: list[asyncio.Event] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            _, is_long, length = head.lower().partition(b"\r\ncontent-length:")
            await reader.readexactly(int(length.split(b"\r\n")[0]) if is_long else 0)
            session = SESSION
            if b"/together " in head:
                session = {**SESSION, "id": "together"}
                waiting.append(asyncio.Event())
                if len(waiting) == TOGETHER:
                    for event in waiting:
                        event.set()
                mine = waiting[-1]
                await mine.wait()
                waiting.remove(mine)
            else:
                await asyncio.sleep(random.choice(PAUSES_S))
            body = json.dumps({"result": session}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    async def run() -> None:
        async with await asyncio.start_server(connected, sock=listener) as server:
            await server.serve_forever()

    asyncio.run(run())


def started_server() -> tuple[int, str]:
    """A server in a process of its own, and its URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        process = os.fork()
        if not process:
            serve(listener)
        return process, f"http://127.0.0.1:{listener.getsockname()[1]}"


class Soak:
    """What all transports share: the figures, and what a forked process does.

    Attributes:
        results: how many calls ended how.
        slowest_s: how long the slowest call took that was not ended from outside.
    """

    def __init__(self, url: str, calls: int) -> None:
        self.url, self.calls = url, calls
        self.random = random.Random(1)
        self.results: Counter[str] = Counter()
        self.slowest_s = 0.0

    def ended(self, result: str, began: float) -> None:
        """Count a call."""
        self.results[result] += 1
        if result == "ok":
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def fork(self, call: Callable[[], bool]) -> None:
        """Make a call in a forked process."""
        process = os.fork()
        if not process:
            os._exit(0 if call() else 1)
        ends_at = time.monotonic() + 2 * DEADLINE_S
        while time.monotonic() < ends_at:
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                self.results["fork" if status == 0 else "fork failed"] += 1
                return
            time.sleep(0.001)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        self.results["fork stuck"] += 1


class SyncSoak(Soak):
    """Calls of threads that share a client; the main thread is interrupted by signals, and forks."""

    def __init__(self, url: str, calls: int, *, is_external: bool) -> None:
        super().__init__(url, calls)
        limits = httpx.Limits(max_connections=TOGETHER, keepalive_expiry=4.0)
        self.http_client = httpx.Client(limits=limits, trust_env=False) if is_external else None
        self.client = self.new_client(self.http_client)
        signal.signal(signal.SIGALRM, self._interrupt)

    def new_client(self, http_client: Any = None) -> SessionsClient:
        """A client."""
        return SessionsClient("t" * 10, host=self.url, deadline=DEADLINE_S, max_attempts=1, http_client=http_client)

    def _interrupt(self, *_: Any) -> None:
        raise Interruption

    def one(self, number: int) -> None:
        """One call: a create request is every tenth."""
        _ = self.client.create_session(BODY) if number % 10 == 0 else self.client.get_session("ses_1")

    def timed(self, number: int) -> None:
        """One call, which is counted."""
        began = time.monotonic()
        try:
            self.one(number)
        except Exception as error:  # noqa: BLE001 - the figures name it
            self.ended(f"{type(error).__name__}: {error}", began)
        else:
            self.ended("ok", began)

    def interrupted(self, number: int) -> None:
        """One call, which a signal may end."""
        began = time.monotonic()
        try:
            signal.setitimer(signal.ITIMER_REAL, self.random.uniform(2e-5, MOST_DELAY_S))
            try:
                self.timed(number)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Interruption:
            self.ended("interrupted", began)

    def run(self) -> None:
        """Make the calls."""
        for _ in range(self.calls // CALLS_PER_ROUND):
            threads = [threading.Thread(target=self.some) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for number in range(CALLS_PER_ROUND - THREADS * CALLS_PER_THREAD):
                (self.interrupted if number % 2 and not self.http_client else self.timed)(number)
                if number == CALLS_PER_THREAD // 2:
                    self.fork(self.works_in_child)
            for thread in threads:
                thread.join(2 * DEADLINE_S)
                self.results["stuck"] += thread.is_alive()

    def some(self) -> None:
        """The calls of one thread in one round."""
        for number in range(CALLS_PER_THREAD):
            self.timed(number)

    def works_in_child(self) -> bool:
        """Whether a call works in a forked process. An HTTP client of the caller's must be a new one there."""
        client = self.new_client() if self.http_client else self.client
        return client.get_session("ses_1").id == "ses_1"

    def together(self) -> int:
        """How many of 100 calls work that need all connections at once."""
        if self.http_client:
            return TOGETHER
        ids: list[str] = []
        threads = [
            threading.Thread(target=lambda: ids.append(self.client.get_session("together").id)) for _ in range(TOGETHER)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * DEADLINE_S)
        return len(ids)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
        if self.http_client:
            self.http_client.close()


class AsyncSoak(Soak):
    """Calls of tasks that share a client. They are cancelled at random, Ctrl-C ends all of them, and loops follow."""

    def __init__(self, url: str, calls: int, *, is_external: bool, transport: Any) -> None:
        super().__init__(url, calls)
        self.is_external, self.transport = is_external, transport
        self.http_client: Any = None
        self.client = None if is_external else self.new_client()
        signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

    def new_client(self, http_client: Any = None) -> AsyncSessionsClient:
        """A client."""
        options = {"http_client": http_client} if http_client else {"transport": self.transport}
        return AsyncSessionsClient("t" * 10, host=self.url, deadline=DEADLINE_S, max_attempts=1, **options)

    async def one(self, number: int) -> None:
        """One call, which is cancelled if it takes longer than a random time."""
        began, result = time.monotonic(), "ok"
        try:
            async with asyncio.timeout(self.random.uniform(0.0, 2 * MOST_DELAY_S) if number % 2 else None):
                await (self.client.create_session(BODY) if number % 10 == 0 else self.client.get_session("ses_1"))
        except TimeoutError:
            result = "cancelled"
        except asyncio.CancelledError:
            self.ended("interrupted", began)
            raise
        except Exception as error:  # noqa: BLE001 - the figures name it
            result = f"{type(error).__name__}: {error}"
        self.ended(result, began)

    async def round(self, *, is_last: bool = False) -> None:
        """The calls of one event loop; in the last one also those that need all connections."""
        if self.is_external:  # its connections belong to one loop
            limits = httpx.Limits(max_connections=TOGETHER, keepalive_expiry=4.0)
            self.http_client = httpx.AsyncClient(limits=limits, trust_env=False)
            self.client = self.new_client(self.http_client)

        async def some() -> None:
            while self.left > 0:
                self.left -= 1
                await self.one(self.left)

        try:
            self.left = CALLS_PER_ROUND
            await asyncio.gather(*(some() for _ in range(TASKS)))
            if is_last and not self.is_external:
                await self.all_at_once()
        finally:
            await self.aclose()

    async def all_at_once(self) -> None:
        """Make 100 calls that need all connections at once."""
        calls = (self.client.get_session("together") for _ in range(TOGETHER))
        self.worked = len(await asyncio.gather(*calls))

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        await self.client.aclose()
        if self.http_client:
            await self.http_client.aclose()

    def run(self) -> None:
        """Make the calls."""
        rounds = 0
        while sum(self.results.values()) < self.calls:
            rounds += 1
            try:
                if rounds % 2:
                    signal.setitimer(signal.ITIMER_REAL, self.random.uniform(0.02, 0.3))
                try:
                    asyncio.run(self.round())
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                pass
            self.fork(lambda: asyncio.run(self.works_in_child()))

    async def works_in_child(self) -> bool:
        """Whether a call works in a forked process."""
        client = self.new_client() if self.is_external else self.client
        return (await client.get_session("ses_1")).id == "ses_1"

    def together(self) -> int:
        """How many of 100 calls worked in the last round that need all connections at once."""
        self.worked = TOGETHER if self.is_external else 0
        asyncio.run(self.round(is_last=True))
        return self.worked

    def close(self) -> None:
        """Do nothing: each round has closed its connections."""


def resident_bytes() -> int:
    """How much memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def main(transport: str, calls: int) -> None:
    """Print the figures as JSON: before and after all calls but the first fifth."""
    process, url = started_server()
    try:
        soak: Any
        if transport in ("sync", "httpx"):
            soak = SyncSoak(url, calls // 5, is_external=transport == "httpx")
        else:
            kind = "aiohttp" if transport == "aiohttp" else "httpcore"
            soak = AsyncSoak(url, calls // 5, is_external=transport == "httpx async", transport=kind)
        sys.unraisablehook = lambda _: None  # an interruption within a finalizer cannot reach a caller
        figures: dict[str, Any] = {}
        for stage in ("before", "after"):
            soak.run()
            soak.together()
            gc.collect()
            figures[stage] = {"resident_bytes": resident_bytes(), "descriptors": descriptors()}
            soak.calls = calls
        figures |= {"together": soak.together(), "slowest_s": soak.slowest_s, "results": soak.results}
        soak.close()
        print(json.dumps(figures))  # noqa: T201 - the test reads it
    finally:
        os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
