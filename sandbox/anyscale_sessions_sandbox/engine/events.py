"""The log of what happened to a session."""

from __future__ import annotations

from typing import NamedTuple

from ..storage.store import EVENTS
from .transaction import Moment

# The one user that a sandbox knows.
USER_ID = "usr_sandbox"


class Cause(NamedTuple):
    """Who or what made something happen: a user or a part of the platform."""

    cause_user: str | None = None
    cause_system: str | None = None


BY_USER = Cause(cause_user=USER_ID)
BY_RUNTIME = Cause(cause_system="runtime")
BY_IDLE_TIMEOUT = Cause(cause_system="idle_timeout")
# A rule of the sandbox, or whoever moves a session by hand.
BY_SANDBOX = Cause(cause_system="sandbox")


def record(
    moment: Moment, session_id: str, event_type: str, description: str, cause: Cause, log_level: str = "info"
) -> None:
    """Write an event to a session's log."""
    event = {
        "id": moment.new_id("evt"),
        "session_id": session_id,
        "event_type": event_type,
        "log_level": log_level,
        "timestamp": moment.stamp,
        "description": description,
        "cause": cause._asdict(),
    }
    moment.store.insert(EVENTS, event)
