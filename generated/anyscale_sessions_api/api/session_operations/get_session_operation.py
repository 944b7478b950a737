# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session_operation import SessionOperation
from ...models.sessionoperation_response import SessionoperationResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_operation_id": str,
}


def get_session_operation(session_operation_id: str) -> Operation[SessionOperation]:
    """Get a session operation.

    Returns how far a start or a termination has come, and its result once it is completed.

    Args:
        session_operation_id: The operation, as returned by `start_session` or `terminate_session`.
    """
    return Operation(
        id="get_session_operation",
        method="GET",
        path="/session_operations/{session_operation_id}",
        path_values={"session_operation_id": session_operation_id},
        types=_TYPES,
        response=SessionoperationResponse,
        envelope="result",
    )
