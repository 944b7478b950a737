"""The retry budget that a client's calls share."""

from __future__ import annotations

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions._sansio.retry_budget import FULL_BUDGET, RetryBudget, cost_of
from anyscale_sessions._utils.locks import ProcessLock

from ..conftest import APP_CONFIG, TOKEN, Turned


def test_costs() -> None:
    """A retry costs 14, and one after throttling 5."""
    assert {outcome: cost_of(outcome) for outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.THROTTLED)} == {
        Outcome.NOT_SENT: 14,
        Outcome.UNKNOWN: 14,
        Outcome.THROTTLED: 5,
    }


def test_retry_budget_is_never_negative_nor_overfull() -> None:
    """The budget is never negative and never above its maximum, with any number of threads."""
    retry_budget = RetryBudget(ProcessLock())
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(retry_budget.acquire(14) for _ in range(50))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == FULL_BUDGET // 14
    assert retry_budget.left == FULL_BUDGET % 14
    retry_budget.release(10**6)
    assert retry_budget.left == FULL_BUDGET
    assert retry_budget.acquire(FULL_BUDGET)
    assert retry_budget.acquire(1) is False


@pytest.fixture
def breaking() -> Iterator[str]:
    """A server that ends every connection as soon as something comes in."""

    class Break(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Break) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("operation", ["get_session", "create_session"])
@pytest.mark.parametrize("kind", ["nobody listens", "breaks off"])
def test_dead_service_gets_at_most_120_requests_of_40_calls_at_once(
    closed_port: int, breaking: str, operation: str, kind: str
) -> None:
    """40 threads on a service that is down send at most 120 requests together."""
    asked: list[object] = []
    host = f"http://127.0.0.1:{closed_port}" if kind == "nobody listens" else breaking
    body: Any = "ses_1" if operation == "get_session" else CreateSession(name="a", project_id="prj_1", **APP_CONFIG)
    with SessionsClient(TOKEN, host=host, max_attempts=20, deadline=20.0, on_request=asked.append) as client:

        def fail() -> None:
            with pytest.raises(SessionsError):
                getattr(client, operation)(body)

        threads = [threading.Thread(target=fail) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 40 <= len(asked) <= 120
        before = len(asked)
        fail()
        looks = operation == "create_session" and kind == "breaks off"
        assert len(asked) == before + (2 if looks else 1)


def test_lost_creates_get_no_more_than_120_requests(turned: Turned) -> None:
    """40 create requests whose responses are lost make at most 120 requests with their searches."""
    asked: list[object] = []

    class Down:
        def build_request(self, *_: Any, **__: Any) -> None:
            """Nothing."""

        def send(self, *_: Any, **__: Any) -> None:
            raise OSError("down")

    client = SessionsClient(TOKEN, host="http://127.0.0.1:1", http_client=Down(), on_request=asked.append)
    client.clock = turned.clock()
    for number in range(40):
        with pytest.raises(CreateOutcomeUnknownError):
            client.create_session(CreateSession(name=f"a{number}", project_id="prj_1", **APP_CONFIG))
    assert len(asked) <= 120


def test_dead_service_and_tasks(closed_port: int) -> None:
    """40 tasks on a service that is down send at most 120 requests together."""
    asked: list[object] = []

    async def scenario() -> None:
        async with AsyncSessionsClient(
            TOKEN, host=f"http://127.0.0.1:{closed_port}", on_request=asked.append
        ) as client:
            results = await asyncio.gather(*[client.get_session("ses_1") for _ in range(40)], return_exceptions=True)
        assert {type(result) for result in results} == {APIConnectionError}

    asyncio.run(scenario())
    assert len(asked) <= 120
