"""What follows where the response to something that is not sent again is lost: it is looked at what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec.structs import replace

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import ABSENT, Operation

from .._fingerprint import CreateFingerprint, UsedTokens
from .._redaction import redact
from ..exceptions import (
    APIConnectionError,
    APITimeoutError,
    CreateOutcomeUnknownError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsError,
)
from ..states import AUTOMATIC_TRANSITIONS, reachable
from .call import RETRY_BUDGET_NOTE, Calls, Context, Limits, Response, Sleep, call, value_of
from .pagination import PageCursor, first_cursor
from .policies import Recovery, policy_of
from .request import Request, prepare
from .retry import http_date
from .retry_budget import RETRY_COST

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session, SessionCommand

# Part of the deadline that the request itself must leave, so that there is time to look afterwards.
LONGEST_RESERVE_S: Final = 5.0
RESERVED_SHARE: Final = 0.25
FIRST_LOOK_AGAIN_S: Final = 0.1
LONGEST_LOOK_AGAIN_S: Final = 5.0
# With less than this left, another look is not worth its while.
SHORTEST_LOOK_S: Final = 0.05
SESSIONS_A_PAGE: Final = 50

PASSING: Final = (APIConnectionError, APITimeoutError, ResponseDecodeError, ServerError, RateLimitError)
_ENDED: Final = (SessionState.TERMINATING, SessionState.TERMINATED)

T = TypeVar("T")
Look = Callable[[Limits, Context], Calls[T | None]]
"""Looks once; gives what was looked for, or `None` where it is not there (yet)."""


def recovered(operation: Operation[Any], request: Request, limits: Limits, context: Context) -> Calls[Any]:
    """Call an operation, and where its outcome is unknown, look at what came of it.

    Returns what the response would have been, if that can be told. Raises `OutcomeUnknownError` otherwise.
    """
    ends_at, since = context.clock.monotonic() + limits.deadline_s, context.clock.now()
    try:
        return (yield from call(operation, request, _without_reserve(limits), context))
    except OutcomeUnknownError as error:
        unknown = error
    look = LOOKS[policy_of(operation.id, operation.method).recovery]
    return (yield from _looked_for(look(operation, unknown, since), unknown, ends_at, limits, context))


def created(
    operation: Operation[Session],
    request: Request,
    limits: Limits,
    context: Context,
    used_tokens: UsedTokens,
    *,
    is_name_enough: bool = False,
) -> Calls[Session]:
    """Create a session, and where it is unknown whether that worked, search for it.

    Returns the session that this call has made. Raises `CreateOutcomeUnknownError` where it cannot be told.
    """
    body: Any = operation.body
    ends_at = context.clock.monotonic() + limits.deadline_s
    fingerprint = CreateFingerprint.of(body, context.clock.now(), is_name_enough=is_name_enough)
    if fingerprint.token_digest is not None:
        used_tokens.note(fingerprint.token_digest)
    try:
        session: Session = yield from call(operation, request, _without_reserve(limits), context)
    except CreateOutcomeUnknownError as error:
        unknown = error
        unknown.fingerprint = fingerprint
    else:
        return session
    return (yield from _looked_for(_search(fingerprint, unknown, used_tokens), unknown, ends_at, limits, context))


def reconciled(
    unknown: CreateOutcomeUnknownError, limits: Limits, context: Context, used_tokens: UsedTokens
) -> Calls[Session]:
    """Search for a session whose creation was left unknown. Raises a new `CreateOutcomeUnknownError` if it stays so."""
    fingerprint, again = unknown.fingerprint, CreateOutcomeUnknownError(*unknown.args)
    vars(again).update(vars(unknown))
    if fingerprint is None:
        raise again
    ends_at = context.clock.monotonic() + limits.deadline_s
    return (yield from _looked_for(_search(fingerprint, again, used_tokens), again, ends_at, limits, context))


def ensured(
    operation: Operation[Session], request: Request, limits: Limits, context: Context, used_tokens: UsedTokens
) -> Calls[Session]:
    """The session of that name in that project: the one that is there, or else a new one."""
    body: Any = operation.body
    ends_at = context.clock.monotonic() + limits.deadline_s
    fingerprint = CreateFingerprint.of(body, context.clock.now(), is_name_enough=True)
    found = yield from _search(fingerprint, CreateOutcomeUnknownError(), used_tokens)(limits, context)
    if found is not None:
        return found
    left = limits.within(max(0.0, ends_at - context.clock.monotonic()))
    return (yield from created(operation, request, left, context, used_tokens, is_name_enough=True))


def _without_reserve(limits: Limits) -> Limits:
    return limits.within(limits.deadline_s - min(LONGEST_RESERVE_S, limits.deadline_s * RESERVED_SHARE))


def _looked_for(
    look: Look[T], unknown: OutcomeUnknownError, ends_at: float, limits: Limits, context: Context
) -> Calls[T]:
    """Look again and again until something is found; to the deadline, since what was asked for can be done late.

    Looks that fail in a way that passes are paid for as repetitions are, so that a service that is down is left alone.
    """
    clock = context.clock
    again_s = FIRST_LOOK_AGAIN_S
    while (left_s := ends_at - clock.monotonic()) > SHORTEST_LOOK_S:
        asked_s = 0.0
        try:
            found = yield from look(replace(limits, deadline_s=left_s, max_attempts=1), context)
        except PASSING as trouble:
            asked_s = getattr(trouble, "retry_after", None) or 0.0
            if not context.retry_budget.acquire(RETRY_COST):
                unknown.add_note(RETRY_BUDGET_NOTE)
                break
        except SessionsError as trouble:
            if trouble is not unknown:
                unknown.add_note(f"what came of it cannot be looked at: {trouble}")
            break
        else:
            if found is not None:
                return found
        left_s = ends_at - clock.monotonic()
        if asked_s >= left_s:
            break
        # Half of what is left at most, so that the last look comes late.
        jittered_s = min(LONGEST_LOOK_AGAIN_S, again_s) * (0.5 + 0.5 * clock.fraction())
        yield Sleep(max(asked_s, min(jittered_s, left_s / 2)))
        again_s *= 2
    raise unknown


def _search(
    fingerprint: CreateFingerprint, unknown: CreateOutcomeUnknownError, used_tokens: UsedTokens
) -> Look[Session]:
    """A look for a session by its exact name. Notes in `unknown` what may be it."""

    def look(limits: Limits, context: Context) -> Calls[Session | None]:
        query = models.SessionsQuery(
            name=models.TextQuery(equals=fingerprint.name), paging=models.PageQuery(count=SESSIONS_A_PAGE)
        )
        sessions, server_now = yield from _listed(api.search_sessions(fingerprint.project_id, query), limits, context)
        since = fingerprint.since_by_server(server_now, context.clock.now())
        ids = [session.id for session in sessions if fingerprint.may_match(session, since)]
        unknown.candidates = tuple(dict.fromkeys((*unknown.candidates, *ids)))
        certain = [session for session in sessions if fingerprint.matches(session, since, used_tokens)]
        # Two with the same token, in spite of all: nobody can tell which it is.
        return min(certain, key=_age) if len(certain) == 1 or (certain and fingerprint.is_name_enough) else None

    return look


def _age(session: Session) -> tuple[bool, Any, str]:
    is_dated = session.created_at is not ABSENT
    return not is_dated, session.created_at if is_dated else None, session.id


def _listed(operation: Operation[T], limits: Limits, context: Context) -> Calls[tuple[list[T], datetime | None]]:
    """All items of a list, from all its pages, and the server's time where it tells it."""
    ends_at = context.clock.monotonic() + limits.deadline_s
    items: list[T] = []
    server_now: datetime | None = None
    place: PageCursor[T] | None = first_cursor(operation)
    while place is not None:
        left = limits.within(max(0.0, ends_at - context.clock.monotonic()))
        page, server_now = yield from call(place.operation, prepare(place.operation), left, context, _value_and_date)
        items += page.results
        place = place.following(page.metadata)
    return items, server_now


