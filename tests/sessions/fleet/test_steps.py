"""Flows of several calls, with a client of either kind."""

from __future__ import annotations

import asyncio

from anyscale_sessions import AsyncSessionsClient, SessionsClient
from anyscale_sessions.fleet.steps import Pause, Steps, drive, drive_async
from anyscale_sessions_sandbox import ManualClock

PAUSE_S = 90.0


def steps() -> Steps[int]:
    """Count the sessions of a project, wait, and count them again."""
    first = yield lambda client: client.list_sessions("prj_1")
    yield Pause(PAUSE_S)
    second = yield lambda client: client.list_sessions("prj_1")
    return len(first.results) + len(second.results)


def test_steps_run_with_a_synchronous_client(sessions_client: SessionsClient, sandbox_clock: ManualClock) -> None:
    """Each call is made with the client, and a pause sleeps by the clock of the client."""
    before = sandbox_clock.now()
    assert drive(steps(), sessions_client) == 0
    assert (sandbox_clock.now() - before).total_seconds() >= PAUSE_S


def test_steps_run_with_an_asynchronous_client(
    async_sessions_client: AsyncSessionsClient, sandbox_clock: ManualClock
) -> None:
    """The result of each call is awaited, and a pause sleeps by the clock of the client."""

    async def main() -> int:
        async with async_sessions_client:
            return await drive_async(steps(), async_sessions_client)

    before = sandbox_clock.now()
    assert asyncio.run(main()) == 0
    assert (sandbox_clock.now() - before).total_seconds() >= PAUSE_S
