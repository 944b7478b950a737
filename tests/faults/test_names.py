"""Name servers that do not answer: the operating system waits for them, and a call does not."""

from __future__ import annotations

import _thread
import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from anyscale_sessions import APIConnectionError, APITimeoutError, AsyncSessionsClient, SessionsClient, SessionsError

from .faults import GOOD, responses, whole
from .server import FaultServer

HOST = "sessions.invalid"
TOKEN = "sss_token"
PATIENCE_S = 20.0
LIMITS: dict[str, Any] = {"deadline": 0.1, "allow_http": True, "trust_env": False}


@dataclass
class NameServer:
    """Answers for one host once it is let, with the addresses given; the others are as ever."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    addresses: list[str] = field(default_factory=list)
    asked: int = 0
    waiting: int = 0

    def __post_init__(self) -> None:
        self._others = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *arguments: Any, **named: Any) -> list[Any]:
        """What `socket.getaddrinfo` gives."""
        if host not in (HOST, HOST.encode()):
            return self._others(host, port, *arguments, **named)
        self.asked += 1
        self.waiting += 1
        try:
            assert self.may_answer.wait(PATIENCE_S)
        finally:
            self.waiting -= 1
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [found for address in self.addresses for found in self._others(address, port, *arguments, **named)]

    def wait(self) -> None:
        """Wait until every question is answered."""
        ends_at = time.monotonic() + PATIENCE_S
        while self.waiting and time.monotonic() < ends_at:
            time.sleep(0.001)
        assert self.waiting == 0


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """What this process asks for names; no thread waits for it in the end."""
    server, before = NameServer(), set(threading.enumerate())
    monkeypatch.setattr(socket, "getaddrinfo", server)
    yield server
    server.may_answer.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    server.wait()


def took_s(call: Any) -> float:
    """How long a call takes that finds no server in time."""
    began = time.monotonic()
    with pytest.raises(APITimeoutError, match="no connection in time"):
        call()
    return time.monotonic() - began


@pytest.mark.usefixtures("name_server")
def test_deadline_is_over_the_look_up_too() -> None:
    """A call ends on time, however long the look-up of the name goes on."""
    with SessionsClient(TOKEN, host=f"http://{HOST}", **LIMITS) as client:
        assert took_s(lambda: client.get_session("ses_1")) < PATIENCE_S / 2


@pytest.mark.usefixtures("name_server")
def test_deadline_is_over_the_look_up_of_a_proxy_too() -> None:
    """A proxy's name is looked up as any."""
    with SessionsClient(TOKEN, host="https://other.invalid", proxy=f"http://{HOST}", **LIMITS) as client:
        assert took_s(lambda: client.get_session("ses_1")) < PATIENCE_S / 2


def test_deadline_is_over_the_look_up_of_a_task_too(name_server: NameServer) -> None:
    """A call that is awaited ends on time as well; asyncio itself waits for its look-ups when the loop ends."""

    async def scenario() -> float:
        async with AsyncSessionsClient(TOKEN, host=f"http://{HOST}", **LIMITS) as client:
            began = time.monotonic()
            with pytest.raises(APITimeoutError):
                await client.get_session("ses_1")
            took = time.monotonic() - began
        name_server.may_answer.set()
        return took

    assert asyncio.run(scenario()) < PATIENCE_S / 2


def test_calls_wait_for_one_look_up(name_server: NameServer) -> None:
    """However many calls come meanwhile, one thread waits for the name, and the next one asks anew after its answer."""
    with SessionsClient(TOKEN, host=f"http://{HOST}", **LIMITS) as client, ThreadPoolExecutor(20) as pool:
        for ended in [pool.submit(took_s, lambda: client.get_session("ses_1")) for _ in range(20)]:
            ended.result(PATIENCE_S)
        assert (name_server.asked, name_server.waiting) == (1, 1)
        name_server.may_answer.set()
        name_server.wait()
        with pytest.raises(APIConnectionError, match="cannot be reached"):
            client.with_options(deadline=PATIENCE_S, max_attempts=1).get_session("ses_1")
        assert name_server.asked == 2


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1", "127.0.0.1"], ["127.0.0.2", "127.0.0.1"]])
@pytest.mark.parametrize("can_start", [True, False])
def test_each_address_of_a_name_is_tried(
    name_server: NameServer, addresses: list[str], can_start: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first that takes the connection is the one; also where no thread can be had, as at the end of a program."""
    name_server.addresses = addresses
    name_server.may_answer.set()

    def start(*_: object) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    if not can_start:
        monkeypatch.setattr(_thread, "start_new_thread", start)
    with FaultServer(responses(whole(GOOD), end="keep")).serving() as server:
        options = {**LIMITS, "deadline": PATIENCE_S, "max_attempts": 1}
        with SessionsClient(TOKEN, host=f"http://{HOST}:{server.port}", **options) as client:
            assert client.get_session("ses_1").id == "ses_1"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_address_needs_no_thread(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody has to be asked, no thread is begun."""

    def start(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(_thread, "start_new_thread", start)
    with SessionsClient(TOKEN, host=f"http://{host}:1", max_attempts=1) as client, pytest.raises(SessionsError):
        client.get_session("ses_1")
