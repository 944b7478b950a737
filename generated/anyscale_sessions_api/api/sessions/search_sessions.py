# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...models.session import Session
from ...models.session_list_response import SessionListResponse
from ...models.sessions_query import SessionsQuery
from ...pages import Page as _Page
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "project_id": str,
    "body": SessionsQuery,
}


def search_sessions(
    project_id: str, body: SessionsQuery | Mapping[str, Any] | None = None
) -> Operation[_Page[Session]]:
    """Search a project's sessions.

    Returns one page of those sessions of a project that match every filter given. It reads only: sending it again
    is harmless.

    Args:
        project_id: The project.
        body: What to send; without it, every field takes its default.
    """
    return Operation(
        id="search_sessions",
        method="POST",
        path="/sessions/{project_id}/search",
        path_values={"project_id": project_id},
        body=body if body is not None else SessionsQuery(),
        types=_TYPES,
        response=SessionListResponse,
        envelope="results",
    )
