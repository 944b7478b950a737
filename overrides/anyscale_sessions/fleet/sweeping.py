"""`sweep`: terminate the sessions that crashed workers left alive."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from .._config.options import flag_problems
from .._utils.records import Record
from ..exceptions import InvalidRequestError, Problem, SessionsError
from .calls import search_steps, terminate_steps
from .decisions import SweepRule, age_order
from .names import name_prefix, word_problems
from .results import Swept
from .steps import Steps, drive, drive_async

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

    from .._sansio.messages import Clock
    from ..client import AsyncSessionsClient, SessionsClient

CONCURRENCY: Final = 20
MAX_AGE: Final = timedelta(days=36500)


def sweep(
    client: SessionsClient,
    project_id: str,
    *,
    fleet: str | None = None,
    name_prefix: str | None = None,
    older_than: timedelta | None = None,
    dry_run: bool = True,
) -> Swept:
    """Terminate the sessions of a fleet that are past their deadlines, or sessions by the start of their names and age.

    The server filters by state and name. Other sessions are not changed, and are not in the result.

    Args:
        client: the client that sends the requests.
        project_id: the project of the sessions.
        fleet: the name of a fleet.
        name_prefix: how the names of the sessions begin, instead of `fleet`. It requires `older_than`.
        older_than: the age from which a session is terminated; with `fleet`, also before its deadline.
        dry_run: change nothing, and return which sessions would be terminated.

    Raises:
        InvalidRequestError: an argument is missing or breaks a rule; nothing was sent.
        SessionsError: the search failed. If a termination fails, its session is in the result.
    """
    rule = sweep_rule(fleet=fleet, prefix=name_prefix, older_than=older_than, dry_run=dry_run)
    members = drive(member_steps(project_id, rule, client.clock.now()), client)
    return sweep_members(client, members, dry_run=dry_run)


async def sweep_async(
    client: AsyncSessionsClient,
    project_id: str,
    *,
    fleet: str | None = None,
    name_prefix: str | None = None,
    older_than: timedelta | None = None,
    dry_run: bool = True,
) -> Swept:
    """`sweep` for an asynchronous client. It terminates 20 sessions at the same time."""
    import anyio

    rule = sweep_rule(fleet=fleet, prefix=name_prefix, older_than=older_than, dry_run=dry_run)
    members = await drive_async(member_steps(project_id, rule, client.clock.now()), client)
    failed: set[str] = set()
    waiting = iter(() if dry_run else _due_ids(members))

    async def terminate_waiting() -> None:
        for session_id in waiting:
            if await drive_async(_fails_steps(session_id, client.clock), client):
                failed.add(session_id)

    async with anyio.create_task_group() as tasks:
        for _ in range(CONCURRENCY):
            tasks.start_soon(terminate_waiting)
    return _swept(members, failed)


class Member(Record, frozen=True):
    """A live session that matches the rule of a sweep.

    Attributes:
        session_id: its id.
        name: its name.
        state: its state.
        created_at: when it was created, if the server sent this.
        idle_since: when it was last active, if the server sent this.
        is_due: whether the sweep terminates it.
    """

    session_id: str
    name: str
    state: str
    created_at: datetime | None
    idle_since: datetime | None
    is_due: bool


def sweep_rule(
    *, fleet: str | None, prefix: str | None, older_than: timedelta | None, dry_run: bool = True
) -> SweepRule:
    """The rule of a sweep with these arguments. Raises `InvalidRequestError`."""
    flags = flag_problems({"dry_run": dry_run})
    problems = [*_choice_problems(fleet, prefix), *_age_problems(prefix, older_than), *flags]
    if problems:
        raise InvalidRequestError.of("sweep", problems)
    return SweepRule(fleet, prefix or "", older_than)


def _choice_problems(fleet: object, prefix: object) -> Iterator[Problem]:
    if (fleet is None) == (prefix is None):
        yield Problem("fleet", "exactly one of fleet and name_prefix is required", "pass one of them")
    elif fleet is not None:
        yield from word_problems({"fleet": fleet})
    elif not isinstance(prefix, str) or not prefix.strip():
        yield Problem("name_prefix", "must be text that is not blank", "pass the start of the names")


def _age_problems(prefix: object, older_than: object) -> Iterator[Problem]:
    if older_than is None:
        if prefix is not None:
            rule = "is required with name_prefix, because only the names of a fleet's sessions have a deadline"
            yield Problem("older_than", rule, "pass a value such as timedelta(hours=2)")
    elif not isinstance(older_than, timedelta) or not timedelta(0) <= older_than <= MAX_AGE:
        rule = f"must be a timedelta from 0 to {MAX_AGE.days} days"
        yield Problem("older_than", rule, "pass a value such as timedelta(hours=2)")
    elif prefix is not None and not older_than:
        yield Problem("older_than", "must be above 0 with name_prefix", "pass a value such as timedelta(hours=2)")


def member_steps(project_id: str, rule: SweepRule, now: datetime) -> Steps[list[Member]]:
    """The live sessions that match the rule, oldest first."""

    def member(session: Session) -> tuple[Any, Member] | None:
        if not rule.matches(session):
            return None
        is_due, active_at = rule.is_due(session, now), session.idle_timeout_last_activity_at
        matching = Member(session.id, session.name, str(session.state), session.created_at, active_at, is_due)
        return age_order(session), matching

    text = rule.prefix if rule.fleet is None else name_prefix(rule.fleet)
    matching = yield from search_steps(project_id, text, member)
    # If sessions are created while the pages are read, a page can repeat a session.
    return [member for _, member in sorted(dict(matching).items())]


def sweep_members(client: SessionsClient, members: Sequence[Member], *, dry_run: bool) -> Swept:
    """Terminate the sessions that are due, one after the other."""
    due = () if dry_run else _due_ids(members)
    failed = {session_id for session_id in due if drive(_fails_steps(session_id, client.clock), client)}
    return _swept(members, failed)


def _fails_steps(session_id: str, clock: Clock) -> Steps[bool]:
    """Terminate a session. Return whether that failed."""
    try:
        yield from terminate_steps(session_id, clock)
    except SessionsError:
        return True
    return False


def _due_ids(members: Sequence[Member]) -> list[str]:
    return [member.session_id for member in members if member.is_due]


def _swept(members: Sequence[Member], failed: Container[str]) -> Swept:
    due = _due_ids(members)
    return Swept(
        terminated=tuple(session_id for session_id in due if session_id not in failed),
        kept=tuple(member.session_id for member in members if not member.is_due),
        failed=tuple(session_id for session_id in due if session_id in failed),
    )
