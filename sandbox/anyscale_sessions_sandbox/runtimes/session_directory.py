"""The directory of one session: made and marked, found again when nobody is left who owns it, and removed.

Whoever owns it holds a lock on its mark, so that a directory whose mark nobody holds is a stale one. This module needs
nothing but the standard library, and its `fcntl`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "anyscale-sandbox-"
MARK = "mark"
# Files and folders are for the owner alone, since commands may write secrets.
MODE = 0o700


class Folder:
    """Where the parts of a session's directory are.

    Attributes:
        path: the directory.
        home: what commands start in, and find as their home.
        temporary: what commands find as the place for temporary files.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = path / "home"
        self.temporary = path / "tmp"
        self._commands = path / "commands"

    def streams(self, command_id: str) -> tuple[Path, Path]:
        """The files that a command's standard output and standard error go to."""
        return self._commands / f"{command_id}.stdout", self._commands / f"{command_id}.stderr"

    def make(self) -> int:
        """Make the directory, and own it for as long as the descriptor that is returned stays open. Raises OSError."""
        self.path.mkdir(MODE, parents=True)
        for part in (self.home, self.temporary, self._commands):
            part.mkdir(MODE)
        # Locked before it has its name, so that nobody ever sees it unlocked.
        unnamed = self.path / f"{MARK}-new"
        mark = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(mark, fcntl.LOCK_EX)
        unnamed.rename(self.path / MARK)
        return mark

    def remove(self) -> None:
        """Remove the directory with everything in it; what cannot be removed stays."""
        import shutil

        # A command can have made folders that nobody may look into.
        for parent, names, _ in os.walk(self.path):
            for folder in (Path(parent) / name for name in names):
                with suppress(OSError):
                    if not folder.is_symlink():
                        folder.chmod(MODE)
        # The mark goes last, so that the rest is found again if this is broken off.
        with suppress(OSError):
            for entry in os.scandir(self.path):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                elif entry.name != MARK:
                    Path(entry.path).unlink(missing_ok=True)
            (self.path / MARK).unlink(missing_ok=True)
            self.path.rmdir()


def stale(parent: Path) -> list[Path]:
    """The directories of sessions that are in a directory, are ours, and have no owner."""
    return [path for path in sorted(parent.glob(f"{PREFIX}*")) if _is_stale(path)]


def _is_stale(path: Path) -> bool:
    with suppress(OSError), _mark_of(path) as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


@contextmanager
def _mark_of(path: Path) -> Generator[int]:
    """The mark of a directory of ours, opened. Raises OSError if it is not ours, or has no mark."""
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise PermissionError(path)
    mark = os.open(path / MARK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        yield mark
    finally:
        os.close(mark)
