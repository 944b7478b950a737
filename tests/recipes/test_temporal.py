"""The recipe for Temporal, with a real server and worker processes on loopback."""

from __future__ import annotations

import asyncio
import shutil
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Fault, Sandbox

from .conftest import check_nothing_is_left, process, requires

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle

ITEMS = 12
EXECUTABLE = shutil.which("temporal", path=sysconfig.get_path("scripts"))


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for another process."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - it is another process that is waited for
            await asyncio.sleep(0.01)


@requires("temporalio")
@pytest.mark.skipif(EXECUTABLE is None, reason="the executable temporal is not installed; there is none for Windows")
def test_the_temporal_recipe_survives_a_worker_that_is_killed(
    server: Sandbox, client: SessionsClient, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """Every activity is done although the only worker is killed, and no session is left alive."""
    from temporalio.testing import WorkflowEnvironment

    stall = server.faults.add(Fault("stall", operation="create_session_command", nth=3, times=2))

    async def main() -> list[int]:
        async with await WorkflowEnvironment.start_local(dev_server_existing_path=EXECUTABLE) as temporal:
            address = temporal.client.service_client.config.target_host
            settings = {**environment, "TEMPORAL_ADDRESS": address}
            handle: WorkflowHandle[object, list[int]] = await temporal.client.start_workflow(
                "Evaluation", ITEMS, id="evaluation", task_queue="evaluation", result_type=list[int]
            )
            with process(["temporal_worker.py"], settings, tmp_path) as first:
                await until(lambda: stall.used == 2)
                first.kill()
                first.wait()
            with process(["temporal_worker.py"], settings, tmp_path):
                async with asyncio.timeout(90):
                    return await handle.result()

    assert asyncio.run(main()) == [seed * seed for seed in range(ITEMS)]
    assert server.journal.count("create_session_command") > ITEMS
    check_nothing_is_left(server, client, "eval-temporal")
