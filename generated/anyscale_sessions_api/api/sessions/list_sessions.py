# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session import Session
from ...models.session_list_response import SessionListResponse
from ...pages import Page as _Page
from ...types import Operation
from ...types import without_none as _without_none

_TYPES: Final[dict[str, Any]] = {
    "project_id": str,
    "paging_token": str,
    "count": int,
}


def list_sessions(
    project_id: str, *, paging_token: str | None = None, count: int | None = None
) -> Operation[_Page[Session]]:
    """List a project's sessions.

    Returns one page of the sessions of a project.

    Args:
        project_id: The project whose sessions are listed.
        paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
        count: How many results a page may hold, 0 to 50. The server chooses when absent.
    """
    return Operation(
        id="list_sessions",
        method="GET",
        path="/sessions/",
        query=_without_none(
            {
                "project_id": project_id,
                "paging_token": paging_token,
                "count": count,
            }
        ),
        types=_TYPES,
        response=SessionListResponse,
        envelope="results",
    )
