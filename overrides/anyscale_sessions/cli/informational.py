"""The commands about this program itself: `help`, `version` and `completion`."""

from __future__ import annotations

from typing import cast

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import ShellComplete, get_completion_class

from anyscale_sessions._provenance import provenance

from .command import NAME, plain_command
from .settings import Settings

COMPLETION_VARIABLE = "_ANYSCALE_SESSIONS_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


@plain_command("help", examples_of=("help run", "help sandbox fault add"))
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help_command(context: click.Context, _settings: Settings, *, words: tuple[str, ...]) -> None:
    """Show the help of a command, or of all."""
    found = context.find_root()
    for word in words:
        group = found.command
        below = group.get_command(found, word) if isinstance(group, click.Group) else None
        if below is None:
            names = group.list_commands(found) if isinstance(group, click.Group) else []
            raise NoSuchCommand(word, possibilities=names, ctx=found)
        found = click.Context(below, info_name=word, parent=found)
    click.echo(found.get_help())


@plain_command(examples_of=("version", "version -o json"))
def version(settings: Settings) -> None:
    """Show the version; with --output json, also the provenance of the generated code."""
    show_version(settings)


def show_version(settings: Settings) -> None:
    """Write the version."""
    summary = f"{NAME} {provenance.version}, spec {provenance.spec_version}"
    settings.output.conclude(summary, provenance.to_dict())


@plain_command(examples_of=("completion bash > ~/.anyscale-completion", "completion fish"))
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, _settings: Settings, *, shell: str) -> None:
    """Print the script that completes commands, options and operations in a shell.

    For bash and zsh, source it in ~/.bashrc or ~/.zshrc. For fish, write it to
    ~/.config/fish/completions/anyscale-sessions.fish.
    """
    complete = cast("type[ShellComplete]", get_completion_class(shell))  # click has these three
    click.echo(complete(context.find_root().command, {}, NAME, COMPLETION_VARIABLE).source())
