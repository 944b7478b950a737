"""The command that shows the events of a session, or follows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import click

from anyscale_sessions.client import SessionsClient
from anyscale_sessions_api.models.session_event import SessionEvent

from .command import api_command
from .fields import visible_fields
from .options import interval_option, interval_s_of, session_argument
from .polling import polls
from .session_names import session_id_of
from .settings import Settings

COLUMNS = ("timestamp", "log_level", "event_type", "description")
# A later request also asks for events that were recorded late, with an earlier time.
OVERLAP = timedelta(seconds=60)


@api_command(examples_of=("events ses_1", "events nightly --project prj_1 --follow"))
@session_argument
@click.option("--follow", is_flag=True, help="Then write each new event, until Ctrl-C.")
@interval_option
def events(settings: Settings, *, session: str, project: str | None, follow: bool, interval: float | None) -> None:
    """Show the events of a session, oldest first."""
    interval_s = interval_s_of(interval, "--follow", is_set=follow)
    with settings.client() as client:
        session_id = settings.ids["session_id"] = session_id_of(client, session, project)
        if follow:
            _follow(settings, client, session_id, interval_s)
        else:
            found = _in_order(client.get_session_event_log(session_id))
            settings.output.show_all([visible_fields(event) for event in found], COLUMNS)


def _follow(settings: Settings, client: SessionsClient, session_id: str, interval_s: float) -> None:
    write = settings.output.stream(COLUMNS)
    seen: dict[str, SessionEvent] = {}

    def read() -> list[SessionEvent]:
        times = [event.timestamp for event in seen.values()]
        after = max(times) - OVERLAP if times else None
        return _in_order(client.get_session_event_log(session_id, after=after))

    for found in polls(settings, read, interval_s):
        for event in found:
            if event.id not in seen:
                seen[event.id] = event
                write(visible_fields(event))


def _in_order(events: Iterable[SessionEvent]) -> list[SessionEvent]:
    return sorted(events, key=lambda event: event.timestamp)
