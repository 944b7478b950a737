"""The example that evaluates many seeds resumes after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from anyscale_sessions import SessionsClient
from anyscale_sessions.fleet import sweep
from anyscale_sessions_sandbox import Timings, VirtualRuntime, serve

EXAMPLE = Path(__file__).parents[2] / "examples" / "fleet_evaluate.py"
SEEDS = 120
MAX_RUN_S = 300


def test_the_example_resumes_after_a_kill(tmp_path: Path) -> None:
    """If the example is killed and started again, each seed has one result, and a sweep leaves no session alive."""
    with serve(timings=Timings(0.0, 0.0), runtime=VirtualRuntime(command_s=0.0)) as sandbox:
        environment = os.environ | {
            "ANYSCALE_HOST": sandbox.url,
            "ANYSCALE_CLI_TOKEN": sandbox.token,
            "HOME": str(tmp_path),
        }
        command = [sys.executable, "-W", "error", str(EXAMPLE), str(SEEDS), "results.jsonl"]
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            for _ in range(5):
                assert " done, 0 failed (" in first.stdout.readline()
            first.kill()
        done_before = (tmp_path / "results.jsonl").read_text().count("\n")
        assert 5 <= done_before < SEEDS
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=MAX_RUN_S, check=True
        )
        assert ended.stderr == ""
        assert ended.stdout.count("\n") == SEEDS - done_before + 1
        lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
        assert sorted(line["seed"] for line in lines) == list(range(SEEDS))
        assert {line["status_code"] for line in lines} == {0}
        with SessionsClient(sandbox.token, host=sandbox.url) as client:
            sweep(client, "prj_1", fleet="seeds", older_than=timedelta(0), dry_run=False)
            assert {session.state for session in client.list_sessions("prj_1")} <= {"Terminating", "Terminated"}
