"""How commands are declared: each has the shared options, and examples in its help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import click

from .errors import FAILED
from .options import ca_file_option, host_options, output_options
from .settings import Settings

NAME = "anyscale-sessions"
EXAMPLES = "Examples:"

Declare: TypeAlias = Callable[[Callable[..., object]], click.Command]


def examples(*lines: str) -> str:
    """Return the end of a help text: the arguments of `anyscale-sessions`, one example a line."""
    return "\n".join(["\b", EXAMPLES, *(f"  {NAME} {line}" for line in lines)])


class PassThroughCommand(click.Command):
    """A command that ends with the exit code of another one. Its own failures have one code, which is rare there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set the exit code of failures, before the arguments are parsed."""
        ctx.ensure_object(Settings).failure_code = FAILED
        return super().parse_args(ctx, args)


def plain_command(
    name: str | None = None, *, examples_of: Sequence[str], cls: type[click.Command] = click.Command, **texts: str
) -> Declare:
    """Declare a command that sends no request. It has the output options, and gets the `Settings`.

    Args:
        name: its name, if that is not the name of the function.
        examples_of: the arguments of `anyscale-sessions` in the examples of its help.
        cls: the class of the command.
        texts: its `help` and `short_help`, if they are not the docstring of the function.
    """

    def declare(function: Callable[..., object]) -> click.Command:
        attributes: dict[str, Any] = {"epilog": examples(*examples_of), **texts}
        return click.command(name, cls, **attributes)(output_options(click.pass_obj(function)))

    return declare


def host_command(name: str | None = None, *, examples_of: Sequence[str], **options: Any) -> Declare:
    """Declare a command that needs a host. It has the options of the host too."""
    return lambda function: plain_command(name, examples_of=examples_of, **options)(host_options(function))


def api_command(name: str | None = None, *, examples_of: Sequence[str], **options: Any) -> Declare:
    """Declare a command that calls the Sessions API. It has the options of a client too."""
    return lambda function: host_command(name, examples_of=examples_of, **options)(ca_file_option(function))
