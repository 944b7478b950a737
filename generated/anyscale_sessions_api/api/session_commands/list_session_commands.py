# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session_command import SessionCommand
from ...models.sessioncommand_list_response import SessioncommandListResponse
from ...pages import Page as _Page
from ...types import Operation
from ...types import without_none as _without_none

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
    "paging_token": str,
    "count": int,
}


def list_session_commands(
    session_id: str, *, paging_token: str | None = None, count: int | None = None
) -> Operation[_Page[SessionCommand]]:
    """List a session's commands.

    Returns one page of the commands that were run in a session.

    Args:
        session_id: The session.
        paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
        count: How many results a page may hold, 0 to 50. The server chooses when absent.
    """
    return Operation(
        id="list_session_commands",
        method="GET",
        path="/session_commands/",
        query=_without_none(
            {
                "session_id": session_id,
                "paging_token": paging_token,
                "count": count,
            }
        ),
        types=_TYPES,
        response=SessioncommandListResponse,
        envelope="results",
    )
