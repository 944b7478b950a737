"""The idle timeout: whether a session is idle, since when, and when it is terminated for it."""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import from_text
from ..spec import Document
from ..storage.store import COMMANDS, Condition
from .transaction import Transaction

IDLE_TIMER = "idle"
SECONDS_PER_MINUTE = 60.0
# The idle timeout that disables it.
NEVER = -1
# The activity of a component of Ray that is not active. The others are "ACTIVE" and "ERROR".
INACTIVE = "INACTIVE"


def refresh(transaction: Transaction, session: Document) -> None:
    """Update the idle fields and the timer of a session from its state, its commands and its idle timeout.

    The fields are changed in the document only; the caller saves it.
    """
    transaction.store.drop_timer(IDLE_TIMER, session["id"])
    if session["state"] != "Running":
        status, since = None, None
    elif transaction.store.count(COMMANDS, running_in(session)):
        status, since = "ACTIVE_COMMAND", None
    elif _ray_is_active(session):
        status, since = "ACTIVE_RAY", None
    else:
        since = session.get("idle_timeout_last_activity_at") or transaction.timestamp
        minutes: int = session.get("idle_timeout", NEVER)
        status = "IDLE" if minutes >= 0 else "DISABLED"
        if minutes >= 0:
            idle_s = (transaction.now - from_text(since)).total_seconds()
            transaction.schedule(IDLE_TIMER, session["id"], minutes * SECONDS_PER_MINUTE - idle_s, {})
    session.update(idle_termination_status=status, idle_timeout_last_activity_at=since)


def _ray_is_active(session: Document) -> bool:
    """Whether a component of Ray is active. One that does not know counts, so that nothing in use is terminated."""
    details: Mapping[str, Mapping[str, str]] = session.get("activity_details") or {}
    return any(detail["is_active"] != INACTIVE for detail in details.values())


def running_in(session: Document) -> list[Condition]:
    """The conditions that select the running commands of a session."""
    return [Condition("session_id = ?", (session["id"],)), Condition("finished_at IS NULL")]
