"""Probes: reads that find out what an operation did whose response was lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import ABSENT, Operation

from .._fingerprint import CreateFingerprint, UsedTokens
from .._redaction import redact
from ..exceptions import CreateOutcomeUnknownError, NotFoundError, OutcomeUnknownError
from ..states import AUTOMATIC_TRANSITIONS, reachable
from .call import Context, call
from .messages import CallSteps, Limits, Response
from .pagination import PageCursor, first_cursor
from .policies import Recovery
from .request import prepare
from .responses import http_date, value_of

REQUIRES = {
    "operations": {
        "get_session": {"session_id": "required string in path", "->": "SessionResponse"},
        "get_session_command": {"session_command_id": "required string in path", "->": "SessioncommandResponse"},
        "list_session_commands": {"session_id": "required string in query", "->": "SessioncommandListResponse"},
        "search_sessions": {
            "project_id": "required string in path",
            "body": "SessionsQuery",
            "->": "SessionListResponse",
        },
    },
    "CreateSessionCommand": {"session_id": "required string", "shell_command": "required string"},
    "PageQuery": {"count": "integer = 10", "*": "optional"},
    "Session": {
        "created_at": "date-time",
        "id": "string",
        "state": "SessionState",
        "pending_state": "SessionState | null",
    },
    "SessionCommand": {
        "created_at": "date-time",
        "finished_at": "date-time | null",
        "id": "string",
        "killed_at": "date-time | null",
        "shell_command": "string",
    },
    "SessionListResponse": {"results": "list of Session", "metadata": "ListResponseMetadata | null"},
    "SessionState": ("Running", "Terminated", "Terminating"),
    "SessionsQuery": {"name": "optional TextQuery", "paging": "optional PageQuery", "*": "optional"},
    "TerminateSessionOptions": {"workers_only": "boolean = false"},
    "TextQuery": {"equals": "optional string", "*": "optional"},
}

SESSIONS_PER_PAGE: Final = 50
TERMINATION_STATES: Final = (SessionState.TERMINATING, SessionState.TERMINATED)

T = TypeVar("T")
Probe = Callable[[Limits, Context], CallSteps[T | None]]
"""Reads once. Returns the result of the lost call, or `None` if it is not there (yet)."""


def search_probe(
    fingerprint: CreateFingerprint, unknown: CreateOutcomeUnknownError, used_tokens: UsedTokens
) -> Probe[models.Session]:
    """A probe that searches for a session by its exact name. Adds possible matches to `unknown.candidates`."""

    def probe(limits: Limits, context: Context) -> CallSteps[models.Session | None]:
        query = models.SessionsQuery(
            name=models.TextQuery(equals=fingerprint.name), paging=models.PageQuery(count=SESSIONS_PER_PAGE)
        )
        search = api.search_sessions(fingerprint.project_id, query)
        sessions: list[models.Session]
        sessions, server_now = yield from _list_all(search, limits, context)
        since = fingerprint.since_by_server(server_now, context.clock.now())
        ids = [session.id for session in sessions if fingerprint.may_match(session, since)]
        unknown.candidates = tuple(dict.fromkeys((*unknown.candidates, *ids)))
        matching = [session for session in sessions if fingerprint.matches(session, since, used_tokens)]
        # Two sessions should never have one token. If they do, the client cannot tell which one is its own.
        is_decided = len(matching) == 1 or (matching and fingerprint.is_name_enough)
        return min(matching, key=_creation_order) if is_decided else None

    return probe


def _creation_order(session: models.Session) -> tuple[bool, Any, str]:
    is_dated = session.created_at is not ABSENT
    return not is_dated, session.created_at if is_dated else None, session.id


def _list_all(
    operation: Operation[Any], limits: Limits, context: Context
) -> CallSteps[tuple[list[Any], datetime | None]]:
    """The items of all pages of a list, and the server's time if its responses have a Date."""
    ends_at = context.clock.monotonic() + limits.deadline_s
    items: list[Any] = []
    server_now: datetime | None = None
    cursor: PageCursor[Any] | None = first_cursor(operation)
    while cursor is not None:
        request = prepare(cursor.operation)
        left = limits.within(max(0.0, ends_at - context.clock.monotonic()))
        page, server_now = yield from call(cursor.operation, request, left, context, read=_value_and_date)
        items += page.results
        cursor = cursor.next_cursor(page.metadata)
    return items, server_now


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

    def probe(limits: Limits, context: Context) -> CallSteps[None]:
        commands: list[models.SessionCommand]
        commands, _ = yield from _list_all(api.list_session_commands(body.session_id), limits, context)
        unknown.candidates = tuple(
            command.id
            for command in commands
            if command.shell_command == body.shell_command
            and (command.created_at is ABSENT or command.created_at >= since)
        )
        if unknown.candidates:
            raise unknown

    return probe


PROBES: Final[Mapping[Recovery, Callable[[Operation[Any], OutcomeUnknownError, datetime], Probe[Any]]]] = {
    Recovery.SESSION: _session_probe,
    Recovery.COMMAND: _command_probe,
    Recovery.COMMANDS: _commands_probe,
}
