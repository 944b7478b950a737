"""tools/codegen/atomic_replace.py: a folder is replaced completely or not at all, even if the process is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from codegen import atomic_replace

Project = Any

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from codegen.atomic_replace import recover, replace
root = Path(sys.argv[2])
print("ready", flush=True)
while True:
    for made in ("a", "b"):
        recover(root / "package")
        replace(root / "package", root / made)
"""


def folder(path: Path, text: str, files: int = 1) -> Path:
    """A folder of files with this text."""
    path.mkdir()
    for number in range(files):
        (path / f"{number}.txt").write_text(text, encoding="utf-8")
    return path


def texts(path: Path) -> set[str]:
    """The texts of the files in a folder."""
    return {file.read_text(encoding="utf-8") for file in path.iterdir()}


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_made_takes_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, can_exchange: bool, is_there: bool
) -> None:
    """A folder replaces its target, which may exist or not, with and without a swap in one step."""
    if not can_exchange:
        monkeypatch.setattr(atomic_replace, "exchange", lambda *_: False)
    target = tmp_path / "there" / "package"
    atomic_replace.recover(target)
    if is_there:
        folder(target, "old")
    atomic_replace.replace(target, folder(tmp_path / "made", "new"))
    assert texts(target) == {"new"}
    assert [path.name for path in target.parent.iterdir()] == ["package"]


def test_exchange_swaps_two_folders(tmp_path: Path) -> None:
    """Two folders swap their names in one step on this system; if one is missing, nothing happens."""
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert atomic_replace.exchange(one, other)
    assert (texts(one), texts(other)) == ({"2"}, {"1"})
    assert not atomic_replace.exchange(one, tmp_path / "missing")


def test_failure_while_copying_changes_nothing(tmp_path: Path) -> None:
    """If the new folder cannot be copied, the target is not replaced."""
    target = folder(tmp_path / "package", "old")
    with pytest.raises(FileNotFoundError):
        atomic_replace.replace(target, tmp_path / "missing")
    assert texts(target) == {"old"}


def test_writer_killed_at_any_moment_leaves_a_whole_package(tmp_path: Path, repository: Path) -> None:
    """Whenever a writer is killed, the target is one complete version, and the next run removes what is left over."""
    moments = random.Random(3)
    for version in ("a", "b"):
        folder(tmp_path / version, version, files=40)
    folder(tmp_path / "package", "a", files=40)
    command = [sys.executable, "-c", WRITER, str(repository / "tools"), str(tmp_path)]
    for _ in range(8):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0, 0.05))
            writer.kill()
        found = list((tmp_path / "package").iterdir())
        assert len(found) == 40
        assert texts(tmp_path / "package") in ({"a"}, {"b"})
    atomic_replace.recover(tmp_path / "package")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "package"]


@pytest.mark.parametrize("after_s", [0.1, 0.9, 1.8])
def test_run_killed_half_way_changes_nothing(project: Project, after_s: float) -> None:
    """A run that is killed while it reads, generates or checks leaves all generated files as they were."""
    before = project.files()
    text = (project.root / "openapi.yaml").read_text(encoding="utf-8")
    changed = text.replace("Name of the session.", "What the session is called.")
    (project.root / "openapi.yaml").write_text(changed, encoding="utf-8")
    command = [sys.executable, "tools/regenerate.py", "--root", str(project.root)]
    repository = Path(atomic_replace.__file__).parents[1]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.DEVNULL, start_new_session=True) as run:
        time.sleep(after_s)
        os.killpg(run.pid, signal.SIGKILL)
    after = project.files()
    assert {name: text for name, text in after.items() if "/.anyscale" not in name} == before
