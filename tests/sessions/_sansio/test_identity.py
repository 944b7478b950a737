"""Whether a response is about the thing that the request named."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions import CreateSession, CreateSessionCommand, DecodeError, Session, SessionCommand, api
from anyscale_sessions._sansio.identity import check_identity

from ..conftest import APP_CONFIG

TOKEN = "A" * 43
PRIVATE = api.create_session(CreateSession(name="Café", project_id="prj_1", **APP_CONFIG))
PUBLIC = api.create_session(
    CreateSession(name="Café", project_id="prj_1", user_service_access="public", user_service_token=TOKEN, **APP_CONFIG)
)
COMMAND = api.create_session_command(CreateSessionCommand(session_id="ses_1", shell_command="ls"))


def is_accepted(operation: Any, value: Any, **options: bool) -> bool:
    """Whether a value passes as the response to an operation."""
    try:
        check_identity(operation, value, **options)
    except DecodeError:
        return False
    return True


@pytest.mark.parametrize("operation", [PRIVATE, PUBLIC], ids=["private", "public"])
@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({"name": "Café", "project_id": "prj_1"}, True),
        ({"name": "Café"}, True),
        ({"name": " CAFE\u0301\t", "project_id": "prj_1"}, True),
        ({"name": "Cafe", "project_id": "prj_1"}, False),
        ({"name": "Café", "project_id": "prj_2"}, False),
        ({"project_id": "prj_1"}, False),
        ({}, False),
    ],
)
def test_response_to_a_create_has_its_name_and_project(operation: Any, fields: dict[str, Any], accepted: bool) -> None:
    """Without a token in it, a response to a create request must have the requested name and project."""
    assert is_accepted(operation, Session.from_dict({"id": "ses_1", **fields})) is accepted


def test_equal_token_alone_is_proof() -> None:
    """A response with the token that was sent is accepted with any name; one with another token never is."""
    other = Session.from_dict({"id": "ses_1", "name": "x", "project_id": "prj_2", "user_service_token": TOKEN})
    assert is_accepted(PUBLIC, other)
    same = Session.from_dict({"id": "ses_1", "name": "Café", "project_id": "prj_1", "user_service_token": "B" * 43})
    assert not is_accepted(PUBLIC, same)
    assert is_accepted(PRIVATE, same)


def test_equal_unique_name_alone_is_proof() -> None:
    """A response with the unique name that was sent is accepted with any project."""
    session = Session.from_dict({"id": "ses_1", "name": "Café", "project_id": "prj_2"})
    assert is_accepted(PRIVATE, session, is_name_unique=True)
    assert not is_accepted(PRIVATE, session)


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        ({}, True),
        ({"session_id": "ses_1", "shell_command": "ls\n"}, True),
        ({"session_id": "ses_2", "shell_command": "ls"}, False),
        ({"session_id": "ses_1", "shell_command": "rm"}, False),
    ],
)
def test_response_to_a_command_has_its_session_and_text(fields: dict[str, Any], accepted: bool) -> None:
    """A response to a command must not have another session or another command text."""
    assert is_accepted(COMMAND, SessionCommand.from_dict({"id": "scd_1", **fields})) is accepted
