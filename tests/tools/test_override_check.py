"""tools/override_check.py: overrides that cannot be used with a package are told, each in a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import override_check

Project = Any

MODULES = {
    "__init__.py": "__all__ = ['Lazy']\ndef __getattr__(name):\n    from .lazy import Lazy\n    return Lazy\n",
    "lazy.py": "class Lazy: pass\n",
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


@pytest.mark.parametrize("name", CHANGES)
def test_module_that_cannot_be_used_is_told(tmp_path: Path, name: str) -> None:
    """Each module that fails is told once, at its line; what an extra that is not installed brings does not matter."""
    package, overrides = tmp_path / "generated" / "anyscale_sessions_api", tmp_path / "overrides"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "models.py").write_text("class A: pass\n", encoding="utf-8")
    text, lines = CHANGES[name]
    for module, code in (MODULES | ({name: text} if name else {})).items():
        path = overrides / "anyscale_sessions" / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    finished = check(package, overrides)
    assert not finished.stderr
    told = finished.stdout.splitlines()
    assert len(told) == len(lines), told
    assert all(one.startswith(line) for one, line in zip(told, lines, strict=True)), told
    assert finished.returncode == bool(lines)


def test_override_that_relies_on_more_than_it_states_stops_regeneration(project: Project) -> None:
    """What no override has stated is found out when they are tried with the new package; nothing changes."""
    before = project.files()
    module = project.root / "overrides" / "anyscale_sessions" / "extra.py"
    module.write_text("from anyscale_sessions_api.models import SessionPriority\n", encoding="utf-8")
    finished = project.run()
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert line.startswith(
        "regenerate: openapi.yaml: overrides/anyscale_sessions/extra.py (line 1):"
        " cannot be used with what the spec gives: ImportError: "
    )
    assert project.files() == before
