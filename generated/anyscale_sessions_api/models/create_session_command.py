# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Annotated

from attrs import define
from msgspec import Meta

from ..types import Model, WireRules


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class CreateSessionCommand(Model):
    """A command to run in a session."""

    session_id: Annotated[str, Meta(min_length=1, max_length=256, pattern="^\\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*\\Z")]
    """Id of the session to run the command in."""
    shell_command: str
    """The command, as typed into a shell."""

    def __init__(
        self,
        *,
        session_id: str,
        shell_command: str,
    ) -> None:
        self.session_id = session_id
        self.shell_command = shell_command

    __wire__ = WireRules(forbidden={"session_id": "\\n"})
