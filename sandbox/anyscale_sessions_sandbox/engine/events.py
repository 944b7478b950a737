"""The event log of a session."""

from __future__ import annotations

from typing import NamedTuple

from ..storage.store import EVENTS
from .transaction import Transaction

# The only user of a sandbox.
USER_ID = "usr_sandbox"


class Cause(NamedTuple):
    """What caused an event: a user, or a part of the platform."""

    cause_user: str | None = None
    cause_system: str | None = None


BY_USER = Cause(cause_user=USER_ID)
BY_RUNTIME = Cause(cause_system="runtime")
BY_IDLE_TIMEOUT = Cause(cause_system="idle_timeout")
# A transition rule, or a control of the sandbox.
BY_SANDBOX = Cause(cause_system="sandbox")


def record(
    transaction: Transaction, session_id: str, event_type: str, description: str, cause: Cause, log_level: str = "info"
) -> None:
    """Add an event to the log of a session."""
    event = {
        "id": transaction.new_id("evt"),
        "session_id": session_id,
        "event_type": event_type,
        "log_level": log_level,
        "timestamp": transaction.timestamp,
        "description": description,
        "cause": cause._asdict(),
    }
    transaction.store.insert(EVENTS, event)
