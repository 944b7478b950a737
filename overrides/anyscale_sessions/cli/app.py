"""The command line as a whole: its commands, and how a run of it ends."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import TextIO

import click

from anyscale_sessions.exceptions import SessionsWarning

from .failures import EXPECTED, OUTPUT_LOST, exit_code_of, told
from .login import login
from .sandboxes import demo, sandbox
from .sessions import create, get, list_sessions, run_command, start, terminate
from .settings import Settings, host_option, output_option

NAME = "anyscale-sessions"
STANDARD_STREAMS = (1, 2)  # the descriptors of standard output and standard error


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@host_option
@output_option
@click.option("--version", is_flag=True, help="Show the version, and with --output json what it was made from.")
@click.pass_context
def command_line(context: click.Context, *, version: bool) -> None:
    """Create, run and end Anyscale sessions.

    The token comes from the environment variable ANYSCALE_CLI_TOKEN, else from ~/.anyscale/credentials.json.

    Exit codes: 0 done; 1 the command that was run in a session failed, or the output could not be written; 2 bad input;
    3 refused by the server; 4 the server was not reached, or its response was no use; 5 the session did not get where it
    should; 6 a session may have been created or not; 130 interrupted.
    """
    settings: Settings = context.obj
    if version:
        from anyscale_sessions._provenance import provenance

        sentence = f"{NAME} {provenance.version}, spec {provenance.spec_version}"
        settings.output.conclude(sentence, provenance.to_dict())
    elif context.invoked_subcommand is None:
        raise click.UsageError("Missing command.", context)


for command in (create, demo, get, list_sessions, login, run_command, sandbox, start, terminate):
    command_line.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    settings = Settings(form="json" if _asks_for_json(arguments) else "text")
    try:
        return _run(arguments, settings)
    except OSError as error:
        # What commands call raises errors of the tree, so that it is their output which cannot be written.
        with suppress(OSError):
            if error.errno != errno.EPIPE:
                message = f"the output cannot be written: {error.strerror}"
                settings.output.fail({"type": "OutputLost", "message": message})
        _let_go_of_output()
        return OUTPUT_LOST


def _run(arguments: Sequence[str], settings: Settings) -> int:
    try:
        with _warnings_told(settings), command_line.make_context(NAME, list(arguments), obj=settings) as context:
            command_line.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except EXPECTED as error:
        settings.output.fail(told(error, settings.created_session_id))
        return exit_code_of(error)
    return 0


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether errors are to be told in JSON, looked up by hand since the arguments may be what is wrong."""
    return "--output=json" in arguments or ("--output", "json") in pairwise(arguments)


@contextmanager
def _warnings_told(settings: Settings) -> Generator[None]:
    """Tell our own warnings as output; others go where they always go."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, SessionsWarning):
                settings.output.warn(category.__name__, str(message))
            else:
                usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        warnings.simplefilter("always", SessionsWarning)
        yield


def _let_go_of_output() -> None:
    """Lead to nowhere what is still to be written, or Python fails with it once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in STANDARD_STREAMS:
        os.dup2(nowhere, descriptor)
