"""Whether a session is idle, since when, and when it is to be terminated for that."""

from __future__ import annotations

from ..clock import from_text
from ..spec import Document
from ..storage.store import COMMANDS, Condition
from .transaction import Moment

IDLE_TIMER = "idle"
SECONDS_PER_MINUTE = 60.0
# The idle timeout of a session that may idle for ever.
NEVER = -1


def refresh(moment: Moment, session: Document) -> None:
    """Bring a session's idle fields and timer up to date with its state, its commands and its idle timeout.

    The fields are changed in the document, which the caller saves.
    """
    moment.store.drop_timer(IDLE_TIMER, session["id"])
    if session["state"] != "Running":
        status, since = None, None
    elif moment.store.count(COMMANDS, running_in(session)):
        status, since = "ACTIVE_COMMAND", None
    else:
        since = session.get("idle_timeout_last_activity_at") or moment.stamp
        minutes: int = session.get("idle_timeout", NEVER)
        status = "IDLE" if minutes >= 0 else "DISABLED"
        if minutes >= 0:
            idled_s = (moment.now - from_text(since)).total_seconds()
            moment.schedule(IDLE_TIMER, session["id"], minutes * SECONDS_PER_MINUTE - idled_s, {})
    session.update(idle_termination_status=status, idle_timeout_last_activity_at=since)


def running_in(session: Document) -> list[Condition]:
    """What the commands that now run in a session meet."""
    return [Condition("session_id = ?", (session["id"],)), Condition("finished_at IS NULL")]
