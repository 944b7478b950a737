# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session_command import SessionCommand
from ...models.sessioncommand_response import SessioncommandResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "session_command_id": str,
}


def kill_session_command(session_command_id: str) -> Operation[SessionCommand]:
    """Kill a command.

    Asks for a running command to be killed. `killed_at` is set once that is done. Takes no body.

    Args:
        session_command_id: The command.
    """
    return Operation(
        id="kill_session_command",
        method="POST",
        path="/session_commands/{session_command_id}/kill",
        path_values={"session_command_id": session_command_id},
        types=_TYPES,
        response=SessioncommandResponse,
        envelope="result",
    )
