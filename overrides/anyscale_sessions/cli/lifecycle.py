"""The commands that start and terminate sessions, and wait for their states."""

from __future__ import annotations

import click

from anyscale_sessions_api.models.session_state import SessionState

from .command import api_command
from .fields import visible_fields
from .lists import STATES
from .options import NearestChoice, session_argument, show_token_option, timeout_option
from .session_names import session_id_of
from .settings import Settings
from .waiters import SessionWaiter, start_once, terminate_once


@api_command(examples_of=("start ses_1", "start nightly --project prj_1 --wait --timeout 20m"))
@session_argument
@click.option("--wait", is_flag=True, help="Wait until the session is Running.")
@timeout_option
@show_token_option
def start(
    settings: Settings, *, session: str, project: str | None, wait: bool, timeout: float, show_token: bool
) -> None:
    """Start a session and show the operation; with --wait, wait until the session is Running and show it.

    If the session already runs or is on its way to that, this is no error: the command shows the session.
    """
    with settings.client() as client, settings.progress() as report:
        session_id = settings.ids["session_id"] = session_id_of(client, session, project)
        waiter = SessionWaiter(client, report, timeout)
        started = waiter.start(session_id) if wait else start_once(client, session_id)
    settings.output.show(visible_fields(started, show_token=show_token))


@api_command(examples_of=("terminate ses_1", "terminate nightly --project prj_1 --wait"))
@session_argument
@click.option("--wait", is_flag=True, help="Wait until the session is Terminated.")
@timeout_option
def terminate(settings: Settings, *, session: str, project: str | None, wait: bool, timeout: float) -> None:
    """Terminate a session and show the operation; with --wait, wait until the session is Terminated and show it.

    If the session already is Terminated or on its way to that, this is no error: the command shows the session.
    """
    with settings.client() as client, settings.progress() as report:
        session_id = settings.ids["session_id"] = session_id_of(client, session, project)
        waiter = SessionWaiter(client, report, timeout)
        terminated = waiter.terminate(session_id) if wait else terminate_once(client, session_id)
    settings.output.show(visible_fields(terminated))


@api_command(examples_of=("wait ses_1", "wait nightly --project prj_1 --for Terminated --timeout 10m"))
@session_argument
@click.option(
    "--for",
    "state",
    type=NearestChoice(STATES),
    default=SessionState.RUNNING.value,
    show_default=True,
    metavar="STATE",
    help="The state to wait for.",
)
@timeout_option
@show_token_option
def wait(
    settings: Settings, *, session: str, project: str | None, state: str, timeout: float, show_token: bool
) -> None:
    """Wait until a session is in a state, and show it. This also resumes a wait that was interrupted."""
    with settings.client() as client, settings.progress() as report:
        session_id = settings.ids["session_id"] = session_id_of(client, session, project)
        found = SessionWaiter(client, report, timeout).wait(session_id, SessionState(state))
    settings.output.show(visible_fields(found, show_token=show_token))
