"""Check that the present code keeps what the previous release promised: its spec, its Python names, its typing tests.

tools/baseline.txt holds the commit of that release; all three are read from git. Outside a git repository there is
nothing to compare with, and the check is skipped. Exit status: 0 when nothing breaks, or when the version was raised
as a breaking change needs; 1 when something breaks; 2 when the comparison is not possible.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import spec_diff
from specdiff.finding import is_raised
from specdiff.python_surface import SOURCES, breaking_changes, load_baseline, load_present

ROOT = Path(__file__).resolve().parent.parent
BASELINE = "tools/baseline.txt"
SPEC, TYPING_TESTS, VERSION = "openapi.yaml", "tests/typing", "overrides/anyscale_sessions/version.py"


class CompatibilityError(Exception):
    """The comparison is not possible; the message says why, in one line."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    root: Path = parser.parse_args(arguments).root.resolve()
    if not _is_in_git(root):
        print("compatibility: skipped, because this is not a git repository")
        return 0
    try:
        with tempfile.TemporaryDirectory() as folder:
            return check(root, baseline_commit(root), Path(folder))
    except CompatibilityError as error:
        print(f"compatibility: {error}", file=sys.stderr)
        return 2


def check(root: Path, commit: str, folder: Path) -> int:
    """Print what breaks users of the baseline; `folder` is an empty folder for the baseline's files."""
    _extract(root, commit, folder)
    if (folder / SPEC).read_bytes() != (root / SPEC).read_bytes():
        status = spec_diff.main(["--accept-raised-version", str(folder / SPEC), str(root / SPEC)])
    else:
        status = 0
    surfaces = load_baseline(root, commit), load_present(root)
    broken = [*breaking_changes(*surfaces), *_typing_errors(root, folder / TYPING_TESTS)]
    old, new = _version(folder / VERSION), _version(root / VERSION)
    if broken:
        print(*broken, f"{len(broken)} breaking changes of the Python API between {old} and {new}", sep="\n")
    accepted = is_raised(_release(old), _release(new), "major")
    return max(status, int(bool(broken) and not accepted))


def baseline_commit(root: Path) -> str:
    """The commit of the previous release.

    Raises:
        CompatibilityError: the file does not name a commit of this clone.
    """
    try:
        commit = (root / BASELINE).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CompatibilityError(f"{BASELINE} cannot be read: {error.strerror}") from error
    if _git(root, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        raise CompatibilityError(f"commit {commit!r} of {BASELINE} is not in this clone; run: git fetch --unshallow")
    return commit


def _is_in_git(root: Path) -> bool:
    return _git(root, "rev-parse", "--is-inside-work-tree").returncode == 0


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)


def _extract(root: Path, commit: str, folder: Path) -> None:
    """Write the baseline's spec, typing tests and version below `folder`."""
    archive = _git(root, "archive", "--format=tar", commit, SPEC, TYPING_TESTS, VERSION)
    if archive.returncode:
        raise CompatibilityError(f"the baseline cannot be read: {archive.stderr.decode().strip().splitlines()[-1]}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")


def _typing_errors(root: Path, tests: Path) -> list[str]:
    """What mypy reports for the baseline's typing tests: calls it no longer accepts, or no longer refuses."""
    path = os.pathsep.join(str(root / source) for source in SOURCES)
    command = [sys.executable, "-m", "mypy", "--cache-dir", os.devnull, "--no-error-summary"]
    command += ["--config-file", str(root / "pyproject.toml"), *map(str, sorted(tests.glob("*.py")))]
    environment = {**os.environ, "MYPYPATH": path, "PYTHONUTF8": "1"}
    finished = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode > 1 or finished.stderr.strip():
        raise CompatibilityError(f"mypy failed: {(finished.stderr or finished.stdout).strip().splitlines()[-1]}")
    return [line.replace(f"{tests.parents[1]}{os.sep}", "") for line in finished.stdout.splitlines()]


def _version(path: Path) -> str:
    return path.read_text(encoding="utf-8").rpartition('__version__ = "')[2].partition('"')[0]


def _release(version: str) -> str:
    """The version without its development suffix: a development version promises what its release will."""
    return version.partition(".dev")[0]


if __name__ == "__main__":
    sys.exit(main())
