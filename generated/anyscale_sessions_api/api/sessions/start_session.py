# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...models.session_operation import SessionOperation
from ...models.sessionoperation_response import SessionoperationResponse
from ...models.start_session_options import StartSessionOptions
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
    "body": StartSessionOptions,
}


def start_session(
    session_id: str, body: StartSessionOptions | Mapping[str, Any] | None = None
) -> Operation[SessionOperation]:
    """Start a session.

    Asks for a session to be started and returns at once. Starting is a long-running operation: poll
    `get_session_operation` with the id returned until it is completed; its `result` then holds `data` or `error`.

    Args:
        session_id: The session.
        body: What to send; without it, every field takes its default.
    """
    return Operation(
        id="start_session",
        method="POST",
        path="/sessions/{session_id}/start",
        path_values={"session_id": session_id},
        body=body if body is not None else StartSessionOptions(),
        types=_TYPES,
        response=SessionoperationResponse,
        envelope="result",
    )