def _value_and_date(operation: Operation[Any], response: Response) -> tuple[Any, datetime | None]:
    return value_of(operation, response), http_date(response.headers.get("date", ""))


def _session(operation: Operation[Any], unknown: OutcomeUnknownError, _since: datetime) -> Look[Any]:
    """A look at a session that was to start or to end.

    What it is doing says whether it was asked to, but the operation that does it has no name that could be found out:
    there is nothing to return.
    """
    session_id = str(operation.path_values["session_id"])
    is_gone_when_done = getattr(operation.body, "delete", False) is True
    can_be_seen = getattr(operation.body, "workers_only", False) is not True

    def look(limits: Limits, context: Context) -> Calls[None]:
        read = api.get_session(session_id)
        try:
            session: Session = yield from call(read, prepare(read), limits, context)
        except NotFoundError:
            unknown.is_done = True if is_gone_when_done else None
            raise
        unknown.session = session
        has_begun = _is_starting if operation.id == "start_session" else _is_ending
        if has_begun(session.state) or has_begun(session.pending_state):
            unknown.is_done = True
            note = f"it was done: the session is {session.state}, pending {session.pending_state}"
            unknown.add_note(redact(note, context.secrets))
        if unknown.is_done or not can_be_seen:
            raise unknown

    return look


def _is_starting(state: SessionState | None) -> bool:
    return state is not None and state in AUTOMATIC_TRANSITIONS and reachable(state, SessionState.RUNNING)


def _is_ending(state: SessionState | None) -> bool:
    return state in _ENDED


def _command(operation: Operation[Any], unknown: OutcomeUnknownError, _since: datetime) -> Look[SessionCommand]:
    """A look at a command that was to be killed: one that has ended is what the kill would have given."""

    def look(limits: Limits, context: Context) -> Calls[SessionCommand | None]:
        read = api.get_session_command(str(operation.path_values["session_command_id"]))
        command: SessionCommand = yield from call(read, prepare(read), limits, context)
        unknown.command = command
        return command if command.killed_at is not None or command.finished_at is not None else None

    return look


def _commands(operation: Operation[Any], unknown: OutcomeUnknownError, since: datetime) -> Look[Any]:
    """A look for a command that may have been run: nothing tells it from the same command of somebody else."""
    body: Any = operation.body

    def look(limits: Limits, context: Context) -> Calls[None]:
        commands, _ = yield from _listed(api.list_session_commands(body.session_id), limits, context)
        unknown.candidates = tuple(
            command.id
            for command in commands
            if command.shell_command == body.shell_command
            and (command.created_at is ABSENT or command.created_at >= since)
        )
        if unknown.candidates:
            raise unknown

    return look


LOOKS: Final[Mapping[Recovery, Callable[[Operation[Any], OutcomeUnknownError, datetime], Look[Any]]]] = {
    Recovery.SESSION: _session,
    Recovery.COMMAND: _command,
    Recovery.COMMANDS: _commands,
}
