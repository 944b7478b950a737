"""A client with the clock of the pytest plugin, under trio."""

from __future__ import annotations

import trio

from anyscale_sessions import AsyncSessionsClient, CreateSession
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, serve


def test_a_launch_under_trio_ends() -> None:
    """A client whose clock is that of a sandbox launches a session under trio."""
    clock = ManualClock()
    body = CreateSession(name="n", project_id="p", cloud_id="c", cluster_config="x: 1")

    async def launch(token: str, host: str) -> str:
        async with AsyncSessionsClient(token, host=host) as client:
            client.clock = client_clock(clock)
            return (await client.launch_session(body)).state

    with serve(clock=clock) as sandbox:
        assert trio.run(launch, sandbox.token, sandbox.url) == "Running"
