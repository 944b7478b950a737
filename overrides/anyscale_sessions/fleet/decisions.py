"""Decides which sessions are adopted, which are terminated, and which are left alone. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import ABSENT

from .._sansio.flows import ENDING_STATES
from .._sansio.probes import TERMINATION_STATES
from .._utils.records import Record
from .names import SessionName

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

LIVE_STATES: Final = tuple(state for state in SessionState if state not in TERMINATION_STATES)
"""The states of sessions that cost something or can be started."""

# A session in one of these states does not reach Running by itself, and another start could fail in the same way.
_UNUSABLE_STATES: Final = frozenset(
    {
        SessionState.STARTUPERRORED,
        SessionState.STOPPING,
        SessionState.STOPPINGERRORED,
        SessionState.TERMINATINGERRORED,
        SessionState.UPDATINGERRORED,
    }
)


class Choice(Record, frozen=True):
    """What to do with the existing sessions of a key.

    Attributes:
        adopted: the session to use and its deadline; `None` if a session must be created.
        surplus: the sessions to terminate first, oldest first.
    """

    adopted: tuple[Session, datetime] | None
    surplus: tuple[Session, ...]


class SweepRule(Record, frozen=True):
    """Which sessions a sweep terminates.

    Attributes:
        fleet: the name of a fleet, whose sessions are due after their deadline; `None` to select by `prefix`.
        prefix: how the names of the sessions begin.
        older_than: the age from which a session is due; `None` to use deadlines only.
    """

    fleet: str | None
    prefix: str
    older_than: timedelta | None

    def matches(self, session: Session) -> bool:
        """Whether the sweep may terminate this session when it is due."""
        if is_ending(session):
            return False
        if self.fleet is None:
            return str(session.name).startswith(self.prefix)
        name = SessionName.parse(session.name)
        return name is not None and name.fleet == self.fleet

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether to terminate a session that matches. A session without a creation time has no age."""
        name = SessionName.parse(session.name) if self.fleet is not None else None
        is_past_deadline = name is not None and name.deadline <= now
        if is_past_deadline or self.older_than is None or session.created_at is ABSENT:
            return is_past_deadline
        return now - session.created_at >= self.older_than


def choose(sessions: Iterable[Session], fleet: str, key: str, now: datetime) -> Choice:
    """Adopt the oldest usable session of a key before its deadline. All others of the key are surplus."""
    adopted: tuple[Session, datetime] | None = None
    surplus: list[Session] = []
    for session in sorted(sessions, key=age_order):
        name = SessionName.parse(session.name)
        if name is None or (name.fleet, name.key) != (fleet, key) or is_ending(session):
            continue
        if adopted is None and name.deadline > now and _is_usable(session):
            adopted = session, name.deadline
        else:
            surplus.append(session)
    return Choice(adopted, tuple(surplus))


def is_ending(session: Session) -> bool:
    """Whether a session is Terminated, Terminating, or about to be."""
    return session.state in TERMINATION_STATES or session.pending_state in TERMINATION_STATES


def is_stopped(session: Session) -> bool:
    """Whether a session is Stopped, and no start of it is in progress."""
    return session.state == SessionState.STOPPED and session.pending_state in (None, SessionState.STOPPED)


def _is_usable(session: Session) -> bool:
    if session.state == SessionState.STOPPED:
        return True
    return session.state not in _UNUSABLE_STATES and session.pending_state not in ENDING_STATES


def age_order(session: Session) -> tuple[bool, Any, str]:
    """A sort key: oldest first, then by id. Sessions without a creation time come last."""
    is_dated = session.created_at is not ABSENT
    return not is_dated, session.created_at if is_dated else None, session.id
