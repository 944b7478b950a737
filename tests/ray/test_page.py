"""The programs of docs/guides/ray.md, and the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "ray.md"
BLOCKS = re.findall(r"^```python *([^\n]*)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
# The process of this program serves the sandbox.
WITHOUT_RAY = "\nimport sys\nassert 'ray' not in sys.modules\n"
DEMO = ["-m", "anyscale_sessions.cli", "demo", "--runtime", "ray"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has just installed the package."""
    kept = {name: os.environ[name] for name in ("COVERAGE_PROCESS_CONFIG", "PYTHONPATH") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "HOME": str(tmp_path), "PATH": path}


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["first.py"], "2.60.0 42\n"),
        (["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "test_service.py"], "1 passed"),
        (DEMO, "All 7 steps succeeded"),
    ],
    ids=["first", "test", "demo"],
)
def test_the_programs_of_the_page_run(
    arguments: list[str], output: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """The programs of the page and the demo run, and the process of the sandbox has not imported Ray at the end."""
    for header, text in BLOCKS[1:]:
        (tmp_path / (header.removeprefix("file=") or "other.py")).write_text(text)
    (tmp_path / "first.py").write_text(BLOCKS[0][1] + WITHOUT_RAY)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, output in done.stdout) == (0, True), done.stderr
