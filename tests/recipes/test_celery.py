"""The recipe for Celery, with real worker processes on a broker in the file system."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Fault, Sandbox

from .conftest import check_nothing_is_left, process, requires

WORKER = ["-m", "celery", "-A", "celery_app", "worker", "--pool=prefork", "--concurrency=2", "--loglevel=INFO"]
LEAN = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def children_of(process_id: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]


@requires("celery")
def test_the_celery_recipe_survives_a_worker_that_is_killed(
    server: Sandbox, client: SessionsClient, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """Every task is done although a worker process is killed, and no session is left alive."""
    for name in ("queue", "results"):
        (tmp_path / name).mkdir()
    settings = {
        **environment,
        "BROKER_URL": "filesystem://",
        "QUEUE": str(tmp_path / "queue"),
        "RESULT_BACKEND": f"file://{tmp_path / 'results'}",
    }
    # Both processes are busy then. An idle one holds the lock of the pool's queue, and killing it would block the pool.
    stall = server.faults.add(Fault("stall", operation="create_session_command", nth=3, times=2, seconds=2))
    with process([*WORKER, *LEAN], settings, tmp_path) as worker, process(["celery_run.py"], settings, tmp_path) as run:
        while stall.used < 2:
            assert worker.poll() is None
            assert run.poll() is None
            time.sleep(0.01)
        os.kill(children_of(worker.pid)[0], signal.SIGKILL)
        output, _ = run.communicate()
    assert output.splitlines()[-1] == str([seed * seed for seed in range(12)])
    assert server.journal.count("create_session_command") > 12
    check_nothing_is_left(server, client, "eval-celery")
