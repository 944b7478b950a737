"""Tests for `cli/command.py`: every command has examples in its help, and the examples are valid."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest

from anyscale_sessions.cli.app import command_line
from anyscale_sessions.cli.command import EXAMPLES, NAME
from anyscale_sessions.cli.settings import Settings

from .conftest import Run


def commands_of(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below a group, and the group itself, with its words."""
    yield path, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands_of(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands_of(command_line))


def examples_of(command: click.Command) -> list[str]:
    """Return the examples in the help of a command."""
    lines = str(command.epilog).splitlines()
    assert lines[:2] == ["\b", EXAMPLES]
    return [line.strip() for line in lines[2:]]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_has_examples(run: Run, path: tuple[str, ...]) -> None:
    """The help of every command has a summary and examples of this command."""
    ended = run(*path, "--help")
    assert (ended.code, ended.err) == (0, "")
    shown = ended.out.split("Examples:\n")
    assert [line.strip() for line in shown[1].splitlines()] == examples_of(COMMANDS[path])
    assert all(line.startswith(" ".join([NAME, *path])) for line in examples_of(COMMANDS[path])) or not path
    assert COMMANDS[path].help


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_can_be_parsed(path: tuple[str, ...]) -> None:
    """Every example consists of existing commands, options and valid values."""
    for example in examples_of(COMMANDS[path]):
        program, *words = shlex.split(example.partition(" <")[0].partition(" >")[0])
        assert program == NAME
        parse(words)


def parse(words: list[str]) -> None:
    """Parse arguments without running the command."""
    context = command_line.make_context(NAME, words, obj=Settings())
    while isinstance(context.command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, rest, parent=context)
