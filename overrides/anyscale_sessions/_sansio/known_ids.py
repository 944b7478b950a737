"""The ids of sessions, operations and commands that an operation, its result or a flow is about, for its errors."""

from __future__ import annotations

from typing import Any, Final

from anyscale_sessions_api import models
from anyscale_sessions_api.types import Operation

from .._utils.text import is_path_id
from ..exceptions import SessionsError

ATTRIBUTES: Final = {
    "session_id": "session_id",
    "session_operation_id": "operation_id",
    "session_command_id": "command_id",
}
"""Which attribute of an error holds the argument of this name."""


def ids_of(operation: Operation[Any]) -> dict[str, str]:
    """The ids in the arguments of an operation, by the attribute of an error."""
    arguments = {**operation.path_values, **operation.query, "body": operation.body}
    arguments.setdefault("session_id", getattr(operation.body, "session_id", None))
    return _ids({attribute: arguments.get(name) for name, attribute in ATTRIBUTES.items()})


def ids_in(result: object) -> dict[str, str]:
    """The ids in a result, by the attribute of an error."""
    if isinstance(result, models.Session):
        return _ids({"session_id": result.id})
    if isinstance(result, models.SessionOperation):
        return _ids({"session_id": result.session_id, "operation_id": result.id})
    if isinstance(result, models.SessionCommand):
        return _ids({"session_id": result.session_id, "command_id": result.id})
    return {}


def _ids(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if isinstance(value, str) and is_path_id(value)}


def attach_ids(error: SessionsError, ids: dict[str, str]) -> None:
    """Set the ids that an error does not have yet."""
    for name, value in ids.items():
        if getattr(error, name) is None:
            setattr(error, name, value)


class Leftovers:
    """What a flow has created and leaves behind if it fails.

    Attributes:
        ids: the ids, by the attribute of an error.
        note: a sentence about them.
    """

    __slots__ = ("ids", "note")

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.note: str | None = None

    def add(self, result: object, note: str | None = None) -> None:
        """The flow has received a result that is about something it created."""
        self.ids |= ids_in(result)
        self.note = note or self.note

    def attach_to(self, error: BaseException) -> None:
        """Attach the ids and the note to whatever ends the flow: an error, an interruption or a cancellation."""
        if isinstance(error, SessionsError):
            attach_ids(error, self.ids)
        if self.note is not None:
            error.add_note(self.note)
