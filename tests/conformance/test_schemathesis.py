"""What schemathesis finds in the sandbox: nothing, by all its checks, also where calls follow one another.

The last seed is another one each time. It stands in the test's name; `ANYSCALE_SESSIONS_SEED` brings it back.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions.states import TRANSITIONS
from anyscale_sessions_sandbox import ManualClock, Sandbox, Timings, serve
from anyscale_sessions_sandbox.api.handlers import HANDLERS
from anyscale_sessions_sandbox.control.openapi import document

FIXED_SEEDS = (1, 2, 3)
RANDOM_SEED = int(os.environ.get("ANYSCALE_SESSIONS_SEED") or secrets.randbelow(2**32))
PHASES = ("examples", "coverage", "fuzzing", "stateful")

# How long a request may take has no part in it: a machine can be slow, and other work on it is no fault of ours.
CONFIG = """
continue-on-failure = true
request-timeout = 120.0
suppress-health-check = ["all"]

[auth.openapi.{scheme}]
api_key = "${{SANDBOX_TOKEN}}"

[generation]
database = "none"
max-examples = {examples}

[phases.stateful]
generation = {{ max-examples = {scenarios} }}
"""
# Other fields depend on a fault's kind, a rule's state or a snapshot's format, and the operations of the journal on the
# spec. Responses state that, schemas do not.
WIDER = """
[[operations]]
include-operation-id = ["advance_clock", "add_fault", "add_transition_rule", "get_journal", "seed", "restore_snapshot"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "409", "422"]
"""


def schemathesis(sandbox: Sandbox, folder: Path, spec: Any, base: str, seed: int, config: str) -> Any:
    """The report of a run, which must have found nothing."""
    (folder / "openapi.json").write_text(json.dumps(spec), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "openapi.json"]
    command += ["--url", sandbox.url + base, "--checks", "all", "--phases", ",".join(PHASES), "--seed", str(seed)]
    command += ["--report", "json", "--report-json-path", "report.json", "--no-color"]
    environment = os.environ | {"SANDBOX_TOKEN": sandbox.token, "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    said = run.stdout.decode("utf-8", "replace")
    assert run.returncode == 0, said
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert report["complete"], said
    assert report["operations"]["tested"] == report["operations"]["total"], said
    return report


def handled(spec: Any) -> Any:
    """The spec with the operations that have a handler. `generate` lists the others, which need a decision."""
    for item in spec["paths"].values():
        for method in [name for name, part in item.items() if "operationId" in part]:
            if item[method]["operationId"] not in HANDLERS:
                del item[method]
    return spec


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with what the spec's examples name, and with a session in every state; its time stands still."""
    session = {"project_id": "prj_8sKlwzJjQx2v", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
    known = {
        "id": "ses_3nZoVf8RiYpM",
        "ha_job_id": "prodjob_5uWcXr3KmBdL",
        "state": "Running",
        "operations": [{"id": "sop_7yHqLe1JvTgC", "type": "start"}],
        "commands": [{"id": "scd_0aFjUx4OsWqE", "shell_command": "sleep 1h"}],
    }
    others = [session | {"name": state, "state": state} for state in TRANSITIONS]
    with serve(clock=ManualClock(), timings=Timings(0, 0), ids_seed=0, validate_responses=True) as served:
        served.seed({"sessions": [session | {"name": "known"} | known, *others]})
        yield served


@pytest.mark.parametrize("seed", [*FIXED_SEEDS, RANDOM_SEED])
def test_nothing_is_found_in_the_api(sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    """Every operation that the sandbox handles is called with valid and invalid requests, and does what was asked."""
    spec = handled(json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text("utf-8")))
    config = CONFIG.format(scheme="cliToken", examples=30, scenarios=100)
    report = schemathesis(sandbox, tmp_path, spec, "/v0", seed, config)
    assert {phase: outcome["status"] for phase, outcome in report["phases"].items()} == dict.fromkeys(PHASES, "success")
    done = {
        operation: sum(phase["accepted"] for phase in phases.values())
        for operation, phases in report["valid_rates"].items()
    }
    assert len(done) == report["operations"]["total"]
    assert all(done.values()), done


@pytest.mark.parametrize("seed", [FIXED_SEEDS[0], RANDOM_SEED])
def test_nothing_is_found_in_the_control_api(sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    """Every operation of the control API does what its own document says for valid and invalid requests."""
    config = CONFIG.format(scheme="cookie", examples=15, scenarios=30) + WIDER
    schemathesis(sandbox, tmp_path, document(), "/_sandbox", seed, config)
