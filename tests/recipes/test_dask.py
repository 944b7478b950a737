"""The recipe for Dask, with a scheduler and worker processes on loopback."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import check_nothing_is_left, process, requires


@requires("distributed")
def test_the_dask_recipe_survives_a_worker_that_is_killed(
    server: Sandbox, client: SessionsClient, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """Every task is done although a worker process is killed, and no session is left alive."""
    done: list[int] = []
    lines: list[str] = []
    with process(["dask_run.py"], environment, tmp_path) as run:
        assert run.stdout is not None
        workers: list[int] = []
        for line in run.stdout:
            lines.append(line)
            word, *numbers = line.split()
            if word == "workers":
                workers = [int(number) for number in numbers]
            if word == "done":
                done.append(int(numbers[0]))
                if len(done) == 3:
                    os.kill(workers[0], signal.SIGKILL)
    assert sorted(done) == sorted(seed * seed for seed in range(12)), "".join(lines)
    check_nothing_is_left(server, client, "eval-dask")
