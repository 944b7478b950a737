"""Tests for `cli/__init__.py` and `cli/__main__.py`: the entry points of the command line."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from anyscale_sessions.cli import main

from .conftest import PATIENCE_S


def test_console_script_is_main() -> None:
    """The installed command `anyscale-sessions` calls `main`."""
    (point,) = entry_points(group="console_scripts", name="anyscale-sessions")
    assert point.load() is main


def test_ctrl_c_while_modules_are_loading(tmp_path: Path) -> None:
    """Ctrl-C while modules are loading ends with code 130 and the same message as later."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from anyscale_sessions.cli import main; sys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "demo"], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Error: interrupted\n")
