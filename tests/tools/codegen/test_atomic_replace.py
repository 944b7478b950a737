"""tools/codegen/atomic_replace.py: targets are replaced completely or not at all, even if the process is killed."""

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
targets = {root / "package": root / "a", root / "page.md": root / "a.md"}
print("ready", flush=True)
while True:
    for made in ("a", "b"):
        for target in targets:
            recover(target)
        replace({root / "package": root / made, root / "page.md": root / f"{made}.md"})
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
    """A folder and a file replace their targets, which may exist or not, with and without a swap in one step."""
    if not can_exchange:
        monkeypatch.setattr(atomic_replace, "exchange", lambda *_: False)
    targets = (tmp_path / "there" / "package", tmp_path / "there" / "page.md")
    for target in targets:
        atomic_replace.recover(target)
    if is_there:
        folder(targets[0], "old")
        targets[1].write_text("old", encoding="utf-8")
    made = (folder(tmp_path / "made", "new"), tmp_path / "made.md")
    made[1].write_text("new", encoding="utf-8")
    atomic_replace.replace(dict(zip(targets, made, strict=True)))
    assert texts(targets[0]) == {"new"}
    assert targets[1].read_text(encoding="utf-8") == "new"
    assert sorted(path.name for path in targets[0].parent.iterdir()) == ["package", "page.md"]


def test_exchange_swaps_two_folders(tmp_path: Path) -> None:
    """Two folders swap their names in one step on this system; if one is missing, nothing happens."""
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert atomic_replace.exchange(one, other)
    assert (texts(one), texts(other)) == ({"2"}, {"1"})
    assert not atomic_replace.exchange(one, tmp_path / "missing")


def test_failure_while_copying_changes_nothing(tmp_path: Path) -> None:
    """If one source cannot be copied, no target is replaced."""
    target = folder(tmp_path / "package", "old")
    with pytest.raises(FileNotFoundError):
        atomic_replace.replace(
            {target: folder(tmp_path / "made", "new"), tmp_path / "page.md": tmp_path / "missing.md"}
        )
    assert texts(target) == {"old"}


def test_writer_killed_at_any_moment_leaves_a_whole_package(tmp_path: Path, repository: Path) -> None:
    """Whenever a writer is killed, each target is one complete version, and the next run removes what is left over."""
    moments = random.Random(3)
    for version in ("a", "b"):
        folder(tmp_path / version, version, files=40)
        (tmp_path / f"{version}.md").write_text(version, encoding="utf-8")
    folder(tmp_path / "package", "a", files=40)
    (tmp_path / "page.md").write_text("a", encoding="utf-8")
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
        assert (tmp_path / "page.md").read_text(encoding="utf-8") in ("a", "b")
    atomic_replace.recover(tmp_path / "package")
    atomic_replace.recover(tmp_path / "page.md")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.md", "b", "b.md", "package", "page.md"]


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
    assert {
        name: text for name, text in after.items() if "/.anyscale" not in name and "/.reference" not in name
    } == before
