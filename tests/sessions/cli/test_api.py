"""Tests for `cli/api.py`: every operation of the spec as a command."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import click
import pytest

from anyscale_sessions import Session, SessionsClient, SessionState
from anyscale_sessions.cli.api import call_operation
from anyscale_sessions_api import api
from anyscale_sessions_api.client import OPERATION_IDS, SyncApi
from anyscale_sessions_api.types import Operation

from .conftest import Run
from .session_file_problems import APP_CONFIG_YAML


def test_every_operation_is_a_command(run: Run) -> None:
    """Every operation of the spec can be called, and its help is what the spec says."""
    assert set(OPERATION_IDS) == set(call_operation.list_commands(click.Context(call_operation)))
    for name in OPERATION_IDS:
        ended = run("api", name, "--help")
        assert ended.code == 0
        assert str(getattr(api, name).__doc__).partition("\n")[0] in ended.out


def test_operation_shows_its_result(run: Run, session: Session) -> None:
    """An operation shows its result without secrets, and with `--show-token` the user service token."""
    shown = run("api", "get_session", f"session_id={session.id}", "-o", "json").result
    assert (shown["id"], "user_service_token" in shown, "access_token" in shown) == (session.id, False, False)
    shown = run("api", "get_session", f"session_id={session.id}", "--show-token", "-o", "json").result
    assert (shown["user_service_token"], "access_token" in shown) == (session.user_service_token, False)


def test_operation_can_have_a_body(run: Run, client: SessionsClient, write: Any) -> None:
    """The body comes from a file in YAML or JSON, from fields, or from both."""
    file = write(APP_CONFIG_YAML)
    created = run("api", "create_session", "--body", file, "-o", "json").result
    assert client.get_session(created["id"]).name == "nightly"
    with_field = run("api", "create_session", "--body", file, "idle_timeout=7", "-o", "json").result
    assert with_field["idle_timeout"] == 7
    updated = run("api", "update_session", f"session_id={created['id']}", "idle_timeout=8", "-o", "json").result
    assert updated["idle_timeout"] == 8
    fields = ("name=a", "project_id=prj_1", "uses_app_config=true", "build_id=b", "compute_template_id=c")
    assert run("api", "create_session", *fields, "--query", "name").out == "a\n"


def test_page_and_all_pages(run: Run, client: SessionsClient, session: Session) -> None:
    """A list is one page, and a note says that more follow; `--all-pages` reads all of them."""
    other = client.create_session({**session_fields(session), "name": "daily"})
    ended = run("api", "list_sessions", "project_id=prj_1", "count=1", "-o", "json")
    assert len(json.loads(ended.out)) == 1
    note = json.loads(ended.err)["note"]
    assert "--all-pages" in note["message"]
    rest = run("api", "list_sessions", "project_id=prj_1", f"paging_token={note['next_paging_token']}", "-o", "name")
    every = run("api", "list_sessions", "project_id=prj_1", "count=1", "--all-pages", "-o", "name")
    assert (every.err, sorted(every.out.split())) == ("", sorted([session.id, other.id]))
    assert rest.out.strip() in every.out.split()
    header = run("api", "list_sessions", "project_id=prj_1").out.splitlines()[0]
    with_text = [name for name, value in other.to_dict().items() if isinstance(value, str | int | float)]
    assert header.split()[:2] == ["id", next(name for name in with_text if name != "id")]


def session_fields(session: Session) -> dict[str, Any]:
    """Return what is needed to create a session like this one."""
    names = ("name", "project_id", "uses_app_config", "build_id", "compute_template_id")
    return {name: getattr(session, name) for name in names}


def test_search_has_lists_and_objects(run: Run, session: Session) -> None:
    """A list is one argument for each item, and a field of an object has a dot in its name."""
    arguments = ("api", "search_sessions", "project_id=prj_1", "-o", "name")
    found = run(*arguments, "state_filter=Stopped", "state_filter=Running", "name.contains=night", "paging.count=5")
    assert found.out == f"{session.id}\n"
    assert run(*arguments, "name.contains=x").out == ""
    assert run(*arguments, 'name={"equals": "nightly"}', 'state_filter=["Stopped"]').out == f"{session.id}\n"


def test_operation_without_a_result(run: Run, session: Session) -> None:
    """An operation that returns nothing says that it was done."""
    assert run("api", "delete_session", f"session_id={session.id}").out == "delete_session: done\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Missing command"),
        (["get_sesion"], "Did you mean"),
        (["get_session"], "Missing session_id=VALUE"),
        (["get_session", "ses_1"], "NAME=VALUE"),
        (["get_session", "sesion_id=ses_1"], "did you mean session_id?"),
        (["get_session", "session_id=a", "session_id=b"], "is given twice"),
        (["get_session", "session_id=a/b"], "session_id"),
        (["get_session", "session_id=a", "--body", "x"], "--body"),
        (["list_sessions", "project_id=p", "count=many"], "count"),
        (["list_sessions", "project_id=p", "count=51"], "count"),
        (["search_sessions", "project_id=p", "state_filter=n\u00e4chtlich\ud800"], "state_filter"),
        (["search_sessions", "project_id=p", "name.contain=x"], "did you mean name.contains?"),
        (["search_sessions", "project_id=p", "creator_id.x=y"], "creator_id"),
        (["create_session", "name=a"], "project_id"),
        (["create_session", "--body", "missing.yaml"], "missing.yaml cannot be read"),
    ],
)
def test_invalid_arguments_are_refused(run: Run, arguments: list[str], part: str) -> None:
    """Arguments that an operation does not have, or whose values it does not allow, end with code 2."""
    ended = run("api", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert part in ended.err


@pytest.fixture
def new_operation(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Add an operation to the generated package, as a change of the spec does. Returns the arguments of its calls."""
    calls: list[dict[str, Any]] = []

    def count_sessions(project_id: str, *, state: Any = None, deep: bool | None = None) -> Operation[int]:
        """Count sessions."""
        values = {"project_id": project_id, "state": state, "deep": deep}
        kinds = {"project_id": str, "state": SessionState, "deep": bool}
        return Operation(id="count_sessions", method="GET", path="/count", query=values, types=kinds)

    def method(_self: SyncApi, **values: Any) -> int:
        calls.append(values)
        return 3

    module = ModuleType("anyscale_sessions_api.api.count_sessions")
    module.count_sessions = count_sessions  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(api._MODULES, "count_sessions", ".count_sessions")
    monkeypatch.setattr(SyncApi, "count_sessions", method, raising=False)
    monkeypatch.setattr(api, "count_sessions", count_sessions, raising=False)
    return calls


