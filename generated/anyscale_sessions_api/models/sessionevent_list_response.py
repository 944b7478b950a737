# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessioneventListResponse(Model):
    """A response that holds a page of events."""

    results: list[SessionEvent]
    """The events of this page."""
    metadata: ListResponseMetadata | None = None
    """Where this page stands in the list."""

    def __init__(
        self,
        *,
        results: list[SessionEvent],
        metadata: ListResponseMetadata | None = None,
    ) -> None:
        self.results = results
        self.metadata = metadata


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.list_response_metadata import ListResponseMetadata
from ..models.session_event import SessionEvent
