# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
}


def delete_session(session_id: str) -> Operation[None]:
    """Delete a session.

    Deletes a session for good. Terminate a session that still runs before that (`terminate_session`).

    Args:
        session_id: The session.
    """
    return Operation(
        id="delete_session",
        method="DELETE",
        path="/sessions/{session_id}",
        path_values={"session_id": session_id},
        types=_TYPES,
        response=None,
    )
