"""What the last release promised is kept, and a promise that the code breaks is named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import release_record

FILES = {
    "openapi.yaml": "openapi: 3.1.0\n",
    "pyproject.toml": "[tool.mypy]\nstrict = true\nmypy_path = ['generated', 'overrides']\n",
    "generated/anyscale_sessions_api/__init__.py": '"""Generated."""\n',
    "generated/anyscale_sessions_api/py.typed": "",
    "generated/anyscale_sessions_api/models/__init__.py": "from .thing import Thing as Thing\n\n__all__ = ['Thing']\n",
    "generated/anyscale_sessions_api/models/thing.py": (
        "from enum import Enum\n\nLIMIT = 3\n\n\nclass Thing:\n    name: str = 'a'\n    size: int | None = None\n\n\n"
        "class Colour(Enum):\n    RED = 'red'\n\n\nclass _Hidden:\n    pass\n"
    ),
    "overrides/anyscale_sessions/__init__.py": (
        "from anyscale_sessions_api.models import Thing as Thing\n\nfrom .client import Client as Client\n\n"
        "__all__ = ['Client', 'Colour', 'Thing', '__version__']\n"
    ),
    "overrides/anyscale_sessions/py.typed": "",
    "overrides/anyscale_sessions/version.py": '__version__ = "0.1.0"\n',
    "overrides/anyscale_sessions/client/__init__.py": (
        "class Client:\n    def __init__(self, token: str) -> None:\n        self.token = token\n\n"
        "    def get(self, name: str, *, deadline: float = 1.0) -> int:\n        return len(name)\n\n"
        "    def _send(self) -> None: ...\n"
    ),
    "tests/typing/accepted.py": (
        "from anyscale_sessions import Client\n\nClient('t').get('a', deadline=2.0)\n"
        "Client(3)  # type: ignore[arg-type]\n"
    ),
}
PACKAGE = "overrides/anyscale_sessions/__init__.py"
CLIENT = "overrides/anyscale_sessions/client/__init__.py"
THING = "generated/anyscale_sessions_api/models/thing.py"
VERSION = "overrides/anyscale_sessions/version.py"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of the same layout, small, with the record of its release."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    assert release_record.main(["record", "--root", str(tmp_path)]) == 0
    return tmp_path


@pytest.fixture
def check(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that edits files, checks the project, and returns the exit status and what was said."""

    def run(*edits: tuple[str, str, str]) -> tuple[int, str]:
        for name, old, new in edits:
            content = (root / name).read_text("utf-8")
            assert old in content
            (root / name).write_text(content.replace(old, new), "utf-8")
        capsys.readouterr()
        status = release_record.main(["check", "--root", str(root)])
        output = capsys.readouterr()
        return status, output.out + output.err

    return run


def test_the_record_holds_the_spec_the_surface_and_the_typing_tests(root: Path) -> None:
    """The record of a release is its spec, the public names of its packages, and its typing tests; nothing private."""
    released = root / "tools" / "released"
    assert {path.relative_to(released).as_posix() for path in released.rglob("*") if path.is_file()} == {
        "openapi.yaml",
        "surface.json",
        "typing/accepted.py",
    }
    surface = json.loads((released / "surface.json").read_text("utf-8"))
    assert surface["version"] == "0.1.0"
    assert set(surface["packages"]["anyscale_sessions"]["members"]) == {"Client", "Colour", "Thing"}
    assert set(surface["packages"]["anyscale_sessions"]["members"]["Client"]["members"]) == {"__init__", "get", "token"}
    assert str(root) not in (released / "surface.json").read_text("utf-8")


def test_recording_again_forgets_the_older_release(root: Path) -> None:
    """A new record has no file of the old one."""
    (root / "tools" / "released" / "typing" / "older.py").touch()
    release_record.main(["record", "--root", str(root)])
    assert [path.name for path in (root / "tools" / "released" / "typing").iterdir()] == ["accepted.py"]


def test_unchanged_code_keeps_its_promises(check: Run) -> None:
    """Nothing is broken where nothing changed, nor by what is new or private, nor by what a constant is."""
    assert check() == (0, "0.1.0 keeps what 0.1.0 promised\n")
    added = "    def put(self) -> None: ...\n\n    def _send(self, how: int) -> None: ..."
    assert check((CLIENT, "    def _send(self) -> None: ...", added), (THING, "LIMIT = 3", "LIMIT = 4"))[0] == 0


