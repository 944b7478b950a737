"""Compare what was made with what is there, and put it in its place: whole, or not at all."""

from __future__ import annotations

import ctypes
import difflib
import os
import shutil
from pathlib import Path

# Of Linux: swap two names in one step, in the folder that a relative path starts from (fcntl.h, linux/fs.h).
_FROM_HERE, _EXCHANGE = -100, 2


def compare(committed: Path, expected: Path) -> list[str]:
    """A unified diff from what is committed to what the spec gives; empty where they are the same, byte for byte."""
    names = sorted(files_of(committed) | files_of(expected))
    return [line for name in names for line in compare_file(name, committed / name, expected / name)]


def compare_file(name: str, old: Path, new: Path) -> list[str]:
    """The same for one file."""
    if old.is_file() and new.is_file() and old.read_bytes() == new.read_bytes():
        return []
    old_lines, new_lines = (
        file.read_text(encoding="utf-8", errors="backslashreplace").splitlines() if file.is_file() else []
        for file in (old, new)
    )
    labels = (f"committed/{name}", f"expected/{name}")
    return list(difflib.unified_diff(old_lines, new_lines, *labels, lineterm="")) or [
        f"--- {name}: differs in a way that no line shows (empty, or other line ends)"
    ]


def files_of(folder: Path) -> set[str]:
    """The files below a folder, without Python's caches."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def mend(target: Path) -> None:
    """Clear away what a run that was killed half way has left beside a target, and bring the target back."""
    new, old = _beside(target)
    target.parent.mkdir(exist_ok=True)
    if not target.exists() and old.exists():
        old.rename(target)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
        leftover.unlink(missing_ok=True)


def put(made: dict[Path, Path]) -> None:
    """Put what was made, a file or a folder for each target, in its place. Until all is copied, nothing changes."""
    for target, source in made.items():
        new, _ = _beside(target)
        if source.is_dir():
            shutil.copytree(source, new)
        else:
            shutil.copyfile(source, new)
    for target, source in made.items():
        new, old = _beside(target)
        if source.is_file():
            new.replace(target)
        elif target.exists():
            if not exchanged(new, target):
                target.rename(old)
                new.rename(target)
            mend(target)
        else:
            new.rename(target)


def exchanged(one: Path, other: Path) -> bool:
    """Swap two folders in one step, so that there is always a whole one; whether this system can."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(_FROM_HERE, os.fsencode(one), _FROM_HERE, os.fsencode(other), _EXCHANGE) == 0


def _beside(target: Path) -> tuple[Path, Path]:
    new, old = (target.with_name(f".{target.name}.{suffix}") for suffix in ("new", "old"))
    return new, old
