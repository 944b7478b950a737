"""Short rows about sessions, journal entries and the clock, as the feed sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..clock import AdjustableClock, Clock, from_text
from ..engine.backend import Backend
from ..journal.entry import Entry
from ..spec import Document
from ..storage.store import Store
from .masking import MAX_NAME_CHARACTERS, Mask

MS_PER_S = 1000
# How many of its last states a row has.
MAX_STATES = 20
# A body that is longer is not searched for the session that it is about.
MAX_SEARCHED_BYTES = 4096
# How many commands run in each of the given sessions.
RUNNING_COMMANDS = """
    SELECT session_id, count(*) FROM commands
    WHERE finished_at IS NULL AND session_id IN (SELECT value FROM json_each(?))
    GROUP BY session_id
"""


class _Session(msgspec.Struct):
    """The fields of a session that its row needs. The others are not decoded."""

    id: str
    name: str
    state: str
    project_id: str
    created_at: str
    pending_state: str | None = None
    archived_at: str | None = None


_decoder = msgspec.json.Decoder(_Session)


def session_rows(store: Store, mask: Mask, session_ids: Sequence[str]) -> list[Document]:
    """The rows of sessions that are not deleted."""
    found = store.rows(
        "SELECT document FROM sessions WHERE id IN (SELECT value FROM json_each(?))", (_json(session_ids),)
    )
    return _rows(store, mask, [text for (text,) in found])


def newest_sessions(store: Store, mask: Mask, before: int, limit: int) -> tuple[list[Document], int]:
    """The rows of the newest sessions with a number below `before`, and the lowest number; 0 if there are no more."""
    sql = "SELECT seq, document FROM sessions WHERE archived_at IS NULL AND seq < ? ORDER BY seq DESC LIMIT ?"
    found = store.rows(sql, (before, limit))
    return _rows(store, mask, [text for _, text in found]), found[-1][0] if len(found) == limit else 0


def count_sessions(store: Store) -> int:
    """How many sessions there are."""
    count: int = store.rows("SELECT count(*) FROM sessions WHERE archived_at IS NULL")[0][0]
    return count


def states_of(store: Store, session_id: str, limit: int) -> list[tuple[int, str]]:
    """The last states of a session and when it entered them, oldest first."""
    sql = "SELECT at, state FROM states WHERE session_id = ? ORDER BY seq DESC LIMIT ?"
    return [(to_ms(at), state) for at, state in reversed(store.rows(sql, (session_id, limit)))]


def entry_row(entry: Entry, mask: Mask) -> Document:
    """The row of a journal entry."""
    path = entry.target.partition("?")[0]
    return {
        "number": entry.number,
        "at_ms": to_ms(entry.time),
        "operation": entry.operation,
        "method": entry.method,
        "path": mask.short(path, MAX_NAME_CHARACTERS),
        "status": entry.status,
        "fault": mask.short(entry.fault, MAX_NAME_CHARACTERS) if entry.fault else None,
        "duration_ms": None if entry.duration_s is None else round(entry.duration_s * MS_PER_S, 3),
        "session_id": session_of(entry),
        "authenticated": entry.is_authenticated,
    }


def session_of(entry: Entry) -> str | None:
    """The id of the session that a request was about, if it is one session."""
    places: list[tuple[str, ...]] = [("path", "session_id"), ("query", "session_id")]
    if 0 < entry.size <= MAX_SEARCHED_BYTES:
        places.append(("body", "session_id"))
    if 0 < entry.response_size <= MAX_SEARCHED_BYTES:
        name = "id" if entry.operation == "create_session" else "session_id"
        places.append(("response", "result", name))
    found: Iterable[Any] = (entry.value(place) for place in places)
    return next((value for value in found if isinstance(value, str) and len(value) <= MAX_NAME_CHARACTERS), None)


def clock_row(clock: Clock, backend: Backend) -> Document:
    """The time, the speed of the clock, and when something is due next."""
    due_at = backend.next_due()
    return {
        "now_ms": int(clock.now().timestamp() * MS_PER_S),
        "speed": clock.speed if isinstance(clock, AdjustableClock) else None,
        "next_due_ms": None if due_at is None else to_ms(due_at),
    }


def to_ms(text: str) -> int:
    """A time of the store in milliseconds since the epoch."""
    return round(from_text(text).timestamp() * MS_PER_S)


def _rows(store: Store, mask: Mask, texts: Iterable[str]) -> list[Document]:
    sessions = [session for session in map(_decoder.decode, texts) if session.archived_at is None]
    running: dict[str, int] = dict(store.rows(RUNNING_COMMANDS, (_json([session.id for session in sessions]),)))
    return [_row(store, mask, session, running.get(session.id, 0)) for session in sessions]


def _row(store: Store, mask: Mask, session: _Session, running: int) -> Document:
    states = states_of(store, session.id, MAX_STATES + 1)
    before = 0
    if len(states) > MAX_STATES:
        states = states[1:]
        before = store.rows("SELECT count(*) FROM states WHERE session_id = ?", (session.id,))[0][0] - MAX_STATES
    return {
        "id": session.id,
        "name": mask.short(session.name, MAX_NAME_CHARACTERS),
        "state": session.state,
        "pending_state": session.pending_state,
        "project_id": mask.short(session.project_id, MAX_NAME_CHARACTERS),
        "created_ms": to_ms(session.created_at),
        "running": running,
        "states": states,
        "states_before": before,
    }


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
