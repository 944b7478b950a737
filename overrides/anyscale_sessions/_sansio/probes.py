"""Probes: reads that find out what an operation did whose response was lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.pages import items_and_metadata, next_token
from anyscale_sessions_api.types import ABSENT, Operation

from .._fingerprint import CreateFingerprint, UsedTokens
from .._redaction import redact
from .._utils.text import is_path_id
from ..exceptions import CreateOutcomeUnknownError, NotFoundError, OutcomeUnknownError
from ..states import AUTOMATIC_TRANSITIONS, reachable
from .call import Context, call
from .messages import CallSteps, Limits, Response
from .pagination import PageCursor, endless_list, first_cursor
from .policies import Recovery
from .request import prepare
from .responses import http_date, value_of

SESSIONS_PER_PAGE: Final = 50
MAX_PAGES: Final = 200
MAX_CANDIDATES: Final = 1_000
TERMINATION_STATES: Final = (SessionState.TERMINATING, SessionState.TERMINATED)

T = TypeVar("T")
Probe = Callable[[Limits, Context], CallSteps[T | None]]
"""Reads once. Returns the result of the lost call, or `None` if it is not there (yet)."""

Rank = Callable[[models.Session], int | None]
"""The order in which sessions with one name are preferred, lowest first; `None` for one that is never returned."""


def search_probe(
    fingerprint: CreateFingerprint,
    unknown: CreateOutcomeUnknownError,
    used_tokens: UsedTokens,
    rank: Rank = lambda _: 0,
) -> Probe[models.Session]:
    """A probe that searches for a session by its exact name. Adds possible matches to `unknown.candidates`.

    Of several sessions with a name that is enough, it returns the oldest of those with the lowest rank. It keeps only
    that one and the ids of candidates, because a server can return any number of sessions.
    """

    def probe(limits: Limits, context: Context) -> CallSteps[models.Session | None]:
        query = models.SessionsQuery(
            name=models.TextQuery(equals=fingerprint.name), paging=models.PageQuery(count=SESSIONS_PER_PAGE)
        )
        matching = _Matching()

        def look(sessions: list[models.Session], server_now: datetime | None) -> None:
            since = fingerprint.since_by_server(server_now, context.clock.now())
            for session in sessions:
                if fingerprint.may_match(session, since):
                    _add_candidate(unknown, session.id)
                order = rank(session)
                if order is not None and fingerprint.matches(session, since, used_tokens):
                    matching.add(session, (order, *_creation_order(session)))

        yield from _read_pages(api.search_sessions(fingerprint.project_id, query), look, limits, context)
        # Two sessions should never have one token. If they do, the client cannot tell which one is its own.
        return matching.first if matching.count == 1 or fingerprint.is_name_enough else None

    return probe


class _Matching:
    """How many sessions match, and the first of them in an order."""

    __slots__ = ("_key", "count", "first")

    def __init__(self) -> None:
        self.first: models.Session | None = None
        self.count = 0
        self._key: tuple[Any, ...] = ()

    def add(self, session: models.Session, key: tuple[Any, ...]) -> None:
        """Another session matches."""
        self.count += 1
        if self.first is None or key < self._key:
            self.first, self._key = session, key


def _add_candidate(unknown: OutcomeUnknownError, found_id: str) -> None:
    """Add an id to the candidates of an error. They are limited, because a server can return any number of any text."""
    is_new = found_id not in unknown.candidates and len(unknown.candidates) < MAX_CANDIDATES
    if is_new and is_path_id(found_id):
        unknown.candidates = (*unknown.candidates, found_id)


def _creation_order(session: models.Session) -> tuple[bool, Any, str]:
    is_dated = session.created_at is not ABSENT
    return not is_dated, session.created_at if is_dated else None, session.id


def _read_pages(
    operation: Operation[Any],
    look: Callable[[list[Any], datetime | None], None],
    limits: Limits,
    context: Context,
) -> CallSteps[None]:
    """Read the pages of a list one after the other, and call `look` with each one's items and the server's time.

    Raises `ResponseDecodeError` if the list does not end.
    """
    ends_at = context.clock.monotonic() + limits.deadline_s
    cursor: PageCursor[Any] | None = first_cursor(operation)
    while cursor is not None:
        request = prepare(cursor.operation)
        left = limits.within(max(0.0, ends_at - context.clock.monotonic()))
        page, server_now = yield from call(cursor.operation, request, left, context, read=_value_and_date)
        items, metadata = items_and_metadata(page)
        look(items, server_now)
        cursor = cursor.next_cursor(metadata, is_empty=not items)
        if cursor is not None and cursor.number >= MAX_PAGES:
            raise endless_list(operation, f"{MAX_PAGES} pages were read", next_token(metadata) or "")
        del page, items  # before the next one is read, because a page can be large


def _value_and_date(operation: Operation[Any], response: Response) -> tuple[Any, datetime | None]:
    return value_of(operation, response), http_date(response.headers.get("date", ""))


def _session_probe(operation: Operation[Any], unknown: OutcomeUnknownError, _since: datetime) -> Probe[Any]:
    """A probe that gets the session after a start or a termination.

    The session's state shows whether the request was applied. The id of the operation cannot be found out, so there is
    no result to return.
    """
    session_id = str(operation.path_values["session_id"])
    deletes_the_session = getattr(operation.body, "delete", False) is True
    changes_the_state = getattr(operation.body, "workers_only", False) is not True

    def probe(limits: Limits, context: Context) -> CallSteps[None]:
        read = api.get_session(session_id)
        try:
            session: models.Session = yield from call(read, prepare(read), limits, context)
        except NotFoundError:
            unknown.is_done = True if deletes_the_session else None
            raise
        unknown.session = session
        is_applied = _is_starting if operation.id == "start_session" else _is_terminating
        if is_applied(session.state) or is_applied(session.pending_state):
            unknown.is_done = True
            note = f"the request was applied: the session is {session.state}, pending {session.pending_state}"
            unknown.add_note(redact(note, context.secrets))
        if unknown.is_done or not changes_the_state:
            raise unknown

    return probe


def _is_starting(state: SessionState | None) -> bool:
    return state is not None and state in AUTOMATIC_TRANSITIONS and reachable(state, SessionState.RUNNING)


def _is_terminating(state: SessionState | None) -> bool:
    return state in TERMINATION_STATES


def _command_probe(
    operation: Operation[Any], unknown: OutcomeUnknownError, _since: datetime
) -> Probe[models.SessionCommand]:
    """A probe that gets the command after a kill. A command that has ended is what the kill would have returned."""

    def probe(limits: Limits, context: Context) -> CallSteps[models.SessionCommand | None]:
        read = api.get_session_command(str(operation.path_values["session_command_id"]))
        command: models.SessionCommand = yield from call(read, prepare(read), limits, context)
        unknown.command = command
        return command if command.killed_at is not None or command.finished_at is not None else None

    return probe


def _commands_probe(operation: Operation[Any], unknown: OutcomeUnknownError, since: datetime) -> Probe[Any]:
    """A probe that lists the session's commands: another client may have run the same one, so each is a candidate."""
    body: Any = operation.body

    def look(commands: list[models.SessionCommand], _server_now: datetime | None) -> None:
        for command in commands:
            is_recent = command.created_at is ABSENT or command.created_at >= since
            if command.shell_command == body.shell_command and is_recent:
                _add_candidate(unknown, command.id)

    def probe(limits: Limits, context: Context) -> CallSteps[None]:
        yield from _read_pages(api.list_session_commands(body.session_id), look, limits, context)
        if unknown.candidates:
            raise unknown

    return probe


PROBES: Final[Mapping[Recovery, Callable[[Operation[Any], OutcomeUnknownError, datetime], Probe[Any]]]] = {
    Recovery.SESSION: _session_probe,
    Recovery.COMMAND: _command_probe,
    Recovery.COMMANDS: _commands_probe,
}
