"""Tests that pyrefly and ty refuse exactly the calls in tests/typing that mypy and pyright refuse: `tox -e types`.

mypy and pyright check the cases themselves, by their ignore comments. pyrefly and ty ignore these comments here.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
CASES = sorted((ROOT / "tests" / "typing").glob("*.py"))
TIMEOUT_S = 100  # less than faulthandler_timeout
BIN = Path(sys.executable).parent
COMMANDS = {
    "pyrefly": [BIN / "pyrefly", "check", "--output-format", "min-text", "--python-interpreter-path", sys.executable],
    "ty": [BIN / "ty", "check", "--output-format", "concise", "--no-progress", "--python", sys.executable],
}
# What a checker accepts although it should refuse it, as a part of the statement.
KNOWN_GAPS = {
    "pyrefly": set[str](),
    # ty 0.0.108 accepts an unknown keyword for `**rest: Unpack[SomeTypedDict]`.
    "ty": {"idle_timeuot=", "buildId=", "self_=", "state="},
}


class Statement(NamedTuple):
    """A statement of a case file."""

    file: str
    first: int
    last: int
    text: str

    @property
    def is_marked(self) -> bool:
        """Whether the statement must be refused. A comment for mypy alone is about something else."""
        return "# pyright: ignore[" in self.text


def statements() -> list[Statement]:
    """The statements of all case files that contain no others."""
    found = []
    for path in CASES:
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.stmt) and not hasattr(node, "body"):
                last = node.end_lineno or node.lineno
                text = "\n".join(lines[node.lineno - 1 : last])
                found.append(Statement(path.name, node.lineno, last, text))
    return found


@pytest.mark.parametrize("checker", COMMANDS)
def test_checker_refuses_what_is_marked(checker: str) -> None:
    """A checker refuses each marked statement and no other, except for its known gaps."""
    run = subprocess.run(COMMANDS[checker], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    errors = re.findall(r"tests/typing/(\w+\.py):(\d+):", run.stdout.replace("\\", "/"))
    every = statements()
    refused = {
        statement
        for statement in every
        if any(file == statement.file and statement.first <= int(line) <= statement.last for file, line in errors)
    }
    marked = {statement for statement in every if statement.is_marked}
    gaps = {statement for statement in marked if any(part in statement.text for part in KNOWN_GAPS[checker])}
    assert len(marked) > 100
    assert refused == marked - gaps, run.stderr
