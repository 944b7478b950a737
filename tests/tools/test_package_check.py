"""tools/package_check.py: a generated package that says other than its spec is told, a line for each difference."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import package_check

Project = Any

IN_SESSION = "components.schemas.Session"

# What is changed (in a file, from, to), and the line that tells of it.
CHANGES = {
    "a field left out": (
        ("models/session.py", '    ray_version: str | None = None\n', ""),
        f"{IN_SESSION}: the fields were not generated as they are: ray_version",
    ),
    "a field renamed": (
        ("models/page_query.py", "paging_token:", "paging_tokens:"),
        "components.schemas.PageQuery: the fields were not generated as they are: paging_token, paging_tokens",
    ),
    "a model left out": (
        ("models/__init__.py", '    "PageQuery": ".page_query",\n', ""),
        "components.schemas.PageQuery: the fields were not generated as they are: count, paging_token",
    ),
    "a default left out": (
        ("models/create_session.py", "Meta(ge=-1)] = 120", "Meta(ge=-1)] = None"),
        "components.schemas.CreateSession.properties.idle_timeout.default: was not generated as it is",
    ),
    "another default": (
        ("models/create_session.py", "Meta(ge=-1)] = 120", "Meta(ge=-1)] = 121"),
        "components.schemas.CreateSession.properties.idle_timeout.default: was not generated as it is",
    ),
    "a list as default, filled": (
        ("models/sessions_query.py", "factory=lambda: []", "factory=lambda: [SessionState.RUNNING]"),
        "components.schemas.SessionsQuery.properties.state_filter.default: was not generated as it is",
    ),
    "a secret shown": (
        ("models/session.py", "ssh_private_key: Promised[str] = field(default=ABSENT, repr=False)",
         "ssh_private_key: Promised[str] = ABSENT"),
        f"{IN_SESSION}.properties.ssh_private_key: is secret, and would be shown",
    ),
    "an enum's value changed": (
        ("models/user_service_access_types.py", '"private"', '"Private"'),
        "components.schemas.UserServiceAccessTypes.enum: the values were not generated as they are",
    ),
    "a type that cannot be read": (
        ("models/page_query.py", "paging_token: str | None", "paging_token: Nonesuch | None"),
        "components.schemas: PageQuery, SessionsQuery: cannot be read from JSON: name 'Nonesuch' is not defined",
    ),
    "a parameter that cannot be read": (
        ("api/sessions/list_sessions.py", '"count": int', '"count": int | dict[int, str] | dict[str, int]'),
        "paths./sessions/.get: cannot be read from JSON: Type unions may not contain more than one dict",
    ),
    "a method left out": (
        ("client.py", "def get_session(", "def get_a_session("),
        "paths./sessions/{session_id}.get: get_session was not generated",
    ),
    "another path": (
        ("api/sessions/get_session.py", '"/sessions/{session_id}"', '"/session/{session_id}"'),
        "paths./sessions/{session_id}.get: get_session was generated as GET /session/{session_id}",
    ),
    "another method": (
        ("api/sessions/get_session.py", '"GET"', '"HEAD"'),
        "paths./sessions/{session_id}.get: get_session was generated as HEAD /sessions/{session_id}",
    ),
    "another query": (
        ("api/sessions/list_sessions.py", '"paging_token": paging_token', '"pagingToken": paging_token'),
        "paths./sessions/.get: the query parameters were not generated as they are: project_id, pagingToken, count",
    ),
    "code that is none": (
        ("types.py", "class OpenEnum", "classs OpenEnum"),
        "the package cannot be used: SyntaxError: invalid syntax (types.py, line ",
    ),
}  # fmt: skip


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the package in a folder."""
    command = [sys.executable, str(package_check.__file__), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("case", CHANGES)
def test_difference_is_told(project: Project, case: str) -> None:
    """What the package says other than the spec is told in one line."""
    (name, old, new), line = CHANGES[case]
    path = project.package / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    finished = run(project.package)
    assert finished.returncode == 1
    assert not finished.stderr
    (told,) = finished.stdout.splitlines()
    assert told.startswith(line)


def test_right_package_is_not_told_of(project: Project) -> None:
    """The committed package says what its spec says; checking it leaves nothing behind."""
    before = project.files()
    finished = run(project.package)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    assert project.files() == before
    assert not list(project.package.rglob("__pycache__"))


def test_schema_without_a_class_is_told(project: Project) -> None:
    """A model of the spec for which there is no class at all is told."""
    path = project.package / "openapi.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    spec["components"]["schemas"]["Brand"] = {"type": "object", "properties": {"new": {"type": "string"}}}
    spec["components"]["schemas"]["Kind"] = {"type": "string", "enum": ["a"]}
    path.write_text(json.dumps(spec), encoding="utf-8")
    assert run(project.package).stdout.splitlines() == [
        "components.schemas.Brand: the fields were not generated as they are: new",
        "components.schemas.Kind.enum: the values were not generated as they are",
    ]
