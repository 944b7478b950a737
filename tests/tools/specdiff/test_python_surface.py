"""tools/specdiff/python_surface.py: what users of the old Python names can no longer do is found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from specdiff.python_surface import breaking_changes, load_baseline, load_present

FILES = {
    "generated/anyscale_sessions_api/__init__.py": '"""Generated."""\n',
    "generated/anyscale_sessions_api/models/__init__.py": "from .thing import Thing as Thing\n\n__all__ = ['Thing']\n",
    "generated/anyscale_sessions_api/models/thing.py": (
        "from enum import Enum\n\nLIMIT = 3\n\n\nclass Thing:\n    name: str = 'a'\n    size: int | None = None\n\n\n"
        "class Colour(Enum):\n    RED = 'red'\n\n\nclass _Hidden:\n    pass\n"
    ),
    "overrides/anyscale_sessions/__init__.py": (
        "from __future__ import annotations\n\nfrom anyscale_sessions_api import models\n\n"
        "from .client import Client as Client\nfrom .tokens import make_token as make_token\n\nversion = '1'\n"
    ),
    "overrides/anyscale_sessions/client/__init__.py": (
        "class Client:\n    def __init__(self, token: str) -> None:\n        self.token = token\n\n"
        "    def get(self, name: str, *, deadline: float = 1.0) -> int:\n        return len(name)\n\n"
        "    def _send(self) -> None: ...\n"
    ),
    "overrides/anyscale_sessions/tokens.py": (
        "def make_token(length: int = 3) -> str: ...\n\n\ndef other() -> None: ...\n"
    ),
}
PACKAGE = "overrides/anyscale_sessions/__init__.py"
CLIENT = "overrides/anyscale_sessions/client/__init__.py"
TOKENS = "overrides/anyscale_sessions/tokens.py"
THING = "generated/anyscale_sessions_api/models/thing.py"
Edit = tuple[str, str, str]
Compare = Callable[..., list[str]]


def write_files(root: Path) -> None:
    """Write a small project of the same layout."""
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def edit_files(root: Path, *edits: Edit) -> None:
    """Replace a text in each of these files."""
    for name, old, new in edits:
        content = (root / name).read_text("utf-8")
        assert old in content
        (root / name).write_text(content.replace(old, new), "utf-8")


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """A function that edits a copy of the project and compares its surface with the original's."""

    def run(*edits: Edit) -> list[str]:
        old, new = tmp_path / "old", tmp_path / "new"
        write_files(old)
        write_files(new)
        edit_files(new, *edits)
        return list(breaking_changes(load_present(old), load_present(new)))

    return run


COMPATIBLE: dict[str, Edit] = {
    "nothing": (CLIENT, "", ""),
    "a new method": (CLIENT, "    def _send", "    def put(self) -> None: ...\n\n    def _send"),
    "a private method": (CLIENT, "_send(self)", "_send(self, how: int)"),
    "a private class": (THING, "class _Hidden:\n    pass\n", ""),
    "the value of a constant": (THING, "LIMIT = 3", "LIMIT = 4"),
    "the value of a constant of the package": (PACKAGE, "version = '1'", "version = '2'"),
    "a function that the package does not offer": (TOKENS, "other() -> None", "another() -> int"),
}


@pytest.mark.parametrize("edit", COMPATIBLE.values(), ids=COMPATIBLE)
def test_compatible_change_is_not_reported(edit: Edit, compare: Compare) -> None:
    """A change that users of the old surface cannot notice is not reported."""
    assert compare(edit) == []


BREAKING: dict[str, tuple[Edit, str]] = {
    "a name is removed": (
        (PACKAGE, "from .client import Client as Client\n", ""),
        "Client: Public object was removed",
    ),
    "a model is removed": (
        (THING, "class Colour(Enum)", "class Paint(Enum)"),
        "models.thing.Colour: Public object was removed",
    ),
    "an argument is renamed": (
        (CLIENT, "self, name: str", "self, key: str"),
        "Parameter was removed (was [positional or keyword] name: str",
    ),
    "an argument becomes keyword-only": (
        (CLIENT, "self, name: str, *, deadline", "self, *, name: str, deadline"),
        "Parameter kind was changed",
    ),
    "an argument becomes required": (
        (CLIENT, "deadline: float = 1.0", "deadline: float"),
        "Parameter is now required",
    ),
    "a default changes": (
        (CLIENT, "= 1.0", "= 2.0"),
        "(was [keyword-only] deadline: float = 1.0, is [keyword-only] deadline: float = 2.0)",
    ),
    "a default of a function changes": (
        (TOKENS, "= 3", "= 4"),
        "(was [positional or keyword] length: int = 3, is [positional or keyword] length: int = 4)",
    ),
    "a method returns another type": (
        (CLIENT, "-> int", "-> float"),
        "Client.get: the return type changed from int to float",
    ),
    "a function returns another type": (
        (TOKENS, "-> str", "-> bytes"),
        "make_token: the return type changed from str to bytes",
    ),
    "a method is removed": (
        (CLIENT, "def get(", "def _get("),
        "Client.get: Public object was removed",
    ),
    "a field has another type": (
        (THING, "size: int | None", "size: int | str | None"),
        "Thing.size: the type changed from int | None to int | str | None",
    ),
    "a field is removed": (
        (THING, "    name: str = 'a'\n", ""),
        "Thing.name: Public object was removed",
    ),
    "a member of an enum has another value": (
        (THING, "RED = 'red'", "RED = 'crimson'"),
        "Colour.RED: the value changed from 'red' to 'crimson'",
    ),
}


@pytest.mark.parametrize(("edit", "expected"), BREAKING.values(), ids=BREAKING)
def test_breaking_change_is_reported(edit: Edit, expected: str, compare: Compare) -> None:
    """A change that breaks users of the old surface is a line that names the object and the change."""
    assert sum(expected in line for line in compare(edit)) == 1


def test_the_baseline_is_read_from_git(tmp_path: Path) -> None:
    """The old surface comes from the commit, not from the files of the working tree."""
    write_files(tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Release"]):
        subprocess.run([*git, *command], check=True)
    edit_files(tmp_path, (CLIENT, "-> int", "-> float"))
    (line,) = breaking_changes(load_baseline(tmp_path, "HEAD"), load_present(tmp_path))
    assert line.endswith("Client.get: the return type changed from int to float")
