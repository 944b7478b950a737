# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionStateData(Model):
    """More about a session's present state."""

    startup: SessionStartingUpData | None = None
    """How starting goes. Set while the session starts, or has failed to."""
    stopping: SessionStoppingData | None = None
    """How stopping goes. Set while the session stops, or has failed to."""

    def __init__(
        self,
        *,
        startup: SessionStartingUpData | None = None,
        stopping: SessionStoppingData | None = None,
    ) -> None:
        self.startup = startup
        self.stopping = stopping


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.session_starting_up_data import SessionStartingUpData
from ..models.session_stopping_data import SessionStoppingData
