# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...models.session import Session
from ...models.session_response import SessionResponse
from ...models.update_session import UpdateSession
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
    "body": UpdateSession,
}


def update_session(session_id: str, body: UpdateSession | Mapping[str, Any] | None = None) -> Operation[Session]:
    """Update a session.

    Changes the given settings of a session. What is not given stays as it is.

    Args:
        session_id: The session.
        body: What to send; without it, every field takes its default.
    """
    return Operation(
        id="update_session",
        method="PUT",
        path="/sessions/{session_id}",
        path_values={"session_id": session_id},
        body=body if body is not None else UpdateSession(),
        types=_TYPES,
        response=SessionResponse,
        envelope="result",
    )
