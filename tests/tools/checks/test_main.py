"""tools/checks/__main__.py: all checks run, and a problem of any of them is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.__main__ import main


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without a problem."""
    for name in ("overrides/chk_main", "tests", "docs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "overrides/chk_main/__init__.py").touch()
    (tmp_path / "overrides/chk_main/a.py").touch()
    return tmp_path


def test_clean_project_prints_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project without a problem exits with 0 and prints nothing."""
    assert main(root) == 0
    assert capsys.readouterr().out == ""


def test_problems_of_all_checks_are_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cycle, a docstring and a word are a line each, and the exit status is 1."""
    (root / "overrides/chk_main/__init__.py").write_text("import chk_main.a\n", "utf-8")
    (root / "overrides/chk_main/a.py").write_text("import chk_main\n", "utf-8")
    (root / "tests/test_a.py").write_text("def test_a(): ...\n", "utf-8")
    (root / "docs/a.md").write_text("See client_base.\n", "utf-8")
    assert main(root) == 1
    assert capsys.readouterr().out.splitlines() == [
        "import cycle: overrides/chk_main/__init__.py, overrides/chk_main/a.py",
        "tests/test_a.py:1: the docstring of test_a is missing: state the behaviour in one sentence",
        'docs/a.md:1: "client_base": write instead: client.base',
    ]


def test_program_runs_on_the_project(repository: Path) -> None:
    """Run as a program, the checks judge this project and exit with 0 or 1."""
    finished = subprocess.run(
        [sys.executable, "-m", "checks"],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository / "tools")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, bool(finished.stdout), finished.stderr) in {(0, False, ""), (1, True, "")}
