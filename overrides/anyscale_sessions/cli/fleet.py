"""The commands below `fleet`: list the sessions of a fleet, and terminate those that crashed workers left alive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from .output import TextOutput
from .settings import Settings, host_option, output_option

if TYPE_CHECKING:
    from anyscale_sessions.fleet.sweeping import Member

COLUMNS = ("id", "name", "state", "age", "idle", "due")
SESSIONS_LEFT = 1
DURATION_UNITS = ("days", "hours", "minutes", "seconds")
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400

_DURATION = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


def _read_duration(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta | None:
    """Read a duration such as 2h, 1h30m or 3d. Its units are in descending order."""
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    if match is None or not match[0]:
        raise click.BadParameter(f"{text!r} is not a duration; write one such as 2h, 90m or 1d12h.")
    counts = zip(DURATION_UNITS, match.groups(), strict=True)
    return timedelta(**{unit: int(count) for unit, count in counts if count is not None})


project_option = click.option("--project", "project_id", required=True, metavar="ID", help="The project of the fleet.")


@click.group("fleet")
@output_option
def fleet_group() -> None:
    """List the sessions of a fleet, or terminate sessions that crashed workers left alive."""


@fleet_group.command("list")
@click.argument("name")
@project_option
@host_option
@output_option
@click.pass_obj
def list_fleet(settings: Settings, *, name: str, project_id: str) -> None:
    """List the live sessions of a fleet, oldest first."""
    from anyscale_sessions.fleet.steps import drive
    from anyscale_sessions.fleet.sweeping import member_steps, sweep_rule

    rule = sweep_rule(fleet=name, prefix=None, older_than=None)
    with settings.client() as client:
        now = client.clock.now()
        members = drive(member_steps(project_id, rule, now), client)
    settings.output.show_all(_rows(members, now), COLUMNS)


@fleet_group.command("sweep")
@click.option(
    "--fleet", "name", metavar="NAME", help="Terminate the sessions of this fleet that are past their deadline."
)
@click.option(
    "--prefix", metavar="PREFIX", help="Terminate sessions by the start of their names. It requires --older-than."
)
@click.option(
    "--older-than", callback=_read_duration, metavar="DURATION", help="Terminate sessions from this age on, such as 2h."
)
@click.option("--yes", is_flag=True, help="Terminate them. Without it, only show them.")
@project_option
@host_option
@output_option
@click.pass_context
def sweep_fleet(
    context: click.Context,
    *,
    name: str | None,
    prefix: str | None,
    older_than: timedelta | None,
    yes: bool,
    project_id: str,
) -> None:
    """Terminate sessions that are past their deadline or older than an age. Without --yes, only show them.

    The exit code is 1 if a session that matches is left alive.
    """
    from anyscale_sessions.fleet.steps import drive
    from anyscale_sessions.fleet.sweeping import member_steps, sweep_members, sweep_rule

    settings: Settings = context.obj
    rule = sweep_rule(fleet=name, prefix=prefix, older_than=older_than)
    with settings.client() as client:
        now = client.clock.now()
        members = drive(member_steps(project_id, rule, now), client)
        swept = sweep_members(client, members, dry_run=not yes)
    due = _rows([member for member in members if member.is_due], now)
    if isinstance(settings.output, TextOutput) and due:
        settings.output.show_all(due, COLUMNS[:-1])
    verb = "terminated" if yes else "to terminate with --yes"
    sentence = f"{len(swept.terminated)} {verb}, {len(swept.kept)} not due, {len(swept.failed)} failed"
    ids = {"terminated": list(swept.terminated), "kept": list(swept.kept), "failed": list(swept.failed)}
    settings.output.conclude(sentence, {"dry_run": not yes, "due": due, **ids})
    if swept.kept or swept.failed or (due and not yes):
        context.exit(SESSIONS_LEFT)


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
