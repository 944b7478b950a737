"""Tests for `cli/session_names.py`: a session is named by its id, or by its name in a project."""

from __future__ import annotations

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions.cli.session_names import session_id_of

from .conftest import Run
from .session_file_problems import APP_CONFIG


def create(client: SessionsClient, name: str = "nightly") -> str:
    """Create another session and return its id."""
    return client.create_session({**APP_CONFIG, "name": name}).id


def test_session_is_named_by_its_id(client: SessionsClient) -> None:
    """Without a project, the text is the id, and nothing is sent."""
    assert session_id_of(client, "nightly", None) == "nightly"


@pytest.mark.parametrize("command", ["get", "start", "wait --for Stopped", "events", "terminate", "command list"])
def test_session_is_named_by_its_name(run: Run, session: Session, command: str) -> None:
    """With `--project`, every command about a session finds it by its exact name."""
    ended = run(*command.split(), "nightly", "--project", "prj_1", "-o", "json")
    assert ended.code == 0
    assert session.id in ended.out or command in {"events", "command list"}


def test_only_the_exact_name_counts(run: Run, client: SessionsClient, session: Session) -> None:
    """A session whose name only contains the text is not found."""
    create(client, "nightly-2")
    assert run("get", "nightly", "--project", "prj_1", "--query", "id").out == f"{session.id}\n"
    ended = run("get", "night", "--project", "prj_1")
    assert (ended.code, ended.out) == (3, "")
    assert "project prj_1 has no session with the name 'night'" in ended.err
    assert "anyscale-sessions list prj_1" in ended.err


def test_several_live_sessions_of_one_name_are_refused(run: Run, client: SessionsClient, session: Session) -> None:
    """If several sessions that are not Terminated have the name, the command ends with code 2 and lists their ids."""
    other = create(client)
    ended = run("terminate", "nightly", "--project", "prj_1")
    assert (ended.code, ended.out) == (2, "")
    assert session.id in ended.err
    assert other in ended.err
    assert client.get_session(other).state == "Stopped"


def test_session_that_is_not_terminated_is_preferred(run: Run, client: SessionsClient, session: Session) -> None:
    """A session that is not Terminated is preferred to those that are; if all are, a single one is found."""
    run("terminate", session.id, "--wait")
    assert run("get", "nightly", "--project", "prj_1", "--query", "id").out == f"{session.id}\n"
    other = create(client)
    assert run("get", "nightly", "--project", "prj_1", "--query", "id").out == f"{other}\n"


@pytest.mark.parametrize("name", ["n\u00e4chtlich", "a b", "../x", "\u591c"])
def test_names_can_have_any_characters(run: Run, client: SessionsClient, name: str) -> None:
    """A name can have blanks, slashes and letters outside of ASCII, which an id cannot have."""
    session_id = create(client, name)
    assert run("get", name, "--project", "prj_1", "--query", "id").out == f"{session_id}\n"
    assert run("get", name).code == 2
