# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session_command import SessionCommand
from ...models.sessioncommand_response import SessioncommandResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_command_id": str,
}


def get_session_command(session_command_id: str) -> Operation[SessionCommand]:
    """Get a command.

    Returns a command as it is now; its exit code is set once it has ended.

    Args:
        session_command_id: The command.
    """
    return Operation(
        id="get_session_command",
        method="GET",
        path="/session_commands/{session_command_id}",
        path_values={"session_command_id": session_command_id},
        types=_TYPES,
        response=SessioncommandResponse,
        envelope="result",
    )
