"""Installs a build: copies its working directory, and installs its requirements into a virtual environment.

    python -P -m anyscale_sessions_sandbox.runtimes.ray.install TASK

TASK is JSON with `environment`, `requirements`, `working_dir` and `home`. The program starts in the folder that the
working directory is copied to. The environment is created once and then used by every session with these requirements.
It needs the standard library only.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import site
import subprocess
import sys
import venv
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

COMPLETE = "complete"
REQUIREMENTS = "requirements.txt"
# How much of pip's output the reason for a failure contains.
MAX_LINES = 3


def main() -> None:
    """Install a build, or exit with the reason for the failure."""
    task = json.loads(sys.argv[1])
    if task["working_dir"]:
        try:
            shutil.copytree(task["working_dir"], Path.cwd(), symlinks=True, dirs_exist_ok=True)
        except (OSError, shutil.Error) as error:
            reason = getattr(error, "strerror", None) or "not all files could be read"
            sys.exit(f"working_dir {task['working_dir']} could not be copied: {reason}")
    if task["environment"]:
        environment = Path(task["environment"])
        with _locked(environment):
            if not (environment / COMPLETE).exists():
                _install(environment, task["requirements"], task["home"])


@contextmanager
def _locked(environment: Path) -> Generator[None]:
    """Let one process at a time create an environment."""
    environment.parent.mkdir(0o700, parents=True, exist_ok=True)
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(environment: Path, requirements: Sequence[str], home: str) -> None:
    # An environment that is not complete is the rest of an interrupted installation.
    shutil.rmtree(environment, ignore_errors=True)
    venv.create(environment, symlinks=True, with_pip=importlib.util.find_spec("pip") is None)
    # The environment contains everything that this one does, such as Ray, but its own packages have precedence.
    [packages] = (path for path in environment.glob("lib/*/site-packages"))
    lines = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
    (packages / "sandbox.pth").write_text("\n".join(lines))
    file = environment / REQUIREMENTS
    file.write_text("\n".join(requirements))
    command = [str(environment / "bin" / "python"), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    process = subprocess.run(  # noqa: S603 - users choose what their builds contain
        [*command, "-r", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "HOME": home},
    )
    if process.returncode != 0:
        sys.exit(f"pip could not install the requirements: {_end_of(process.stdout)}")
    (environment / COMPLETE).touch()


def _end_of(output: str) -> str:
    """The end of pip's output: its errors, or the last lines."""
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return "; ".join((errors or lines)[-MAX_LINES:])


if __name__ == "__main__":
    main()
