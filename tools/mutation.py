"""Break the code in one place at a time and see that a test fails each time: `python tools/mutation.py TARGET...`.

tools/mutation.toml says which files a target has, which tests guard each, and which mutants change nothing, and why.
Everything happens in copies of the project; the tests run with the hypothesis profile `mutation`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import cache_from_source
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from mutants import Mutant, mutants_of_code, mutants_of_schema

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("generated", "overrides", "sandbox", "tests", "tools", "openapi.yaml", "pyproject.toml")
SOURCES = ("generated", "overrides", "sandbox")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "node_modules", ".*")
# Tests that take this many times as long as without a mutant, and this long at least, are held to hang because of it.
PATIENCE_FACTOR = 5
PATIENCE_S = 20.0
BASELINE_S = 600.0

PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "--assert=plain", "-p", "no:cacheprovider")


class Task(NamedTuple):
    """A mutant, and the tests of which one must fail because of it."""

    mutant: Mutant
    tests: Sequence[str]
    patience_s: float


class MutationError(Exception):
    """The run cannot go on; the message is for the person who started it."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when every mutant is killed or known to change nothing, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", help="what to break (default: everything in tools/mutation.toml)")
    parser.add_argument("--jobs", type=int, default=2, help="how many test runs at once (default: 2)")
    parser.add_argument("--file", default="", help="break only files whose path holds this text")
    parser.add_argument("--part", default="1/1", help="only one part of the mutants, as in 2/5")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, help="seconds that any test run may take at least"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    options = parser.parse_args(arguments)
    try:
        unknown = [run_target(options, name) for name in options.targets or read_plan(options.root)["targets"]]
    except MutationError as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 1
    return int(any(unknown))


def read_plan(root: Path) -> dict[str, Any]:
    """What tools/mutation.toml says."""
    return tomllib.loads((root / "tools" / "mutation.toml").read_text(encoding="utf-8"))


def run_target(options: argparse.Namespace, name: str) -> int:
    """Break the files of one target and print what survived; how many survivors nobody knew of."""
    plan = read_plan(options.root)
    if name not in plan["targets"]:
        raise MutationError(f"no target {name}; there are {', '.join(plan['targets'])}")
    reasons = {entry["mutant"]: entry["reason"] for entry in plan.get("equivalent", [])}
    part, parts = map(int, options.part.split("/"))
    with tempfile.TemporaryDirectory(prefix="mutation-") as aside:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.jobs):
            copies.put(copy_of(options.root, Path(aside) / str(number)))
        tasks = list(tasks_of(options, plan["targets"][name], copies))[part - 1 :: parts]
        with ThreadPoolExecutor(options.jobs) as pool:
            survived = pool.map(partial(survives, copies=copies), tasks)
            survivors = [
                told(task.mutant, reasons.get(task.mutant.name))
                for task, is_alive in zip(tasks, survived, strict=True)
                if is_alive
            ]
    unknown = survivors.count(None)
    killed, known = len(tasks) - len(survivors), len(survivors) - unknown
    print(f"{name}: {killed} of {len(tasks)} mutants killed, {known} change nothing, {unknown} survived")
    return unknown


def told(mutant: Mutant, reason: str | None) -> str | None:
    """Print at once what survived; the reason again."""
    print(f"  line {mutant.line} survived: {mutant.name}" + (f"\n    it changes nothing: {reason}" if reason else ""))
    sys.stdout.flush()
    return reason


def copy_of(root: Path, folder: Path) -> Path:
    """A copy of the project, with all that the tests need."""
    folder.mkdir()
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=NOT_COPIED)
        elif (root / name).exists():
            shutil.copy2(root / name, folder / name)
    return folder


def tasks_of(options: argparse.Namespace, target: dict[str, Any], copies: SimpleQueue[Path]) -> Iterator[Task]:
    """The mutants of a target's files, once their tests have passed without one."""
    for path, tests in target["files"].items():
        if options.file not in path:
            continue
        copy = copies.get()
        started_s = time.monotonic()
        if not passes(copy, tests, patience_s=BASELINE_S):
            raise MutationError(f"the tests of {path} fail without any mutant: {' '.join(tests)}")
        patience_s = max(options.patience, PATIENCE_FACTOR * (time.monotonic() - started_s))
        copies.put(copy)
        text = (options.root / path).read_text(encoding="utf-8")
        mutants = (
            mutants_of_schema(path, json.loads(text), target["schemas"])
            if path.endswith(".json")
            else mutants_of_code(path, text)
        )
        yield from (Task(mutant, tests, patience_s) for mutant in mutants)


def survives(task: Task, copies: SimpleQueue[Path]) -> bool:
    """Whether the tests pass on a copy with the mutant in it."""
    copy = copies.get()
    path = copy / task.mutant.path
    original = path.read_bytes()
    try:
        write(path, task.mutant.text.encode())
        return passes(copy, task.tests, task.patience_s)
    finally:
        write(path, original)
        copies.put(copy)


def write(path: Path, content: bytes) -> None:
    """Write a file; Python could take what it has cached of the old one for the new one, if both are as long."""
    path.write_bytes(content)
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


def passes(copy: Path, tests: Sequence[str], patience_s: float) -> bool:
    """Whether the tests pass on a copy; tests that do not end do not pass."""
    sources = os.pathsep.join(str(copy / source) for source in SOURCES)
    own = {"HYPOTHESIS_PROFILE": "mutation", "PYTHONPATH": sources, "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(
        [*PYTEST, *tests],
        cwd=copy,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(patience_s) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with whatever the tests have started
            return False


if __name__ == "__main__":
    sys.exit(main())
