"""tools/checks/import_cycles.py: files that import each other are found, however they do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.import_cycles import cycles

FILES = {
    "generated/chk_api/__init__.py": "",
    "overrides/chk/__init__.py": "",
    "overrides/chk/a.py": "from chk.b import B\n",
    "overrides/chk/b.py": "from chk_api import x\nB = 1\n",
    "sandbox/chk_sandbox/__init__.py": "from chk import a\n",
    "tools/chk_tools/__init__.py": "",
    "tools/chk_tools/c.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of the same layout without a cycle."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return tmp_path


def test_imports_in_one_direction_are_accepted(root: Path) -> None:
    """A project whose files import each other in one direction only has no cycle."""
    assert list(cycles(root)) == []


@pytest.mark.parametrize(
    "back",
    [
        "import chk.a\n",
        "from . import a\n",
        "def f():\n    from chk.a import B\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chk.a import B\n",
    ],
)
def test_cycle_of_two_files_is_found(root: Path, back: str) -> None:
    """An import back is found at the top of a file, within a function, and for type checkers only."""
    (root / "overrides/chk/b.py").write_text(f"B = 1\n{back}", "utf-8")
    assert list(cycles(root)) == ["import cycle: overrides/chk/a.py, overrides/chk/b.py"]


def test_cycle_through_a_package_is_found(root: Path) -> None:
    """A package's __init__ that imports its own module, which imports the package, is a cycle of two files."""
    (root / "tools/chk_tools/__init__.py").write_text("from chk_tools.c import C\n", "utf-8")
    (root / "tools/chk_tools/c.py").write_text("import chk_tools\nC = 1\n", "utf-8")
    assert list(cycles(root)) == ["import cycle: tools/chk_tools/__init__.py, tools/chk_tools/c.py"]


def test_each_cycle_is_one_line(root: Path) -> None:
    """Two separate cycles, one of them of three files, are two lines that name all their files once."""
    (root / "overrides/chk/b.py").write_text("import chk.d\nB = 1\n", "utf-8")
    (root / "overrides/chk/d.py").write_text("import chk.a\n", "utf-8")
    (root / "tools/chk_tools/__init__.py").write_text("import chk_tools.c\n", "utf-8")
    (root / "tools/chk_tools/c.py").write_text("import chk_tools\n", "utf-8")
    assert list(cycles(root)) == [
        "import cycle: overrides/chk/a.py, overrides/chk/b.py, overrides/chk/d.py",
        "import cycle: tools/chk_tools/__init__.py, tools/chk_tools/c.py",
    ]
