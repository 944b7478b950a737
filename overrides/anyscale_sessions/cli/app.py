"""The command line: its group of commands, and how a run ends."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

import click
from click.shell_completion import shell_complete

from anyscale_sessions.exceptions import SessionsWarning

from .api import call_operation
from .command import NAME, examples
from .commands import command, run_command
from .error_messages import error_fields
from .errors import EXPECTED_ERRORS, OUTPUT_FAILED, exit_code_of
from .events import events
from .fleet import fleet_group
from .informational import COMPLETION_VARIABLE, completion, help_command, show_version, version
from .lifecycle import start, terminate, wait
from .lists import list_sessions
from .login import login, logout
from .logs import logs
from .operations import operation
from .options import host_options, output_options, requested_format
from .sandboxes import demo, sandbox
from .sessions import create, delete, get, update
from .settings import Settings
from .user_services import open_service
from .whoami import whoami

STANDARD_STREAMS = (1, 2)  # the file descriptors of standard output and standard error


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("demo", "create -f session.yaml --wait", "list prj_1", "help run"),
)
@host_options
@output_options
@click.option("--version", "is_version_wanted", is_flag=True, help="Show the version, as the command `version` does.")
@click.pass_context
def command_line(context: click.Context, *, is_version_wanted: bool) -> None:
    """Create, run and end Anyscale sessions.

    The token comes from the environment variable ANYSCALE_CLI_TOKEN, else from ~/.anyscale/credentials.json.

    Exit codes: 0 success; 1 a sweep left sessions alive, or the output could not be written; 2 bad input; 3 refused by
    the server; 4 the server was not reached, or its response was unusable; 5 a wait failed or timed out; 6 the outcome
    is unknown; 125 a failure of `run` or `command wait`, which otherwise end with the exit code of the command in the
    session; 130 interrupted.
    """
    if is_version_wanted:
        show_version(context.obj)
    elif context.invoked_subcommand is None:
        raise click.UsageError("Missing command.", context)


COMMANDS = (
    call_operation,
    command,
    completion,
    create,
    delete,
    demo,
    events,
    fleet_group,
    get,
    help_command,
    list_sessions,
    login,
    logout,
    logs,
    open_service,
    operation,
    run_command,
    sandbox,
    start,
    terminate,
    update,
    version,
    wait,
    whoami,
)
for each in COMMANDS:
    command_line.add_command(each)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code."""
    settings = Settings(output_format=requested_format(arguments))
    try:
        instruction = os.environ.get(COMPLETION_VARIABLE)
        if instruction:  # a shell asks what can come next
            return shell_complete(command_line, {"obj": settings}, NAME, COMPLETION_VARIABLE, instruction)
        return _run(arguments, settings)
    except OSError as error:
        # Clients translate their own OSErrors, so this one came from writing the output.
        with suppress(OSError):
            if error.errno != errno.EPIPE:
                message = f"the output cannot be written: {error.strerror}"
                settings.output.fail({"type": "OutputError", "message": message})
        _discard_output()
        return settings.failure_code or OUTPUT_FAILED


def _run(arguments: Sequence[str], settings: Settings) -> int:
    try:
        with _shown_warnings(settings), command_line.make_context(NAME, list(arguments), obj=settings) as context:
            command_line.invoke(context)
    except click.exceptions.Exit as exit_request:
        return exit_request.exit_code
    except EXPECTED_ERRORS as error:
        settings.output.fail(error_fields(error, settings.ids, settings.notes))
        return exit_code_of(error, settings.failure_code)
    return 0


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
