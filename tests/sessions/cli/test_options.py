"""Tests for `cli/options.py`: the options that commands share."""

from __future__ import annotations

import click
import pytest

from anyscale_sessions import Session
from anyscale_sessions.cli.options import NearestChoice, requested_format

from .conftest import Run


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], "table"),
        (["-o", "json"], "json"),
        (["-ojson"], "json"),
        (["--output", "yaml"], "yaml"),
        (["--output=name"], "name"),
        (["-o", "json", "-o", "table"], "table"),
        (["json"], "table"),
        (["-o", "xml"], "table"),
        (["run", "ses_1", "--", "-o", "json"], "table"),
    ],
)
def test_format_is_known_before_the_arguments_are_parsed(arguments: list[str], found: str) -> None:
    """The output format is found in arguments that cannot be parsed, but not in those of another command."""
    assert requested_format(arguments) == found


def test_errors_have_the_requested_format(run: Run) -> None:
    """An error of the arguments is written in the requested format."""
    ended = run("creat", "-o", "yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("---\nerror:\n  type: NoSuchCommand\n")


def test_choice_suggests_the_nearest_value() -> None:
    """A value that is not allowed is refused with the nearest allowed one, else with all of them."""
    choice = NearestChoice(["Running", "Stopped"])
    with pytest.raises(click.BadParameter, match=r"'runing' is not allowed. Did you mean 'Running'\?"):
        choice.convert("runing", None, None)
    with pytest.raises(click.BadParameter, match=r"'x' is not allowed. Use one of: Running, Stopped\."):
        choice.convert("x", None, None)
    assert choice.convert("running", None, None) == "Running"


def test_choice_completes_its_values() -> None:
    """The values of a choice are completed as they are written."""
    context, option = click.Context(click.Command("x")), click.Option(["--state"])
    found = NearestChoice(["Running", "Stopped"]).shell_complete(context, option, "r")
    assert [item.value for item in found] == ["Running"]


def test_options_may_stand_before_the_command(run: Run, session: Session) -> None:
    """`-o`, `--query` and `--no-color` may stand before the command's name."""
    assert run("--no-color", "-o", "name", "get", session.id).out == f"{session.id}\n"
    assert run("--query", "id", "get", session.id, "-o", "json").result == session.id


def test_ca_file_must_be_readable(run: Run, session: Session) -> None:
    """A file of certificates that cannot be used is refused, and the message names the option."""
    ended = run("get", session.id, "--ca-file", "missing.pem")
    assert (ended.code, ended.out) == (2, "")
    assert "--ca-file" in ended.err


@pytest.mark.parametrize("command", ["list prj_1", "events ses_1", "logs scd_1"])
def test_interval_needs_the_option_that_uses_it(run: Run, command: str) -> None:
    """`--interval` without `--watch` or `--follow` is refused, because nothing would use it."""
    ended = run(*command.split(), "--interval", "5s")
    assert (ended.code, ended.out) == (2, "")
    assert "--interval needs --" in ended.err
