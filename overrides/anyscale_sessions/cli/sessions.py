"""The commands that call the Sessions API, a thin layer over the client's methods."""

from __future__ import annotations

import time

import click

from .fields import visible_fields
from .session_files import read_session_file
from .settings import Settings, host_option, output_option, show_token_option, timeout_option
from .waiters import SessionWaiter, bounded, left_of

LIST_COLUMNS = ("id", "name", "state", "created_at")
COMMAND_FAILED = 1


@click.command()
@click.option(
    "-f", "--file", required=True, metavar="FILE", help="A CreateSession in YAML or JSON, or - for standard input."
)
@click.option("--wait", is_flag=True, help="Also start the session, and wait until it is Running.")
@timeout_option
@show_token_option
@host_option
@output_option
@click.pass_obj
def create(settings: Settings, *, file: str, wait: bool, timeout: float, show_token: bool) -> None:
    """Create the session that a file describes."""
    body = read_session_file(file)
    with settings.client() as client:
        began = time.monotonic()
        session = (bounded(client, timeout) if wait else client).create_session(body)
        settings.created_session_id = session.id
        if wait:
            session = SessionWaiter(client, settings.output, left_of(timeout, began)).start(session.id)
    settings.output.show(visible_fields(session, show_token=show_token))


@click.command()
@click.argument("session_id", metavar="ID")
@show_token_option
@host_option
@output_option
@click.pass_obj
def get(settings: Settings, *, session_id: str, show_token: bool) -> None:
    """Show a session."""
    with settings.client() as client:
        session = client.get_session(session_id)
    settings.output.show(visible_fields(session, show_token=show_token))


@click.command("list")
@click.argument("project_id")
@host_option
@output_option
@click.pass_obj
def list_sessions(settings: Settings, *, project_id: str) -> None:
    """List the sessions of a project."""
    with settings.client() as client:
        sessions = [visible_fields(session) for session in client.list_sessions(project_id)]
    settings.output.show_all(sessions, LIST_COLUMNS)


@click.command("run")
@click.argument("session_id", metavar="ID")
@click.argument("shell_command", metavar="COMMAND")
@timeout_option
@host_option
@output_option
@click.pass_context
def run_command(context: click.Context, *, session_id: str, shell_command: str, timeout: float) -> None:
    """Run a shell command in a session and wait until it has finished.

    The exit code is 0 if the shell command ends with 0, else 1. The output has the shell command's own `status_code`.
    """
    settings: Settings = context.obj
    with settings.client() as client, settings.output.progress() as report:
        report(f"session {session_id}: the command is running")
        command = client.run_command(session_id, shell_command, timeout=timeout)
    settings.output.show(visible_fields(command))
    if command.status_code != 0:
        context.exit(COMMAND_FAILED)


@click.command()
@click.argument("session_id", metavar="ID")
@click.option("--wait", is_flag=True, help="Wait until the session is Running.")
@timeout_option
@show_token_option
@host_option
@output_option
@click.pass_obj
def start(settings: Settings, *, session_id: str, wait: bool, timeout: float, show_token: bool) -> None:
    """Start a session and show the operation; with --wait, wait until the session is Running and show it."""
    with settings.client() as client:
        waiter = SessionWaiter(client, settings.output, timeout)
        started = waiter.start(session_id) if wait else client.start_session(session_id)
    settings.output.show(visible_fields(started, show_token=show_token))


@click.command()
@click.argument("session_id", metavar="ID")
@click.option("--wait", is_flag=True, help="Wait until the session is Terminated.")
@timeout_option
@host_option
@output_option
@click.pass_obj
def terminate(settings: Settings, *, session_id: str, wait: bool, timeout: float) -> None:
    """Terminate a session and show the operation; with --wait, wait until the session is Terminated and show it."""
    with settings.client() as client:
        waiter = SessionWaiter(client, settings.output, timeout)
        terminated = waiter.terminate(session_id) if wait else client.terminate_session(session_id)
    settings.output.show(visible_fields(terminated))
