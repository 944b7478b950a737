"""Find tests whose docstring is not a full sentence, as far as a program can tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FEWEST_WORDS = 4


def bad_docstrings(root: Path) -> Iterator[str]:
    """A line for each test function of the project whose docstring is missing or is a fragment."""
    for path in sorted((root / "tests").rglob("test_*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for node in (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            if node.name.startswith("test_") and (problem := _problem_of(ast.get_docstring(node))):
                yield f"{path.relative_to(root).as_posix()}:{node.lineno}: the docstring of {node.name} {problem}"


def _problem_of(docstring: str | None) -> str:
    """What is wrong with a docstring; empty if nothing is."""
    if not docstring:
        return "is missing: state the behaviour in one sentence"
    if docstring[0].islower():
        return "must start with a capital letter"
    if not docstring.endswith("."):
        return "must end with a period"
    if len(docstring.split()) < FEWEST_WORDS:
        return f"must be a full sentence of at least {FEWEST_WORDS} words"
    return ""
