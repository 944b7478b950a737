"""tools/codegen/override_check.py: overrides that cannot be used with a package are reported, one line each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen import override_check

Project = Any

GENERATED = {
    "__init__.py": "",
    "types.py": "class Model:\n    def to_dict(self): pass\n",
    "models.py": "from .types import Model\n__all__ = ('A',)\nclass A(Model):\n    size = 0\n",
    "client.py": "class Api:\n    def get_a(self): pass\n    def close_a(self): pass\n",
}
MODULES = {
    "__init__.py": (
        "__all__ = ['A', 'Client', 'MOST', 'Problem']\n"
        "from importlib import import_module\n"
        "def __getattr__(name):\n    return getattr(import_module('anyscale_sessions.lazy'), name)\n"
    ),
    "lazy.py": (
        "from anyscale_sessions_api.client import Api\nfrom anyscale_sessions_api.models import A\n"
        "MOST = 5\nclass Client(Api): pass\nclass Problem: pass\n"
    ),
    "_requires.py": "REQUIRES = {}\n",
    "extra.py": "import package_of_an_extra\n",
    "commands/__init__.py": "",
    "commands/__main__.py": "raise SystemExit(3)\n",
}
CHANGES: dict[str, tuple[str, list[str]]] = {
    "": ("", []),
    "fine.py": ("from anyscale_sessions_api.models import A\n", []),
    "user.py": (
        "from anyscale_sessions_api.models import B\n",
        ["overrides/anyscale_sessions/user.py (line 1): cannot be used with what the spec gives: ImportError: "],
    ),
    "commands/__init__.py": (
        "def make():\n    return A.new\nfrom anyscale_sessions_api.models import A\nmake()\n",
        [
            (
                "overrides/anyscale_sessions/commands/__init__.py (line 2): cannot be used with what the spec gives:"
                " AttributeError: type object 'A' has no attribute 'new'"
            )
        ],
    ),
    "lazy.py": (
        "from anyscale_sessions_api.missing import A\n",
        [
            (
                "overrides/anyscale_sessions/lazy.py (line 1): cannot be used with what the spec gives:"
                " ModuleNotFoundError: No module named 'anyscale_sessions_api.missing'"
            )
        ],
    ),
    "wrong.py": (
        "def (:\n",
        ["overrides: cannot be used with what the spec gives: SyntaxError: invalid syntax (wrong.py, line 1)"],
    ),
}


def check(package: Path, overrides: Path) -> subprocess.CompletedProcess[str]:
    """Run it."""
    command = [sys.executable, override_check.__file__, str(package), str(overrides)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


TAKEN = (
    "anyscale_sessions.lazy has something else of the name {}, which the spec gives as well; choose another in the spec"
)
# What the lazy module has as well, and what is reported of it.
NAMES: dict[str, list[str]] = {
    "class A(A):\n    def of(self): pass\n    def to_dict(self): pass\n    def _size(self): pass\n": [],
    "class A: pass\n": ["components.schemas.A: the package has something else of this name; choose another"],
    "A = 5\n": ["components.schemas.A: the package has something else of this name; choose another"],
    "class A(A):\n    def size(self): pass\n": [TAKEN.format("size")],
    "class Client(Api):\n    close_a = property(lambda self: 1)\n": [TAKEN.format("close_a")],
    "class Base:\n    def close_a(self): pass\nclass Client(Base, Api): pass\nclass Problem(Base, Api): pass\n": [
        TAKEN.format("close_a")
    ],
}


@pytest.mark.parametrize("code", NAMES)
def test_name_that_is_taken_is_reported(tmp_path: Path, code: str) -> None:
    """A class, a field or an operation that something hand-written would hide is a line, unless that is meant."""
    written(tmp_path / "anyscale_sessions_api", GENERATED)
    written(tmp_path / "overrides" / "anyscale_sessions", MODULES | {"lazy.py": MODULES["lazy.py"] + code})
    finished = check(tmp_path / "anyscale_sessions_api", tmp_path / "overrides")
    assert (finished.stderr, finished.stdout.splitlines()) == ("", NAMES[code])


@pytest.mark.parametrize(("module", "is_accepted"), [("lazy", True), ("laz", False), ("commands", False)])
def test_operation_that_a_module_requires_may_be_overridden(tmp_path: Path, module: str, is_accepted: bool) -> None:
    """An override of an operation is accepted in the module whose requirements name that operation, and only there."""
    override = {
        "lazy.py": MODULES["lazy.py"] + "class Client(Api):\n    def close_a(self): pass\n",
        "_requires.py": f"REQUIRES = {{{module!r}: {{'operations': {{'close_a': {{}}}}}}}}\n",
    }
    written(tmp_path / "anyscale_sessions_api", GENERATED)
    written(tmp_path / "overrides" / "anyscale_sessions", MODULES | override)
    finished = check(tmp_path / "anyscale_sessions_api", tmp_path / "overrides")
    assert finished.stdout.splitlines() == ([] if is_accepted else [TAKEN.format("close_a")])


def written(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a package."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", CHANGES)
def test_module_that_cannot_be_used_is_reported(tmp_path: Path, name: str) -> None:
    """Each module that fails is reported once, at its line; missing extras do not matter."""
    package, overrides = tmp_path / "generated" / "anyscale_sessions_api", tmp_path / "overrides"
    text, lines = CHANGES[name]
    written(package, GENERATED)
    written(overrides / "anyscale_sessions", MODULES | ({name: text} if name else {}))
    finished = check(package, overrides)
    assert not finished.stderr
    reported = finished.stdout.splitlines()
    assert len(reported) == len(lines), reported
    assert all(one.startswith(line) for one, line in zip(reported, lines, strict=True)), reported
    assert finished.returncode == bool(lines)


def test_override_that_fails_on_import_stops_regeneration(project: Project) -> None:
    """A failure that neither the requirements nor the types show is found by importing; nothing changes."""
    before = project.files()
    module = project.root / "overrides" / "anyscale_sessions" / "extra.py"
    module.write_text(
        "from anyscale_sessions_api import models\n\nWHEEL = getattr(models, 'Wheel')\n", encoding="utf-8"
    )
    finished = project.run()
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert line.startswith(
        "regenerate: openapi.yaml: overrides/anyscale_sessions/extra.py (line 3):"
        " cannot be used with what the spec gives: AttributeError: "
    )
    assert project.files() == before
