"""The commands that run commands in sessions, and wait for them."""

from __future__ import annotations

import shlex
import time

import click

from anyscale_sessions.client import SessionsClient
from anyscale_sessions_api.models.create_session_command import CreateSessionCommand
from anyscale_sessions_api.models.session_command import SessionCommand

from .command import NAME, PassThroughCommand, api_command, examples
from .errors import FAILED
from .fields import visible_fields
from .options import session_argument, timeout_option
from .session_names import session_id_of
from .settings import Settings
from .waiters import bounded, left_of

COLUMNS = ("id", "shell_command", "status_code", "created_at")
SIGNALED = 128
HIGHEST_CODE = 255
KILLED = 137  # 128 + 9, the number of SIGKILL


@api_command(
    "run",
    cls=PassThroughCommand,
    examples_of=(
        "run ses_1 -- python train.py --epochs 3",
        "run nightly --project prj_1 'cd /mnt && ls | wc -l'",
        "run ses_1 --detach -- sleep 600",
    ),
)
@session_argument
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True)
@click.option("--detach", is_flag=True, help="Show the command and do not wait until it has finished.")
@timeout_option
@click.pass_context
def run_command(
    context: click.Context,
    settings: Settings,
    *,
    session: str,
    project: str | None,
    words: tuple[str, ...],
    detach: bool,
    timeout: float,
) -> None:
    """Run a shell command in a session and wait until it has finished.

    One argument is shell text; several are quoted and joined. Write -- in front of them if one begins with a dash.

    The exit code is that of the command, or 128 plus the number of the signal that ended it. Failures of this program
    end with 125, and Ctrl-C with 130. The command continues to run then, and its id is shown.
    """
    shell_command = words[0] if len(words) == 1 else shlex.join(words)
    began = time.monotonic()
    with settings.client() as client:
        session_id = settings.ids["session_id"] = session_id_of(client, session, project)
        body = CreateSessionCommand(session_id=session_id, shell_command=shell_command)
        created = bounded(client, timeout).create_session_command(body)
        if detach:
            settings.output.show(visible_fields(created))
            return
        settings.output.note(f"command {created.id} was started", {"session_id": session_id, "command_id": created.id})
        finished = _wait(settings, client, created.id, left_of(timeout, began))
    _conclude(context, settings, finished)


@click.group(no_args_is_help=False, epilog=examples("command list ses_1", "command wait scd_1", "command kill scd_1"))
def command() -> None:
    """List, show, wait for and kill the commands that run in sessions."""


@api_command("list", examples_of=("command list ses_1",))
@session_argument
def list_commands(settings: Settings, *, session: str, project: str | None) -> None:
    """List the commands of a session."""
    with settings.client() as client:
        session_id = session_id_of(client, session, project)
        found = [visible_fields(each) for each in client.list_session_commands(session_id)]
    settings.output.show_all(found, COLUMNS)


@api_command("get", examples_of=("command get scd_1",))
@click.argument("command_id", metavar="COMMAND")
def get_command(settings: Settings, *, command_id: str) -> None:
    """Show a command, with its status code if it has finished."""
    with settings.client() as client:
        found = client.get_session_command(command_id)
    settings.output.show(visible_fields(found))


@api_command("wait", cls=PassThroughCommand, examples_of=("command wait scd_1", "command wait scd_1 --timeout 2h"))
@click.argument("command_id", metavar="COMMAND")
@timeout_option
@click.pass_context
def wait_for_command(context: click.Context, settings: Settings, *, command_id: str, timeout: float) -> None:
    """Wait until a command has finished, and show it. The exit code is that of the command, as for `run`."""
    with settings.client() as client:
        finished = _wait(settings, client, command_id, timeout)
    _conclude(context, settings, finished)


@api_command("kill", examples_of=("command kill scd_1",))
@click.argument("command_id", metavar="COMMAND")
def kill_command(settings: Settings, *, command_id: str) -> None:
    """Kill a command and show it."""
    with settings.client() as client:
        killed = client.kill_session_command(command_id)
    settings.output.show(visible_fields(killed))


for each in (list_commands, get_command, wait_for_command, kill_command):
    command.add_command(each)


def _wait(settings: Settings, client: SessionsClient, command_id: str, timeout_s: float) -> SessionCommand:
    settings.ids["command_id"] = command_id
    settings.notes.append(
        f"The command {command_id} may still run. To wait for it again: {NAME} command wait {command_id}"
    )
    with settings.progress() as report:

        def on_progress(command: SessionCommand) -> None:
            report(f"waiting for command {command.id} to finish; last seen: {_state_of(command)}")

        return client.wait_for_session_command(command_id, timeout_s, on_progress=on_progress)


def _state_of(command: SessionCommand) -> str:
    if command.killed_at is not None:
        return "killed"
    return "running" if command.finished_at is None else f"finished with status code {command.status_code}"


def _conclude(context: click.Context, settings: Settings, finished: SessionCommand) -> None:
    """Show a command that has ended, and end this process with its exit code."""
    settings.output.show(visible_fields(finished))
    context.exit(exit_code_for(finished.status_code))


def exit_code_for(status_code: int | None) -> int:
    """Return the exit code for the status code of a command: its own, or 128 + n for the signal n."""
    if status_code is None:  # a killed command can lack one
        return KILLED
    code = SIGNALED - status_code if status_code < 0 else status_code
    return code if code <= HIGHEST_CODE else FAILED
