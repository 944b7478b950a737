# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...models.create_session_command import CreateSessionCommand
from ...models.session_command import SessionCommand
from ...models.sessioncommand_response import SessioncommandResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "body": CreateSessionCommand,
}


def create_session_command(body: CreateSessionCommand | Mapping[str, Any]) -> Operation[SessionCommand]:
    """Run a command in a session.

    Starts a shell command in a running session and returns at once. Poll `get_session_command` until `finished_at`
    is set; `status_code` is then the command's exit code.

    Args:
        body: What to send.
    """
    return Operation(
        id="create_session_command",
        method="POST",
        path="/session_commands/",
        body=body,
        types=_TYPES,
        response=SessioncommandResponse,
        envelope="result",
    )
