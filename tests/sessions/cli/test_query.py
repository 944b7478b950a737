"""Tests for `cli/query.py`: JMESPath expressions."""

from __future__ import annotations

import json

import pytest

from anyscale_sessions import Session
from anyscale_sessions.cli.errors import CommandError
from anyscale_sessions.cli.query import parse_query

from .conftest import Run


def test_query_selects_a_part() -> None:
    """A query returns the part of a value that its expression selects."""
    assert parse_query("[?n > `1`].id")([{"id": "a", "n": 1}, {"id": "b", "n": 2}]) == ["b"]


@pytest.mark.parametrize("text", ["[", "id[", "'", "foo(", "\u00e9", ""])
def test_invalid_expression_is_bad_input(run: Run, text: str) -> None:
    """An expression that is not JMESPath is refused before anything is sent, with an example of one."""
    ended = run("get", "ses_none", "--query", text)
    assert (ended.code, ended.out) == (2, "")
    assert "must be a JMESPath expression, such as id or [].name" in ended.err


def test_expression_that_does_not_fit_is_bad_input() -> None:
    """An expression that cannot be applied to the result is refused."""
    with pytest.raises(CommandError, match="does not fit the result"):
        parse_query("length(n)")({"n": 1})


def test_query_of_a_command(run: Run, session: Session) -> None:
    """`--query` selects a part of what a command shows, in every format, also before the command's name."""
    assert run("get", session.id, "--query", "name").out == "nightly\n"
    assert json.loads(run("--query", "[].name", "list", "prj_1", "-o", "json").out) == ["nightly"]
    assert run("list", "prj_1", "--query", "[].name", "-o", "yaml").out == "- nightly\n"
    assert run("whoami", "--query", "accepted").out == "true\n"
