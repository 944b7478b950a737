"""tools/codegen/package_check.py: each difference between a generated package and its spec is reported in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen import package_check

Project = Any

# What is changed (in a file, from, to), and the line that tells of it.
IN_MODELS = {
    ("models/session.py", "    ray_version: str | None = None\n", ""): (
        "components.schemas.Session: the fields were not generated as they are: ray_version"
    ),
    ("models/page_query.py", "paging_token:", "paging_tokens:"): (
        "components.schemas.PageQuery: the fields were not generated as they are: paging_token, paging_tokens"
    ),
    ("models/__init__.py", '    "OperationError": ".operation_error",\n', ""): (
        "components.schemas.OperationError: the fields were not generated as they are: message"
    ),
    ("models/create_session.py", "Meta(ge=-1)] = 120", "Meta(ge=-1)] = None"): (
        "components.schemas.CreateSession.properties.idle_timeout.default: was not generated as it is"
    ),
    ("models/terminate_session_options.py", "take_snapshot: bool = True", "take_snapshot: bool = False"): (
        "components.schemas.TerminateSessionOptions.properties.take_snapshot.default: was not generated as it is"
    ),
    ("models/sessions_query.py", "factory=lambda: []", "factory=lambda: [SessionState.RUNNING]"): (
        "components.schemas.SessionsQuery.properties.state_filter.default: was not generated as it is"
    ),
    ("models/create_session.py", "user_service_token: str | None = field(default=None, repr=False)",
     "user_service_token: str | None = None"): (
        "components.schemas.CreateSession.properties.user_service_token: is secret, and would be shown"
    ),
    ("models/user_service_access_types.py", '"private"', '"Private"'): (
        "components.schemas.UserServiceAccessTypes.enum: the values were not generated as they are"
    ),
    ("models/text_query.py", "equals: str | None", "equals: Nonesuch | None"): (
        "components.schemas: SessionsQuery, TextQuery: cannot be read from JSON: name 'Nonesuch' is not defined"
    ),
}  # fmt: skip
IN_OPERATIONS = {
    ("api/sessions/list_sessions.py", '"count": int', '"count": dict[int, str] | dict[str, int]'): (
        "paths./sessions/.get: cannot be read from JSON: Type unions may not contain more than one dict"
    ),
    ("client.py", "def start_session(", "def start_a_session("): (
        "paths./sessions/{session_id}/start.post: start_session was not generated"
    ),
    ("api/sessions/get_session.py", '"/sessions/{session_id}"', '"/session/{session_id}"'): (
        "paths./sessions/{session_id}.get: get_session was generated as GET /session/{session_id}"
    ),
    ("api/sessions/delete_session.py", '"DELETE"', '"HEAD"'): (
        "paths./sessions/{session_id}.delete: delete_session was generated as HEAD /sessions/{session_id}"
    ),
    ("api/session_commands/list_session_commands.py", '"paging_token": paging_token', '"token": paging_token'): (
        "paths./session_commands/.get: the parameters in query were not generated as they are: session_id, token, count"
    ),
}
IN_CODE = {
    ("open_enum.py", "class OpenEnum", "classs OpenEnum"): (
        "the package cannot be used: SyntaxError: invalid syntax (open_enum.py, line "
    ),
}


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the package in a folder."""
    command = [sys.executable, "-m", "codegen.package_check", str(folder)]
    tools = Path(package_check.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(tools)}
    return subprocess.run(
        command, cwd=tools.parent, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("changes", [IN_MODELS, IN_OPERATIONS, IN_CODE], ids=["models", "operations", "code"])
def test_every_difference_is_reported(project: Project, changes: dict[tuple[str, str, str], str]) -> None:
    """All differences between the package and the spec are reported at once, each in one line."""
    for name, old, new in changes:
        path = project.package / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    finished = run(project.package)
    assert finished.returncode == 1
    assert not finished.stderr
    reported = finished.stdout.splitlines()
    assert len(reported) == len(changes)
    for line in changes.values():
        assert any(one.startswith(line) for one in reported), line


def test_a_right_package_is_not_reported(project: Project) -> None:
    """The committed package has no difference to its spec, and the check leaves no files behind."""
    before = project.files()
    finished = run(project.package)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    assert project.files() == before
    assert not list(project.package.rglob("__pycache__"))


def test_a_schema_without_a_class_is_reported(project: Project) -> None:
    """A schema of the spec without a class is reported."""
    path = project.package / "openapi.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    spec["components"]["schemas"]["Brand"] = {"type": "object", "properties": {"new": {"type": "string"}}}
    spec["components"]["schemas"]["Kind"] = {"type": "string", "enum": ["a"]}
    path.write_text(json.dumps(spec), encoding="utf-8")
    assert run(project.package).stdout.splitlines() == [
        "components.schemas.Brand: the fields were not generated as they are: new",
        "components.schemas.Kind.enum: the values were not generated as they are",
    ]
