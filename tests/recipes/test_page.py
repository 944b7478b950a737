"""The programs of docs/fleets.md that need no engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .conftest import process, programs


def test_the_first_program_of_the_page_runs(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The first program of the page runs 20 items, and its sweep finds no session."""
    [program] = programs("run")
    with process(["-W", "error", "-c", program], environment, tmp_path) as started:
        output, _ = started.communicate()
    assert output == "20 of 20 done\nSwept(terminated=(), kept=(), failed=())\n"