def test_new_operation_appears(run: Run, new_operation: list[dict[str, Any]]) -> None:
    """An operation that is new in the spec can be called and shows a result of any type."""
    assert "count_sessions  " in run("api", "--help").out
    assert run("api", "count_sessions", "project_id=p", "deep=true", "state=Running").out == "3\n"
    assert new_operation == [{"project_id": "p", "deep": True, "state": "Running"}]


@pytest.mark.usefixtures("new_operation")
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("api count", ["count_sessions"]),
        ("api count_sessions ", ["project_id=", "state=", "deep="]),
        ("api count_sessions st", ["state="]),
        ("api count_sessions state=Sto", ["state=Stopped", "state=Stopping", "state=StoppingErrored"]),
        ("api count_sessions deep=", []),
        ("api count_sessions other=", []),
        ("api search_sessions state_filter=Run", ["state_filter=Running"]),
        ("api update_session idle", ["idle_timeout="]),
    ],
)
def test_new_operation_is_completed(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: str, completed: list[str]
) -> None:
    """Operations, their arguments and the values of enums are completed, also for a new operation."""
    monkeypatch.setenv("_ANYSCALE_SESSIONS_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", f"anyscale-sessions {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
    ended = run()
    assert ended.code == 0
    assert [value for value in ended.out.split("\n")[1::3] if value] == completed


def test_operation_with_the_name_of_a_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation with the name of a tag has an underscore in `api`, and none on the command line."""
    monkeypatch.setitem(api._MODULES, "sessions_", ".sessions.sessions")
    assert "sessions" in call_operation.list_commands(click.Context(call_operation))
