"""tools/canary.py: what a new generator or ruff would change is shown, and nothing is written."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

import canary

Project = Any


def test_same_versions_change_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """With the versions that are pinned, nothing would differ, also where the record of versions would."""
    path = project.root / "pyproject.toml"
    pinned = f"ruff=={version('ruff')}"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"{pinned}"', '"ruff==0.0.1"'), encoding="utf-8")
    before = project.files()
    assert canary.main(["--root", str(project.root)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"openapi-python-client {version('openapi-python-client')} -> {version('openapi-python-client')}",
        f"ruff 0.0.1 -> {version('ruff')}",
        "the package would be the same",
    ]
    assert project.files() == before


def test_other_output_is_shown(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """What would differ is shown as a diff, and exits with 1."""
    path = project.package / "models" / "session.py"
    path.write_text(path.read_text(encoding="utf-8").replace("    id: str\n", "    id: int\n"), encoding="utf-8")
    before = project.files()
    assert canary.main(["--root", str(project.root)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "--- committed/models/session.py" in said
    assert said[-1] == "the package would differ"
    assert project.files() == before


def test_templates_that_fail_are_reported(project: Project) -> None:
    """Where a newer generator cannot use our templates, it says so in lines, and exits with 1."""
    (project.root / "templates" / "types.py.jinja").write_text("{% if %}", encoding="utf-8")
    command = [sys.executable, canary.__file__, "--root", str(project.root)]
    finished = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert finished.returncode == 1
    said = finished.stdout.splitlines()
    assert said[2] == "canary: the generator failed:"
    assert any("TemplateSyntaxError" in line for line in said)