BROKEN = {
    "a name is gone": (
        (PACKAGE, "'Colour', ", ""),
        "anyscale_sessions.Colour: Public object was removed",
    ),
    "an argument is renamed": (
        (CLIENT, "self, name: str", "self, key: str"),
        "Parameter was removed (was [positional or keyword] name: str",
    ),
    "an argument is positional no more": (
        (CLIENT, "self, name: str, *, deadline", "self, *, name: str, deadline"),
        "Parameter kind was changed",
    ),
    "an argument is needed": (
        (CLIENT, "deadline: float = 1.0", "deadline: float"),
        "Parameter is now required",
    ),
    "a default is another": (
        (CLIENT, "= 1.0", "= 2.0"),
        "(was [keyword-only] deadline: float = 1.0, is [keyword-only] deadline: float = 2.0)",
    ),
    "a result has another type": (
        (CLIENT, "-> int", "-> float"),
        "Client.get: the type changed from int to float",
    ),
    "a method is gone": (
        (CLIENT, "def get(", "def _get("),
        "Client.get: Public object was removed",
    ),
    "a field has another type": (
        (THING, "size: int | None", "size: int | str | None"),
        "Thing.size: the type changed",
    ),
    "a field is gone": (
        (THING, "    name: str = 'a'\n", ""),
        "Thing.name: Public object was removed",
    ),
    "a value is another": (
        (THING, "RED = 'red'", "RED = 'crimson'"),
        "Colour.RED: the value changed from",
    ),
    "what was refused is accepted": (
        (CLIENT, "token: str", "token: str | int"),
        'Unused "type: ignore" comment',
    ),
}


@pytest.mark.parametrize(("edit", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_promise_is_named(edit: tuple[str, str, str], said: str, check: Run) -> None:
    """What users of the last release could do, and cannot do any more, is said in a line, and the status is 1."""
    status, output = check(edit)
    assert status == 1
    assert said in output
    assert "are not kept by 0.1.0" in output


def test_promises_end_with_a_version_that_says_so(check: Run) -> None:
    """A version that is raised as breaking asks makes it no failure; it is still said."""
    edit = (CLIENT, "def get(", "def _get(")
    status, output = check(edit, (VERSION, "0.1.0", "0.2.0"))
    assert status == 0
    assert "Client.get: Public object was removed" in output
    assert "are not kept by 0.2.0" in output


@pytest.mark.parametrize("content", ["", "[]", '{"version": "1.0.0"}', '{"version": "1.0.0", "packages": 3}'])
def test_an_unusable_record_is_said(content: str, root: Path, check: Run) -> None:
    """A record that cannot be read is one line, with what to do, and the status is 2."""
    (root / "tools" / "released" / "surface.json").write_text(content, "utf-8")
    status, output = check()
    assert status == 2
    assert output.startswith("release_record: tools/released/surface.json cannot be used: ")
    assert output.endswith("run: python tools/release_record.py record\n")


def test_a_package_that_cannot_be_imported_is_said(check: Run) -> None:
    """A package that fails on import is one line, and the status is 2."""
    status, output = check((PACKAGE, "from .client", "from .nowhere"))
    assert status == 2
    assert output.startswith("release_record: anyscale_sessions cannot be imported: ModuleNotFoundError")


def test_a_type_checker_that_cannot_run_is_said(root: Path, check: Run) -> None:
    """Where mypy cannot do its work, that is no broken promise: the status is 2."""
    (root / "tools" / "released" / "typing" / "accepted.py").write_text("def (", "utf-8")
    status, output = check()
    assert status == 2
    assert output.startswith("release_record: mypy failed: ")


def test_the_program_tells_with_its_exit_status(root: Path) -> None:
    """Run as a program, it ends with the status."""
    program = Path(release_record.__file__)
    finished = subprocess.run(
        [sys.executable, str(program), "check", "--root", str(root)], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, "0.1.0 keeps what 0.1.0 promised\n")
