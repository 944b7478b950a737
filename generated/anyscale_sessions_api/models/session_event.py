# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..models.log_level_types import LogLevelTypes
from ..models.session_event_types import SessionEventTypes
from ..types import (
    ABSENT,
    DateTime,
    Model,
    Promised,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionEvent(Model):
    """Something that happened to a session."""

    event_type: Promised[SessionEventTypes] = ABSENT
    """The kind of event."""
    log_level: Promised[LogLevelTypes] = ABSENT
    """How serious the event is."""
    timestamp: Promised[DateTime] = ABSENT
    """When the event happened."""
    description: Promised[str] = ABSENT
    """What happened, for people to read."""
    id: str
    """Id of the event, given by the server."""
    cause: SessionEventCause | None = None
    """Who or what made it happen. Null if that is not known."""

    def __init__(
        self,
        *,
        event_type: Promised[SessionEventTypes] = ABSENT,
        log_level: Promised[LogLevelTypes] = ABSENT,
        timestamp: Promised[DateTime] = ABSENT,
        description: Promised[str] = ABSENT,
        id: str,
        cause: SessionEventCause | None = None,
    ) -> None:
        self.event_type = event_type
        self.log_level = log_level
        self.timestamp = timestamp
        self.description = description
        self.id = id
        self.cause = cause


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.session_event_cause import SessionEventCause
