"""Compare a new folder with the committed one, and replace this one: completely, or not at all."""

from __future__ import annotations

import ctypes
import difflib
import os
import shutil
from pathlib import Path

# Linux: AT_FDCWD (fcntl.h) and RENAME_EXCHANGE (linux/fs.h), which swaps two names in one step.
_FROM_HERE, _EXCHANGE = -100, 2


def compare(committed: Path, expected: Path) -> list[str]:
    """A unified diff from the committed files to the expected ones; empty if they are the same, byte for byte."""
    names = sorted(files_of(committed) | files_of(expected))
    return [line for name in names for line in _compare_file(name, committed / name, expected / name)]


def _compare_file(name: str, old: Path, new: Path) -> list[str]:
    if old.is_file() and new.is_file() and old.read_bytes() == new.read_bytes():
        return []
    old_lines, new_lines = (
        file.read_text(encoding="utf-8", errors="backslashreplace").splitlines() if file.is_file() else []
        for file in (old, new)
    )
    labels = (f"committed/{name}", f"expected/{name}")
    return list(difflib.unified_diff(old_lines, new_lines, *labels, lineterm="")) or [
        f"--- {name}: differs in its line endings, or one of the files is empty"
    ]


def files_of(folder: Path) -> set[str]:
    """The files in a folder and its subfolders, without Python's caches."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def recover(target: Path) -> None:
    """Restore a target after a run that was killed, and remove what that run left beside it."""
    new, old = _beside(target)
    target.parent.mkdir(exist_ok=True)
    if not target.exists() and old.exists():
        old.rename(target)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)


def replace(target: Path, made: Path) -> None:
    """Replace the target with a new folder. Nothing changes until everything is copied."""
    new, old = _beside(target)
    shutil.copytree(made, new)
    if not target.exists():
        new.rename(target)
        return
    if not exchange(new, target):
        target.rename(old)
        new.rename(target)
    recover(target)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, so that a complete one exists at any time. False if the system cannot do it."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(_FROM_HERE, os.fsencode(one), _FROM_HERE, os.fsencode(other), _EXCHANGE) == 0


def _beside(target: Path) -> tuple[Path, Path]:
    new, old = (target.with_name(f".{target.name}.{suffix}") for suffix in ("new", "old"))
    return new, old
