"""The classes of the actors, without Ray."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions.fleet import Fleet
from anyscale_sessions.fleet.ray.actors import Limiter, Worker
from anyscale_sessions_sandbox import Sandbox

from ..conftest import body, live


async def work(_session: Session, item: int) -> int:
    """The work of an item."""
    await asyncio.sleep(0)
    return 2 * item


def test_a_limiter_spaces_its_turns_from_when_they_are_used() -> None:
    """A turn comes at least one interval after the use of the previous turn."""

    async def main() -> list[float]:
        limiter, used = Limiter(100.0), []
        for _ in range(4):
            await limiter.acquire()
            used.append(time.monotonic())
            await limiter.use()
        return used

    used = asyncio.run(main())
    assert all(second - first >= 0.0099 for first, second in itertools.pairwise(used))


def test_a_turn_that_nobody_uses_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the last turn is not used, the next turn is given after a second."""
    monkeypatch.setattr("anyscale_sessions.fleet.ray.actors.MAX_TURN_S", 0.01)

    async def main() -> None:
        limiter = Limiter(1000.0)
        await limiter.acquire()
        await limiter.acquire()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_worker_runs_items_with_a_client_of_its_own(
    server: Sandbox, client: SessionsClient, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker makes a client from the environment and runs an item with it."""
    monkeypatch.setenv("ANYSCALE_HOST", server.url)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", server.token)

    async def main() -> Any:
        worker = Worker((fleet, None, body, work, None))
        result = await worker.run("7", 7)
        await worker._client.aclose()
        return result

    assert asyncio.run(main()).value == 14
    assert live(client) == []
