"""The command that lists the sessions of a project, or watches the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

import click

from anyscale_sessions.client import SessionsClient
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.models.sessions_query import SessionsQuery
from anyscale_sessions_api.models.text_query import TextQuery
from anyscale_sessions_api.types import wire_names

from .command import api_command
from .fields import Fields, secret_field_names, visible_fields
from .options import NearestChoice, interval_option, interval_s_of
from .polling import polls
from .settings import Settings

COLUMNS = ("id", "name", "state", "created_at")
STATES = tuple(state.value for state in SessionState)
SORT_FIELDS = tuple(name for name in wire_names(Session) if name not in secret_field_names())


class SortOrder(NearestChoice):
    """The name of a field, with a minus sign in front for the descending order."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value, if it names a field."""
        field = super().convert(value.removeprefix("-"), param, ctx)
        return f"-{field}" if value.startswith("-") else field


@api_command(
    "list",
    examples_of=(
        "list prj_1",
        "list prj_1 --state Running --state StartingUp --sort -created_at --limit 10",
        "list prj_1 --name nightly -o json --query '[].id'",
        "list prj_1 --watch",
    ),
)
@click.argument("project_id")
@click.option(
    "--state",
    "states",
    type=NearestChoice(STATES),
    metavar="STATE",
    multiple=True,
    help="Only sessions in this state. May be repeated.",
)
@click.option("--name", metavar="TEXT", help="Only sessions whose name contains this text.")
@click.option("--limit", type=click.IntRange(1), metavar="COUNT", help="At most this many sessions.")
@click.option(
    "--sort",
    type=SortOrder(SORT_FIELDS),
    metavar="FIELD",
    help="Sort by a field such as name or created_at; -created_at sorts in descending order.",
)
@click.option("--watch", is_flag=True, help="Then write each session that is new or has changed, until Ctrl-C.")
@interval_option
def list_sessions(
    settings: Settings,
    *,
    project_id: str,
    states: tuple[str, ...],
    name: str | None,
    limit: int | None,
    sort: str | None,
    watch: bool,
    interval: float | None,
) -> None:
    """List the sessions of a project."""
    interval_s = interval_s_of(interval, "--watch", is_set=watch)
    with settings.client() as client:

        def read() -> list[Session]:
            found = _sessions(client, project_id, states, name)
            return list(islice(found if sort is None else _in_order(found, sort), limit))

        if watch:
            _watch(settings, read, interval_s)
        else:
            settings.output.show_all([visible_fields(session) for session in read()], COLUMNS)


def _sessions(client: SessionsClient, project_id: str, states: tuple[str, ...], name: str | None) -> Iterator[Session]:
    if not states and name is None:
        return iter(client.list_sessions(project_id))
    query = SessionsQuery(
        name=None if name is None else TextQuery(contains=name), state_filter=[SessionState(state) for state in states]
    )
    return iter(client.search_sessions(project_id, query))


def _in_order(sessions: Iterator[Session], sort: str) -> list[Session]:
    """Sort by a field. Sessions without it come last, in either order."""
    field = sort.removeprefix("-")
    pairs: list[tuple[Any, Session]] = [(session.to_dict().get(field), session) for session in sessions]
    present = [
        (value if isinstance(value, int) else str(value), session) for value, session in pairs if value is not None
    ]
    present.sort(key=itemgetter(0), reverse=sort.startswith("-"))
    return [session for _, session in present] + [session for value, session in pairs if value is None]


def _watch(settings: Settings, read: Callable[[], list[Session]], interval_s: float) -> None:
    write = settings.output.stream(COLUMNS)
    last: dict[str, Fields] = {}
    for sessions in polls(settings, read, interval_s):
        rows = {session.id: visible_fields(session) for session in sessions}
        for session_id, row in rows.items():
            if row != last.get(session_id):
                write(row)
        for session_id in last.keys() - rows.keys():
            settings.output.note(f"session {session_id} is no longer in the list", {"session_id": session_id})
        last = rows
