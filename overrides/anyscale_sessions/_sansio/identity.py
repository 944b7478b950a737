"""Whether a response is about the thing that the request named. A stray response can be about another one."""

from __future__ import annotations

from typing import Any

from anyscale_sessions_api import models
from anyscale_sessions_api.types import ABSENT, DecodeError, Operation

from .._utils.text import fold_name
from .policies import ECHOED_IDS


def check_identity(operation: Operation[Any], value: Any, *, is_name_unique: bool = False) -> None:
    """Raise `DecodeError` if the value of a response is about another thing than the operation."""
    for name, attribute in ECHOED_IDS.get(operation.id, {}).items():
        if getattr(value, attribute, ABSENT) not in (operation.path_values[name], ABSENT):
            raise DecodeError("the response has another id than the requested one", f"$.result.{attribute}")
    if operation.id == "create_session" and not _is_requested_session(operation.body, value, is_name_unique):
        raise DecodeError("the response is about another session than the requested one", "$.result")
    if operation.id == "create_session_command" and not _is_requested_command(operation.body, value):
        raise DecodeError("the response is about another command than the requested one", "$.result")


def _is_requested_session(body: Any, session: models.Session, is_name_unique: bool) -> bool:  # noqa: FBT001
    """Whether a session is the one in a create request.

    An equal token alone proves it, and so does an equal name that no other session has. A server may normalize names.
    """
    shown_token = session.user_service_token
    if body.user_service_token is not None and shown_token is not None:
        return bool(shown_token == body.user_service_token)
    name: Any = session.name  # the spec promises it, but a response can leave it out
    if name is ABSENT:
        return False
    if is_name_unique and name == body.name:
        return True
    return fold_name(name) == fold_name(body.name) and session.project_id in (body.project_id, ABSENT)


def _is_requested_command(body: Any, command: models.SessionCommand) -> bool:
    shown: Any = command.shell_command
    is_same_text = shown is ABSENT or shown.strip() == body.shell_command.strip()
    return is_same_text and command.session_id in (body.session_id, ABSENT)
