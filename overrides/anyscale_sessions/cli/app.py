"""The command line as a whole: its commands, and how a run ends."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import click

from anyscale_sessions.exceptions import InternalFieldWarning, UserServiceTokenIgnored
from anyscale_sessions.version import __version__

from .failures import EXPECTED, exit_code_of, told
from .output import Output, output_for
from .sandboxes import demo, sandbox
from .sessions import create, get, list_, run_, start, terminate
from .settings import Settings, host_option, output_option

NAME = "anyscale-sessions"
OUTPUT_LOST = 1


@click.group(invoke_without_command=True)
@host_option
@output_option
@click.option("--version", is_flag=True, help="Show the version and exit.")
@click.pass_context
def command_line(context: click.Context, *, version: bool) -> None:
    """Create and run Anyscale sessions.

    The token comes from the environment variable ANYSCALE_CLI_TOKEN or from ~/.anyscale/credentials.json.

    Exit codes: 0 done, 1 the command run in a session failed, 2 bad input, 3 refused by the server, 4 server not
    reached, 5 the session did not get where it should, 6 a session may have been created or not, 130 interrupted.
    """
    settings: Settings = context.obj
    if version:
        settings.output.show({"name": NAME, "version": __version__})
    elif context.invoked_subcommand is None:
        raise click.UsageError("no command was given", context)


for command in (create, demo, get, list_, run_, sandbox, start, terminate):
    command_line.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    settings = Settings(form="json" if _asks_for_json(arguments) else "text")
    try:
        with _told_warnings(settings.output), command_line.make_context(NAME, list(arguments), obj=settings) as context:
            command_line.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except EXPECTED as error:
        settings.output.fail(told(error, settings.created_session_id))
        return exit_code_of(error)
    except OSError as error:
        ...
    return 0


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether errors are to be JSON, looked up by hand since they may be errors of parsing."""
    return "--output=json" in arguments or ("--output", "json") in pairwise(arguments)
