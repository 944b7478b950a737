"""The commands below `fleet`: list the sessions of a fleet, and terminate those that crashed workers left alive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from .command import api_command, examples
from .durations import Duration
from .settings import Settings

if TYPE_CHECKING:
    from anyscale_sessions.fleet.sweeping import Member

COLUMNS = ("id", "name", "state", "age", "idle", "due")
SESSIONS_LEFT = 1
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


project_option = click.option("--project", "project_id", required=True, metavar="ID", help="The project of the fleet.")


@click.group(
    "fleet",
    no_args_is_help=False,
    epilog=examples("fleet list eval --project prj_1", "fleet sweep --fleet eval --project prj_1"),
)
def fleet_group() -> None:
    """List the sessions of a fleet, or terminate sessions that crashed workers left alive."""


@api_command("list", examples_of=("fleet list eval --project prj_1",))
@click.argument("name")
@project_option
def list_fleet(settings: Settings, *, name: str, project_id: str) -> None:
    """List the live sessions of a fleet, oldest first."""
    from anyscale_sessions.fleet.steps import drive
    from anyscale_sessions.fleet.sweeping import member_steps, sweep_rule

    rule = sweep_rule(fleet=name, prefix=None, older_than=None)
    with settings.client() as client:
        now = client.clock.now()
        members = drive(member_steps(project_id, rule, now), client)
    settings.output.show_all(_rows(members, now), COLUMNS)


@api_command(
    "sweep",
    examples_of=(
        "fleet sweep --fleet eval --project prj_1",
        "fleet sweep --prefix nightly- --older-than 1d12h --project prj_1 --yes",
    ),
)
@click.option(
    "--fleet", "name", metavar="NAME", help="Terminate the sessions of this fleet that are past their deadline."
)
@click.option(
    "--prefix", metavar="PREFIX", help="Terminate sessions by the start of their names. It requires --older-than."
)
@click.option(
    "--older-than", type=Duration(None), metavar="DURATION", help="Terminate sessions from this age on, such as 2h."
)
@click.option("--yes", is_flag=True, help="Terminate them. Without it, only show them.")
@project_option
@click.pass_context
def sweep_fleet(
    context: click.Context,
    settings: Settings,
    *,
    name: str | None,
    prefix: str | None,
    older_than: float | None,
    yes: bool,
    project_id: str,
) -> None:
    """Terminate sessions that are past their deadline or older than an age. Without --yes, only show them.

    The exit code is 1 if a session that matches is left alive.
    """
    from anyscale_sessions.fleet.steps import drive
    from anyscale_sessions.fleet.sweeping import member_steps, sweep_members, sweep_rule

    age = None if older_than is None else timedelta(seconds=older_than)
    rule = sweep_rule(fleet=name, prefix=prefix, older_than=age)
    with settings.client() as client:
        now = client.clock.now()
        members = drive(member_steps(project_id, rule, now), client)
        swept = sweep_members(client, members, dry_run=not yes)
    due = _rows([member for member in members if member.is_due], now)
    if settings.output_format == "table" and settings.query is None and due:
        settings.output.show_all(due, COLUMNS[:-1])
    verb = "terminated" if yes else "to terminate with --yes"
    sentence = f"{len(swept.terminated)} {verb}, {len(swept.kept)} not due, {len(swept.failed)} failed"
    ids = {"terminated": list(swept.terminated), "kept": list(swept.kept), "failed": list(swept.failed)}
    settings.output.conclude(sentence, {"dry_run": not yes, "due": due, **ids})
    if swept.kept or swept.failed or (due and not yes):
        context.exit(SESSIONS_LEFT)


for command in (list_fleet, sweep_fleet):
    fleet_group.add_command(command)


def _rows(members: Sequence[Member], now: datetime) -> list[dict[str, object]]:
    return [
        {
            "id": member.session_id,
            "name": member.name,
            "state": member.state,
            "age": age_of(member.created_at, now),
            "idle": age_of(member.idle_since, now),
            "due": member.is_due,
        }
        for member in members
    ]


def age_of(moment: datetime | None, now: datetime) -> str | None:
    """How long ago a moment was, in its two largest units."""
    if moment is None:
        return None
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds >= DAY_S:
        return f"{seconds // DAY_S}d{seconds % DAY_S // HOUR_S}h"
    if seconds >= HOUR_S:
        return f"{seconds // HOUR_S}h{seconds % HOUR_S // MINUTE_S}m"
    return f"{seconds // MINUTE_S}m{seconds % MINUTE_S}s"
