"""The script and the programs of docs/migration.md do the same with the upstream SDK and with this package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, serve

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
PAIRS = re.findall(r"^```python upstream\n(.*?)^```\n+^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
TIMEOUT_S = 100  # less than faulthandler_timeout
SESSION = {"name": "older", "project_id": "prj_1", "cloud_id": "cld_1", "cluster_config": "cluster_name: a"}
SEED = {
    "sessions": [
        SESSION | {"id": "ses_1", "state": "Running"},
        SESSION | {"id": "ses_2", "name": "oldest", "state": "Terminated"},
    ]
}


def outcome(program: str, folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """What a program prints, and the sessions that it leaves in a new sandbox."""
    with serve(clock=ManualClock(), ids_seed="migration", validate_responses=True) as sandbox:
        sandbox.seed(SEED)
        sandbox.skip_waits()
        variables = {"ANYSCALE_HOST": sandbox.url, "ANYSCALE_CLI_TOKEN": sandbox.token, "HOME": str(folder)}
        command = [sys.executable, "-c", program]
        run = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout, sandbox.snapshot()["tables"]["sessions"]


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "again"])
def test_ported_script_leaves_the_same_sessions(*, is_new: bool, tmp_path: Path) -> None:
    """The script for the upstream SDK and the ported one print the same and leave the same sessions."""
    name = "evaluation" if is_new else "oldest"
    scripts = [
        (ROOT / "examples" / "migration" / file).read_text(encoding="utf-8").replace('"evaluation"', f'"{name}"')
        for file in ("upstream.py", "ported.py")
    ]
    theirs, ours = (outcome(script, tmp_path) for script in scripts)
    assert ours == theirs
    assert len(ours[1]) == len(SEED["sessions"]) + is_new


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: re.sub(r"\W+", "-", pair[1].splitlines()[-1].strip()))
def test_programs_of_the_page_do_the_same(pair: tuple[str, str], tmp_path: Path) -> None:
    """The two programs of a pair on the page print the same and leave the same sessions."""
    theirs, ours = (outcome(program, tmp_path) for program in pair)
    assert ours == theirs
    assert ours[0]


def test_every_program_of_the_page_is_in_a_pair() -> None:
    """Each program of the page is one of a pair."""
    assert len(re.findall(r"^```python", PAGE, re.MULTILINE)) == 2 * len(PAIRS)
