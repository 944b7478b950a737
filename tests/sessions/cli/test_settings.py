"""Tests for `cli/settings.py`: the options that commands share."""

from __future__ import annotations

import json
import os

from anyscale_sessions import Session

from .conftest import Run


def test_options_may_stand_before_or_after_the_command(run: Run, session: Session) -> None:
    """`--output` and `--host` may stand before or after the command's name, and the later one counts."""
    before = run("--output", "json", "get", session.id)
    assert json.loads(before.out)["id"] == session.id
    assert run("get", session.id, "--output", "json") == before
    assert run("--host", "https://127.0.0.1:1", "get", session.id, "--host", os.environ["ANYSCALE_HOST"]).code == 0


def test_unknown_output_format_ends_with_code_2(run: Run) -> None:
    """An unknown output format ends a command with code 2 and a message in text."""
    ended = run("list", "prj_1", "--output", "xml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")
