"""The directory of one session: created, owned, orphaned, removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from anyscale_sessions_sandbox.runtimes.session_directory import PREFIX, SessionDirectory, orphaned


@pytest.fixture
def directory(tmp_path: Path) -> SessionDirectory:
    """A directory that does not exist yet."""
    return SessionDirectory(tmp_path / f"{PREFIX}1")


def test_a_directory_is_orphaned_when_its_owner_is_gone(tmp_path: Path, directory: SessionDirectory) -> None:
    """A directory is orphaned from the time when its owner closes the lock."""
    lock = directory.create()
    assert orphaned(tmp_path) == []
    os.close(lock)
    assert orphaned(tmp_path) == [directory.path]
    directory.remove()
    assert [*tmp_path.iterdir()] == []


def test_only_the_owner_can_access_a_directory(directory: SessionDirectory) -> None:
    """All folders of a directory are accessible for their owner only."""
    os.close(directory.create())
    folders = [directory.path, directory.home, directory.temporary]
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700] * 3


def test_folders_without_permissions_are_removed(tmp_path: Path, directory: SessionDirectory) -> None:
    """A directory is removed with files, links and folders without permissions."""
    os.close(directory.create())
    (directory.home / "closed" / "inner").mkdir(parents=True)
    (directory.home / "closed").chmod(0)
    (directory.path / "file").touch()
    outside = tmp_path / "outside"
    outside.mkdir()
    (directory.home / "link").symlink_to(outside)
    directory.remove()
    assert [*tmp_path.iterdir()] == [outside]


def test_a_directory_that_exists_is_not_taken(directory: SessionDirectory) -> None:
    """Creating a directory that already exists raises FileExistsError."""
    os.close(directory.create())
    with pytest.raises(FileExistsError):
        directory.create()
