"""The installation of builds, without a package index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes.ray import install

Run = Callable[..., Path]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the installation in an empty folder, and returns the environment."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    environment = tmp_path / "cache" / "1"

    def main(*requirements: str, working_dir: str = "") -> Path:
        task = {
            "environment": str(environment) if requirements else "",
            "requirements": requirements,
            "working_dir": working_dir,
            "home": str(home),
        }
        monkeypatch.setattr(sys, "argv", ["install.py", json.dumps(task)])
        install.main()
        return environment

    return main


def wheel_in(folder: Path) -> Path:
    """A wheel with one module."""
    path = folder / "of_a_build-1.0-py3-none-any.whl"
    info = "of_a_build-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("of_a_build.py", "VALUE = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: of-a-build\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_requirements_are_installed_once(run: Run, tmp_path: Path) -> None:
    """The requirements are in the environment, beside the packages of this one, and they are installed only once."""
    wheel = wheel_in(tmp_path)
    # The rest of an interrupted installation is replaced.
    (tmp_path / "cache" / "1" / "lib" / "python0").mkdir(parents=True)
    environment = run(str(wheel))
    python = environment / "bin" / "python"
    code = "import of_a_build, anyscale_sessions_sandbox; print(of_a_build.VALUE)"
    assert subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout == "42\n"
    assert not (environment / "lib" / "python0").exists()
    wheel.unlink()
    run(str(wheel))


def test_requirements_that_cannot_be_installed_are_the_reason(run: Run) -> None:
    """If pip fails, the program exits with its errors, and the next session tries again."""
    for _ in range(2):
        with pytest.raises(SystemExit) as caught:
            run("no-such-package==1.0")
        assert str(caught.value) == (
            "pip could not install the requirements: "
            "ERROR: Could not find a version that satisfies the requirement no-such-package==1.0 (from versions: none)"
            "; ERROR: No matching distribution found for no-such-package==1.0"
        )


def test_the_end_of_the_output_is_the_reason_without_errors(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """If pip ends without an error message, its last lines are the reason."""
    done: Any = subprocess.CompletedProcess([], 1, "a\nb\n\nc\nd\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(SystemExit, match="pip could not install the requirements: b; c; d"):
        run("six")


def test_the_working_directory_is_copied(run: Run, tmp_path: Path) -> None:
    """The files of the working directory are copied to the current folder, and nothing is installed."""
    (tmp_path / "work" / "folder").mkdir(parents=True)
    (tmp_path / "work" / "folder" / "data.txt").write_text("data")
    environment = run(working_dir=str(tmp_path / "work"))
    assert Path("folder/data.txt").read_text() == "data"
    assert not environment.exists()


def test_the_installation_is_a_script(tmp_path: Path) -> None:
    """The installation runs as a script that gets its task as an argument, and exits with 1 and the reason."""
    task = {"environment": "", "requirements": [], "working_dir": "/no/where", "home": "/"}
    command = [sys.executable, "-P", "-m", install.__name__, json.dumps(task)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    reason = "working_dir /no/where could not be copied: No such file or directory\n"
    assert (done.returncode, done.stderr) == (1, reason)


def test_a_working_directory_that_does_not_exist_is_the_reason(run: Run) -> None:
    """A working directory that does not exist ends the program with its path."""
    with pytest.raises(SystemExit, match="working_dir /no/where could not be copied: No such file or directory"):
        run(working_dir="/no/where")


def test_a_file_that_cannot_be_copied_is_the_reason(run: Run, tmp_path: Path) -> None:
    """A working directory with something that is not a file ends the program."""
    (tmp_path / "work").mkdir()
    os.mkfifo(tmp_path / "work" / "pipe")
    with pytest.raises(SystemExit, match="work could not be copied: not all files could be read"):
        run(working_dir=str(tmp_path / "work"))
