"""The spec changed, now what: CONTRIBUTING's example is applied in a scratch copy, regenerated, checked and used."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

Project = Any
Spec = dict[str, Any]

EXAMPLE = Path(__file__).with_name("spec_change")
MYPY_SETTINGS = "[mypy]\nstrict = True\nexplicit_package_bases = True\n"
COMPLETE = """
import os, sys
from anyscale_sessions.cli import main

words = {"COMP_WORDS": "anyscale-sessions api list_session_s", "COMP_CWORD": "2"}
os.environ.update(words, _ANYSCALE_SESSIONS_COMPLETE="zsh_complete")
sys.exit(main([]))
"""
# What the report of the example says, each in a line of its own.
REPORTED = [
    "CreateSession/properties/priority: priority was added, optional",
    "Session/properties/region: region was added, required",
    "list_sessions",
    "query parameter name_contains was added, optional",
    'SessionEventTypes: new value in responses: the value "snapshot_taken" was added',
    "list_session_snapshots (GET /session_snapshots/) was added",
    "the class SessionPriority was added",
    "the class SessionSnapshot was added",
    "#/tags: tags changed",
]


def patched(text: str, patch: str) -> str:
    """A text with a unified diff applied; each hunk goes where its lines stand, nearest to where it says."""
    lines, shift = text.splitlines(), 0
    for start, body in re.findall(r"^@@ -(\d+)\S* \+\S+ @@.*\n((?:[ +-].*\n|\n)+)", patch, re.MULTILINE):
        changes = [(line[:1] or " ", line[1:]) for line in body.splitlines()]
        old = [line for mark, line in changes if mark != "+"]
        places = [at for at in range(len(lines)) if lines[at : at + len(old)] == old]
        assert places, f"the hunk at line {start} does not fit openapi.yaml"
        at = min(places, key=lambda place: abs(place - int(start) - shift))
        new = [line for mark, line in changes if mark != "-"]
        lines[at : at + len(old)] = new
        shift += len(new) - len(old)
    return "\n".join([*lines, ""])


def both_forms(text: str, patch: str) -> tuple[str, str]:
    """A text without a patch and with it, given one of the two."""
    signs = {"+": "-", "-": "+"}
    reverse = "\n".join(signs.get(line[:1], line[:1]) + line[1:] for line in patch.splitlines()) + "\n"
    reverse = re.sub(r"^@@ \+(\S+) -(\S+) @@", r"@@ -\1 +\2 @@", reverse, flags=re.MULTILINE)
    reverse = re.sub(r"^@@ -(\S+) \+(\S+) @@", r"@@ -\2 +\1 @@", reverse, flags=re.MULTILINE)
    try:
        return text, patched(text, patch)
    except AssertionError:
        return patched(text, reverse), text


class Changed:
    """A scratch copy in which the example was applied and regenerated."""

    def __init__(self, project: Project, repository: Path) -> None:
        contributing = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
        (patch,) = re.findall(r"^```diff\n(.*?)^```", contributing, re.MULTILINE | re.DOTALL)
        path = project.root / "openapi.yaml"
        present = path.read_text(encoding="utf-8")
        old, new = both_forms(present, patch)
        if old != present:  # in a project where the example was applied already
            path.write_text(old, encoding="utf-8")
            assert project.run().returncode == 0
        path.write_text(new, encoding="utf-8")
        self.project = project
        self.finished = project.run()
        sources = [project.root / "generated", project.root / "overrides", repository / "sandbox"]
        self.sources = [str(source) for source in sources]
        self.path = os.pathsep.join(self.sources)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program that sees the new package."""
        environment = {**os.environ, "PYTHONPATH": self.path, "MYPYPATH": self.path, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.project.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def changed(repository: Path, new_project: Any) -> Changed:
    """The example, applied and regenerated once."""
    return Changed(new_project("changed"), repository)


def test_example_regenerates_and_says_what_changed(changed: Changed) -> None:
    """One command makes the package anew, and says what of it users will notice."""
    assert changed.finished.returncode == 0, changed.finished.stderr
    for said in REPORTED:
        assert said in changed.finished.stdout, said
    assert "BREAKING" not in changed.finished.stdout
    assert "14 findings, 0 breaking. Advice: minor: after 0.1.1 comes 0.1.2 or higher" in changed.finished.stdout


def test_contributing_shows_what_is_said(changed: Changed, repository: Path) -> None:
    """The report that CONTRIBUTING shows is the one that is printed."""
    contributing = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(what changed for users:.*?)^```", contributing, re.MULTILINE | re.DOTALL)
    for block in shown.split("...\n"):
        assert block.strip() in changed.finished.stdout


def test_new_surface_works_without_a_hand_edit(changed: Changed, tmp_path: Path) -> None:
    """Names, both clients, the session class, `create -f` and the sandbox's routes have what is new."""
    used = changed.run(str(EXAMPLE / "use.py"), str(tmp_path))
    assert used.returncode == 0, used.stderr


def test_new_operation_is_a_command(changed: Changed) -> None:
    """The command line has the new operation with its arguments, and completes its name."""
    helped = changed.run("-m", "anyscale_sessions.cli", "api", "list_session_snapshots", "--help")
    assert "anyscale-sessions api list_session_snapshots session_id=..." in helped.stdout, helped.stderr
    completed = changed.run("-c", COMPLETE)
    assert completed.stdout.splitlines()[1] == "list_session_snapshots", completed.stderr


def test_new_surface_is_documented(changed: Changed) -> None:
    """The docstrings, from which the API reference is made, have what is new."""
    client = (changed.project.package / "client.py").read_text(encoding="utf-8")
    models = {path.stem: path.read_text("utf-8") for path in (changed.project.package / "models").glob("*.py")}
    arguments = r"\s*self, session_id: str, \*, paging_token: str \| None = None\s*"
    assert re.search(rf"def list_session_snapshots\({arguments}\) -> Page\[models.SessionSnapshot\]:", client)
    assert "            name_contains: Only sessions with this text in their name.\n" in client
    assert '    """How soon the session is given machines."""\n' in models["create_session"]
    assert '    """Where the session\'s machines are."""\n' in models["session"]
    assert '    SNAPSHOT_TAKEN = "snapshot_taken"\n' in models["session_event_types"]


def test_mypy_knows_the_new_surface(changed: Changed, tmp_path: Path) -> None:
    """For mypy, right uses of what is new are right, and wrong ones wrong, in the overloads of CreateSession too."""
    settings = tmp_path / "mypy.ini"
    settings.write_text(MYPY_SETTINGS, encoding="utf-8")
    arguments = ["--config-file", str(settings), "--cache-dir", str(tmp_path / "cache"), str(EXAMPLE / "typed.py")]
    checked = changed.run("-m", "mypy", "--follow-imports", "silent", *arguments)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_pyright_knows_the_new_surface(changed: Changed, tmp_path: Path) -> None:
    """For pyright, right uses of what is new are right, and wrong ones wrong."""
    shutil.copy(EXAMPLE / "typed.py", tmp_path)
    settings = {
        "typeCheckingMode": "strict",
        "enableTypeIgnoreComments": False,
        "reportUnnecessaryTypeIgnoreComment": "error",
        "extraPaths": changed.sources,
        "include": ["typed.py"],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    checked = changed.run("-m", "pyright", "--pythonpath", sys.executable, "--project", str(tmp_path))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def laid_over(below: Any, above: Any) -> Any:
    """A document with another one laid over it; lists are added to."""
    if isinstance(below, dict) and isinstance(above, dict):
        both = {name: laid_over(below[name], above[name]) for name in below.keys() & above.keys()}
        return copy.deepcopy({**below, **above, **both})
    return [*below, *above] if isinstance(below, list) else above


def adapt_demo(package: Path) -> None:
    """Give the new field in the demo, and state that the demo requires it."""
    for name, old, new in (
        ("cli/demo.py", "project_id=PROJECT_ID,", "project_id=PROJECT_ID, cost_center='c',"),
        ("_requires.py", '"*": "optional"', '"cost_center": "required string", "*": "optional"'),
    ):
        text = (package / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (package / name).write_text(text.replace(old, new), encoding="utf-8")


def test_larger_change_works_without_a_hand_edit(
    project: Project, repository_spec: Spec, repository: Path, tmp_path: Path
) -> None:
    """A larger change of the spec works with no hand edit but where our own demo lacks a new required field.

    It has models within models, secrets by reference, promised fields, a new tag, an operation with all, and odd texts.
    """
    spec = laid_over(repository_spec, YAML(typ="safe", pure=True).load((EXAMPLE / "more.yaml").read_text("utf-8")))
    schemas = spec["components"]["schemas"]
    schemas["CreateSession"]["required"].append("cost_center")
    schemas["Session"]["required"] += ["node", "nodes", "rank"]
    for operation in spec["paths"]["/session_commands/"].values():
        operation["tags"] = ["commands"]
    project.write_spec(spec)
    refused = project.run()
    assert "cli/demo.py: requires CreateSession to have no other required field" in refused.stderr
    adapt_demo(project.root / "overrides" / "anyscale_sessions")
    finished = project.run()
    assert finished.returncode == 0, finished.stderr
    assert "cost_center was added, required\n    BREAKING for callers; requests; major" in finished.stdout
    sources = [project.root / "generated", project.root / "overrides", repository / "sandbox"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(EXAMPLE / "more.py"), str(tmp_path)]
    used = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert used.returncode == 0, used.stderr
