"""Find files that import each other, directly or through others.

Imports within functions and for type checkers count: a cycle of them still means that no file of it can be understood,
or tested, without the others. import-linter's contracts compare packages, and do not see a cycle within one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import grimp

SOURCES = ("generated", "overrides", "sandbox", "tools")


def cycles(root: Path) -> Iterator[str]:
    """A line for each group of files that depend on each other."""
    folders = [root / source for source in SOURCES]
    packages = sorted(path.parent.name for folder in folders for path in folder.glob("*/__init__.py"))
    with patch.object(sys, "path", [*map(str, folders), *sys.path]):
        graph = grimp.build_graph(*packages, exclude_type_checking_imports=False, cache_dir=None)
    reported: set[str] = set()
    for module in sorted(graph.modules):
        others = graph.find_upstream_modules(module) & graph.find_downstream_modules(module)
        if others and module not in reported:
            reported |= others
            yield f"import cycle: {', '.join(_file_of(root, name) for name in sorted(others | {module}))}"


def _file_of(root: Path, module: str) -> str:
    path = module.replace(".", "/")
    names = [f"{source}/{path}{end}" for source in SOURCES for end in (".py", "/__init__.py")]
    return next(name for name in names if (root / name).is_file())
