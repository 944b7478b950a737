# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define, field

from ..models.session_state import SessionState
from ..types import NOT_GIVEN, Model, WireRules


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionsQuery(Model):
    """Which sessions to search for. A session must pass every filter given."""

    name: TextQuery | None = None
    """Only sessions whose name matches. Any name when absent."""
    paging: PageQuery | None = None
    """Which page to return. The first one, of the default size, when absent."""
    state_filter: list[SessionState] = field(factory=lambda: [])
    """Only sessions in one of these states. Any state when empty."""
    creator_id: str | None = None
    """Only sessions created by this user. Any user when absent."""

    def __init__(
        self,
        *,
        name: TextQuery | None = None,
        paging: PageQuery | None = None,
        state_filter: list[SessionState] = NOT_GIVEN,
        creator_id: str | None = None,
    ) -> None:
        self.name = name
        self.paging = paging
        self.state_filter = [] if state_filter is NOT_GIVEN else state_filter
        self.creator_id = creator_id

    __wire__ = WireRules(forbidden={"creator_id": "[\\u0000-\\u001f\\u007f-\\u009f]"})


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.page_query import PageQuery
from ..models.text_query import TextQuery
