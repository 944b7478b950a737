"""The commands that create, show, update and delete sessions."""

from __future__ import annotations

import time

import click

from anyscale_sessions_api.models.update_session import UpdateSession

from .command import api_command
from .durations import IdleTimeout
from .fields import visible_fields
from .options import session_argument, show_token_option, timeout_option
from .session_files import read_session_file
from .session_names import session_id_of
from .settings import Settings
from .waiters import SessionWaiter, bounded, left_of


@api_command(examples_of=("create -f session.yaml", "create -f session.yaml --wait --timeout 20m"))
@click.option(
    "-f", "--file", required=True, metavar="FILE", help="A CreateSession in YAML or JSON, or - for standard input."
)
@click.option("--wait", is_flag=True, help="Also start the session, and wait until it is Running.")
@timeout_option
@show_token_option
def create(settings: Settings, *, file: str, wait: bool, timeout: float, show_token: bool) -> None:
    """Create the session that a file describes."""
    body = read_session_file(file)
    with settings.client() as client, settings.progress() as report:
        began = time.monotonic()
        session = (bounded(client, timeout) if wait else client).create_session(body)
        settings.ids["session_id"] = session.id
        settings.notes.append(f"The session {session.id} was created and still exists.")
        if wait:
            session = SessionWaiter(client, report, left_of(timeout, began)).start(session.id)
    settings.output.show(visible_fields(session, show_token=show_token))


@api_command(examples_of=("get ses_1", "get nightly --project prj_1 --query state"))
@session_argument
@show_token_option
def get(settings: Settings, *, session: str, project: str | None, show_token: bool) -> None:
    """Show a session."""
    with settings.client() as client:
        found = client.get_session(session_id_of(client, session, project))
    settings.output.show(visible_fields(found, show_token=show_token))


@api_command(examples_of=("update ses_1 --idle-timeout 2h", "update nightly --project prj_1 --idle-timeout never"))
@session_argument
@click.option(
    "--idle-timeout",
    type=IdleTimeout(),
    required=True,
    metavar="DURATION",
    help="Stop the session after it was idle for this time, in minutes or such as 90m or 2h; never (-1) to keep it.",
)
@show_token_option
def update(settings: Settings, *, session: str, project: str | None, idle_timeout: int, show_token: bool) -> None:
    """Change the settings of a session and show it."""
    with settings.client() as client:
        session_id = session_id_of(client, session, project)
        updated = client.update_session(session_id, UpdateSession(idle_timeout=idle_timeout))
    settings.output.show(visible_fields(updated, show_token=show_token))


@api_command(examples_of=("delete ses_1", "delete nightly --project prj_1"))
@session_argument
def delete(settings: Settings, *, session: str, project: str | None) -> None:
    """Delete a session for good. Terminate it first."""
    with settings.client() as client:
        session_id = session_id_of(client, session, project)
        settings.ids["session_id"] = session_id
        client.delete_session(session_id)
    settings.output.conclude(f"Deleted the session {session_id}.", {"id": session_id, "deleted": True})
