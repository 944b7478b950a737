"""The directory of one session: create it, find it again when it is orphaned, and remove it.

The owner of a directory holds a lock on its mark file. A directory whose mark is not locked is orphaned. This module
needs the standard library only, with its `fcntl`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "anyscale-sandbox-"
MARK = "mark"
# Only the owner may access files and folders, because commands may write secrets.
MODE = 0o700


class SessionDirectory:
    """The directory of a session.

    `link` is a path at which a symbolic link to the directory is created, for programs that need short paths.

    Attributes:
        path: the directory.
        home: the working directory and the home directory of commands.
        temporary: the directory for temporary files of commands, through the link if there is one.
    """

    def __init__(self, path: Path, link: str = "") -> None:
        self.path = path
        self.home = path / "home"
        self.temporary = Path(link or path) / "tmp"
        self._link = link
        self._commands = path / "commands"

    def streams(self, command_id: str) -> tuple[Path, Path]:
        """The files for the standard output and the standard error of a command."""
        return self._commands / f"{command_id}.stdout", self._commands / f"{command_id}.stderr"

    def create(self) -> int:
        """Create the directory and own it until the returned descriptor is closed. Raises OSError."""
        self.path.mkdir(MODE, parents=True)
        if self._link:
            Path(self._link).symlink_to(self.path)
        for part in (self.home, self.temporary, self._commands):
            part.mkdir(MODE)
        # It is locked before it gets its name, so that no other process ever sees it unlocked.
        unnamed = self.path / f"{MARK}-new"
        mark = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(mark, fcntl.LOCK_EX)
        unnamed.rename(self.path / MARK)
        return mark

    def remove(self) -> None:
        """Remove the directory, everything in it, and the link. Files that cannot be removed stay."""
        import shutil

        with suppress(OSError):
            # Another file may have the name of the link.
            if self._link and Path(self._link).readlink() == self.path:
                Path(self._link).unlink()

        # A command may have created folders without permissions.
        for parent, names, _ in os.walk(self.path):
            for folder in (Path(parent) / name for name in names):
                with suppress(OSError):
                    if not folder.is_symlink():
                        folder.chmod(MODE)
        # The mark is removed last, so that the directory is found again if this is interrupted.
        with suppress(OSError):
            for entry in os.scandir(self.path):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                elif entry.name != MARK:
                    Path(entry.path).unlink(missing_ok=True)
            (self.path / MARK).unlink(missing_ok=True)
            self.path.rmdir()


def orphaned(parent: Path) -> list[Path]:
    """The orphaned session directories of this user in a directory."""
    return [path for path in sorted(parent.glob(f"{PREFIX}*")) if _is_orphaned(path)]


def _is_orphaned(path: Path) -> bool:
    with suppress(OSError), _mark_of(path) as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


@contextmanager
def _mark_of(path: Path) -> Generator[int]:
    """Open the mark of a directory. Raises OSError if another user owns the directory, or if it has no mark."""
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise PermissionError(path)
    mark = os.open(path / MARK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        yield mark
    finally:
        os.close(mark)
