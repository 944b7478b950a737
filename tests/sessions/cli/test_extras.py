"""Tests for `cli/extras.py`: what a command prints if an extra is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import COMMAND, PATIENCE_S


def run_without(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process in which a module is not installed."""
    code = f"import sys; sys.modules[{module!r}] = None; from anyscale_sessions.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.parametrize("missing", ["click", "rich", "yaml"])
def test_missing_cli_extra_is_one_line(missing: str) -> None:
    """Without the extra `cli`, every command ends with code 2 and one line that says how to install it."""
    ended = run_without(missing, "--version")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"anyscale-sessions needs {missing}: pip install 'anyscale-sessions[cli]'\n"


@pytest.mark.parametrize("missing", ["jsonschema_rs", "starlette", "uvicorn"])
@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_missing_sandbox_extra_is_one_line(command: str, missing: str) -> None:
    """Without the extra `sandbox`, its commands end with code 2 and one line that says how to install it."""
    ended = run_without(missing, command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"Error: a sandbox needs {missing}: pip install 'anyscale-sessions[sandbox]'\n"


@pytest.mark.usefixtures("environment")
def test_session_commands_need_no_sandbox() -> None:
    """The commands that call the Sessions API work without the extra `sandbox`."""
    ended = run_without("uvicorn", "list", "prj_1", "--output", "json")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[]\n", "")


def test_broken_module_raises_its_own_error(tmp_path: Path) -> None:
    """An installed module that fails to import another one raises its own error, and is not reported as missing."""
    (tmp_path / "click.py").write_text("import lacking")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    ended = subprocess.run(COMMAND, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.endswith("No module named 'lacking'\n")
