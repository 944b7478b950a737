# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.log_level_types import LogLevelTypes
from ...models.session_event import SessionEvent
from ...models.session_event_types import SessionEventTypes
from ...models.sessionevent_list_response import SessioneventListResponse
from ...pages import Page as _Page
from ...types import DateTime, Operation
from ...types import without_none as _without_none

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
    "before": DateTime,
    "after": DateTime,
    "event_types": list[SessionEventTypes],
    "log_level_types": list[LogLevelTypes],
    "paging_token": str,
    "count": int,
}


def get_session_event_log(
    session_id: str,
    *,
    before: DateTime | None = None,
    after: DateTime | None = None,
    event_types: list[SessionEventTypes] | None = None,
    log_level_types: list[LogLevelTypes] | None = None,
    paging_token: str | None = None,
    count: int | None = None,
) -> Operation[_Page[SessionEvent]]:
    """Get a session's event log.

    Returns one page of what happened to a session, narrowed by the filters given.

    Args:
        session_id: The session.
        before: Only events before this moment (RFC 3339).
        after: Only events after this moment (RFC 3339).
        event_types: Only events of these types; the key is repeated for each one. All types when absent.
        log_level_types: Only events of these levels; the key is repeated for each one. All levels when absent.
        paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
        count: How many events a page may hold, 0 to 1000. The server chooses when absent.
    """
    return Operation(
        id="get_session_event_log",
        method="GET",
        path="/session_events/",
        query=_without_none(
            {
                "session_id": session_id,
                "before": before,
                "after": after,
                "event_types": event_types,
                "log_level_types": log_level_types,
                "paging_token": paging_token,
                "count": count,
            }
        ),
        types=_TYPES,
        response=SessioneventListResponse,
        envelope="results",
    )
