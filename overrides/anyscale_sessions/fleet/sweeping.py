"""`sweep`: end the sessions that crashed workers have left, and nothing else."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from .._utils.records import Record
from ..exceptions import InvalidRequestError, Problem, SessionsError
from .calls import search_steps, terminate_steps
from .decisions import SweepRule, age_order
from .names import name_prefix, word_problems
from .results import Swept
from .steps import Steps, drive, drive_async

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

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
    """Terminate the sessions of a fleet whose deadlines have passed, or those of a name that are older than asked.

    The server filters by state and name. What does not match is neither touched nor in the result.

    Args:
        client: what to send the calls with.
        project_id: the project that the sessions are in.
        fleet: the name of a fleet.
        name_prefix: what the names of the sessions begin with, instead of `fleet`; needs `older_than`.
        older_than: the age from which a session is terminated; with `fleet`, also before its deadline.
        dry_run: change nothing, and return what would be terminated.

    Raises:
        InvalidRequestError: the arguments do not say which sessions; nothing was sent.
        SessionsError: the sessions cannot be searched for. A termination that fails is in the result instead.
    """
    rule = sweep_rule(fleet=fleet, prefix=name_prefix, older_than=older_than)
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
    """`sweep` for an asynchronous client; it terminates 20 sessions at a time."""
    import anyio

    rule = sweep_rule(fleet=fleet, prefix=name_prefix, older_than=older_than)
    members = await drive_async(member_steps(project_id, rule, client.clock.now()), client)
    failed: set[str] = set()
    waiting = iter(() if dry_run else _due_ids(members))

    async def terminate_waiting() -> None:
        for session_id in waiting:
            if await drive_async(_fails_steps(session_id), client):
                failed.add(session_id)

    async with anyio.create_task_group() as tasks:
        for _ in range(CONCURRENCY):
            tasks.start_soon(terminate_waiting)
    return _swept(members, failed)


class Member(Record, frozen=True):
    """A session that a sweep is about.

    Attributes:
        session_id: its id.
        name: its name.
        state: its state.
        created_at: when it was created, as far as the server says.
        idle_since: when it was last active, as far as the server says.
        is_due: whether a sweep ends it.
    """

    session_id: str
    name: str
    state: str
    created_at: datetime | None
    idle_since: datetime | None
    is_due: bool


def sweep_rule(*, fleet: str | None, prefix: str | None, older_than: timedelta | None) -> SweepRule:
    """The rule that these arguments of a sweep make. Raises `InvalidRequestError`."""
    problems = [*_choice_problems(fleet, prefix), *_age_problems(prefix, older_than)]
    if problems:
        raise InvalidRequestError.of("sweep", problems)
    return SweepRule(fleet, prefix or "", older_than)


def _choice_problems(fleet: object, prefix: object) -> Iterator[Problem]:
    if (fleet is None) == (prefix is None):
        yield Problem("fleet", "must be given, or else name_prefix", "pass one of the two")
    elif fleet is not None:
        yield from word_problems({"fleet": fleet})
    elif not isinstance(prefix, str) or not prefix.strip():
        yield Problem("name_prefix", "must be text that is not blank", "pass what the names begin with")


def _age_problems(prefix: object, older_than: object) -> Iterator[Problem]:
    if older_than is None:
        if prefix is not None:
            rule = "must be given with name_prefix, as only the names of a fleet's sessions have a deadline"
            yield Problem("older_than", rule, "pass one such as timedelta(hours=2)")
    elif not isinstance(older_than, timedelta) or not timedelta(0) <= older_than <= MAX_AGE:
        yield Problem("older_than", "must be a timedelta that is not negative", "pass one such as timedelta(hours=2)")
    elif prefix is not None and not older_than:
        rule = "must be above 0 with name_prefix"
        yield Problem("older_than", rule, "pass one such as timedelta(hours=2)")


def member_steps(project_id: str, rule: SweepRule, now: datetime) -> Steps[list[Member]]:
    """The live sessions that a sweep is about, oldest first."""

    def member(session: Session) -> tuple[Any, Member] | None:
        if not rule.matches(session):
            return None
        is_due, activity = rule.is_due(session, now), session.idle_timeout_last_activity_at
        found = Member(session.id, session.name, str(session.state), session.created_at, activity, is_due)
        return age_order(session), found

    text = rule.prefix if rule.fleet is None else name_prefix(rule.fleet)
    found = yield from search_steps(project_id, text, member)
    # A page that was read while sessions were created can repeat one.
    return [member for _, member in sorted(dict(found).items())]


def sweep_members(client: SessionsClient, members: Sequence[Member], *, dry_run: bool) -> Swept:
    """Terminate those of the sessions that are due, one after the other."""
    due = () if dry_run else _due_ids(members)
    return _swept(members, {session_id for session_id in due if drive(_fails_steps(session_id), client)})


def _fails_steps(session_id: str) -> Steps[bool]:
    """Terminate a session; return whether that failed."""
    try:
        yield from terminate_steps(session_id)
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
