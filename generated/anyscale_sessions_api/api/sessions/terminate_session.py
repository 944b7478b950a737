# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...models.session_operation import SessionOperation
from ...models.sessionoperation_response import SessionoperationResponse
from ...models.terminate_session_options import TerminateSessionOptions
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_id": str,
    "body": TerminateSessionOptions,
}


def terminate_session(
    session_id: str, body: TerminateSessionOptions | Mapping[str, Any] | None = None
) -> Operation[SessionOperation]:
    """Terminate a session.

    Asks for a session's machines to be taken down and returns at once. Terminating is a long-running operation:
    poll `get_session_operation` with the id returned until it is completed; its `result` then holds `data` or
    `error`. The session itself stays, and can be started again, unless `delete` is set.

    Args:
        session_id: The session.
        body: What to send; without it, every field takes its default.
    """
    return Operation(
        id="terminate_session",
        method="POST",
        path="/sessions/{session_id}/terminate",
        path_values={"session_id": session_id},
        body=body if body is not None else TerminateSessionOptions(),
        types=_TYPES,
        response=SessionoperationResponse,
        envelope="result",
    )
