# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..models.session_command_types import SessionCommandTypes
from ..types import (
    ABSENT,
    DateTime,
    Model,
    Promised,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionCommand(Model):
    """A command that was run in a session."""

    session_id: Promised[str] = ABSENT
    """Id of the session that the command runs in."""
    shell_command: Promised[str] = ABSENT
    """The command, as typed into a shell."""
    id: str
    """Id of the command, given by the server."""
    created_at: Promised[DateTime] = ABSENT
    """When the command was created."""
    type: SessionCommandTypes | None = None
    """Where the command came from."""
    finished_at: DateTime | None = None
    """When the command ended. Absent or null while it runs."""
    status_code: int | None = None
    """Exit code of the command. Absent or null while it runs."""
    killed_at: DateTime | None = None
    """When the command was killed, if it was."""
    web_terminal_tab_id: str | None = None
    """Id of the web terminal tab that the command was typed into."""

    def __init__(
        self,
        *,
        session_id: Promised[str] = ABSENT,
        shell_command: Promised[str] = ABSENT,
        id: str,
        created_at: Promised[DateTime] = ABSENT,
        type: SessionCommandTypes | None = None,
        finished_at: DateTime | None = None,
        status_code: int | None = None,
        killed_at: DateTime | None = None,
        web_terminal_tab_id: str | None = None,
    ) -> None:
        self.session_id = session_id
        self.shell_command = shell_command
        self.id = id
        self.created_at = created_at
        self.type = type
        self.finished_at = finished_at
        self.status_code = status_code
        self.killed_at = killed_at
        self.web_terminal_tab_id = web_terminal_tab_id
