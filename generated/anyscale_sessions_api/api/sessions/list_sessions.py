# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...models.session_list_response import SessionListResponse
from ...types import Operation

if TYPE_CHECKING:
    from ...models.session import Session

_TYPES: Final[dict[str, Any]] = {
    "project_id": str,
    "paging_token": str,
    "count": int,
}


def list_sessions(project_id: str, *, paging_token: str | None = None, count: int | None = None) -> Operation[Session]:
    """List a project's sessions.

    Returns one page of the sessions of a project.

    Args:
        project_id: The project whose sessions are listed.
        paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
        count: How many results a page may hold, 0 to 50. The server chooses when absent.
    """
    query: dict[str, object] = {
        "project_id": project_id,
        "paging_token": paging_token,
        "count": count,
    }
    return Operation(
        id="list_sessions",
        method="GET",
        path="/sessions/",
        query={name: value for name, value in query.items() if value is not None},
        types=_TYPES,
        reply=SessionListResponse,
        envelope="results",
    )
