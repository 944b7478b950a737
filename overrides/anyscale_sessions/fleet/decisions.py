"""Which sessions are adopted, which are terminated, and which are left alone. Decides only; it asks no server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import ABSENT

from .._utils.records import Record
from .names import SessionName

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

_ENDED: Final = frozenset({SessionState.TERMINATING, SessionState.TERMINATED})
LIVE_STATES: Final = tuple(state for state in SessionState if state not in _ENDED)
"""The states of sessions that cost something or can be started: all but those of one that ends."""

# Sessions in these states do not come to run by themselves, and what is wrong with them would meet a start again.
_UNUSABLE: Final = frozenset(
    {
        SessionState.STARTUPERRORED,
        SessionState.STOPPING,
        SessionState.STOPPINGERRORED,
        SessionState.TERMINATINGERRORED,
        SessionState.UPDATINGERRORED,
    }
)


class Choice(Record, frozen=True):
    """What to do about the sessions that are there for a key.

    Attributes:
        adopted: the session to work on, and its deadline; `None` where one must be created.
        surplus: sessions to terminate first, oldest first.
    """

    adopted: tuple[Session, datetime] | None
    surplus: tuple[Session, ...]


class SweepRule(Record, frozen=True):
    """Which sessions a sweep ends: of a fleet those past their deadline, and whatever is older than asked.

    Attributes:
        fleet: the name of the fleet; `None` to go by `prefix`.
        prefix: what the names of the sessions begin with.
        older_than: the age from which a session is due; `None` to go by deadlines alone.
    """

    fleet: str | None
    prefix: str
    older_than: timedelta | None

    def matches(self, session: Session) -> bool:
        """Whether a sweep is about this session at all."""
        if is_ending(session):
            return False
        if self.fleet is None:
            return str(session.name).startswith(self.prefix)
        name = SessionName.parse(session.name)
        return name is not None and name.fleet == self.fleet

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether a session that matches is to be terminated. One whose age the server does not tell is not old."""
        name = SessionName.parse(session.name) if self.fleet is not None else None
        is_past_deadline = name is not None and name.deadline <= now
        if is_past_deadline or self.older_than is None or session.created_at is ABSENT:
            return is_past_deadline
        return now - session.created_at >= self.older_than


def choose(sessions: Iterable[Session], fleet: str, key: str, now: datetime) -> Choice:
    """Adopt the oldest usable session of a key before its deadline; the others of that key are surplus."""
    adopted: tuple[Session, datetime] | None = None
    surplus: list[Session] = []
    for session in sorted(sessions, key=age_order):
        name = SessionName.parse(session.name)
        if name is None or (name.fleet, name.key) != (fleet, key) or is_ending(session):
            continue
        if adopted is None and name.deadline > now and session.state not in _UNUSABLE:
            adopted = session, name.deadline
        else:
            surplus.append(session)
    return Choice(adopted, tuple(surplus))


def is_ending(session: Session) -> bool:
    """Whether a session is terminated, or is about to be."""
    return session.state in _ENDED or session.pending_state in _ENDED


def age_order(session: Session) -> tuple[bool, Any, str]:
    """What sorts sessions, oldest first, and by id where they are as old; those of unknown age come last."""
    is_dated = session.created_at is not ABSENT
    return not is_dated, session.created_at if is_dated else None, session.id
