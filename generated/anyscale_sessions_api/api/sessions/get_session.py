# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session import Session
from ...models.session_response import SessionResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
}


def get_session(session_id: str) -> Operation[Session]:
    """Get a session.

    Returns a session as it is now.

    Args:
        session_id: The session.
    """
    return Operation(
        id="get_session",
        method="GET",
        path="/sessions/{session_id}",
        path_values={"session_id": session_id},
        types=_TYPES,
        response=SessionResponse,
        envelope="result",
    )
