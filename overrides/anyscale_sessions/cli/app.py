"""The command line: its group of commands, and how a run ends."""

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

from .errors import EXPECTED_ERRORS, OUTPUT_FAILED, error_fields, exit_code_of
from .fleet import fleet_group
from .login import login
from .sandboxes import demo, sandbox
from .sessions import create, get, list_sessions, run_command, start, terminate
from .settings import Settings, host_option, output_option

NAME = "anyscale-sessions"
STANDARD_STREAMS = (1, 2)  # the file descriptors of standard output and standard error


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@host_option
@output_option
@click.option(
    "--version", is_flag=True, help="Show the version; with --output json, also the provenance of the generated code."
)
@click.pass_context
def command_line(context: click.Context, *, version: bool) -> None:
    """Create, run and end Anyscale sessions.

    The token comes from the environment variable ANYSCALE_CLI_TOKEN, else from ~/.anyscale/credentials.json.

    Exit codes: 0 success; 1 the command that ran in a session failed, a sweep left sessions alive, or the output was
    not written; 2 bad input; 3 refused by the server; 4 the server was not reached, or its response was unusable; 5 a
    wait failed or timed out; 6 the outcome is unknown; 130 interrupted.
    """
    settings: Settings = context.obj
    if version:
        from anyscale_sessions._provenance import provenance

        summary = f"{NAME} {provenance.version}, spec {provenance.spec_version}"
        settings.output.conclude(summary, provenance.to_dict())
    elif context.invoked_subcommand is None:
        raise click.UsageError("Missing command.", context)


for command in (create, demo, fleet_group, get, list_sessions, login, run_command, sandbox, start, terminate):
    command_line.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code."""
    settings = Settings(output_format="json" if _asks_for_json(arguments) else "text")
    try:
        return _run(arguments, settings)
    except OSError as error:
        # Clients translate their own OSErrors, so this one came from writing the output.
        with suppress(OSError):
            if error.errno != errno.EPIPE:
                message = f"the output cannot be written: {error.strerror}"
                settings.output.fail({"type": "OutputError", "message": message})
        _discard_output()
        return OUTPUT_FAILED


def _run(arguments: Sequence[str], settings: Settings) -> int:
    try:
        with _shown_warnings(settings), command_line.make_context(NAME, list(arguments), obj=settings) as context:
            command_line.invoke(context)
    except click.exceptions.Exit as exit_request:
        return exit_request.exit_code
    except EXPECTED_ERRORS as error:
        settings.output.fail(error_fields(error, settings.created_session_id))
        return exit_code_of(error)
    return 0


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether errors are printed as JSON. Click is not asked, because it may be unable to parse the arguments."""
    return "--output=json" in arguments or ("--output", "json") in pairwise(arguments)


@contextmanager
def _shown_warnings(settings: Settings) -> Generator[None]:
    """Print the warnings of this package through the output. Other warnings take their usual way."""
    with warnings.catch_warnings():
        default_showwarning = warnings.showwarning

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
                default_showwarning(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        warnings.simplefilter("always", SessionsWarning)
        yield


def _discard_output() -> None:
    """Send buffered output to the null device, because Python would fail to flush it again when it exits."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    for descriptor in STANDARD_STREAMS:
        os.dup2(null_device, descriptor)
