"""Keep what the last release promised, and `check` that the present code still keeps it.

The record is in tools/released: the spec, the Python surface and the typing tests of that release. Releasing renews it
(`record`). `check` compares the surface and runs mypy over the recorded typing tests: what was accepted must still be
accepted, and what was refused must still be refused.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from python_surface import breakages, load_surface, surface_of
from specdiff.finding import is_raised

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("generated", "overrides")


class RecordError(Exception):
    """The record cannot be made or used; the message is for the person who ran the command."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line: 0 when all promises are kept, 1 when one is not, 2 when that cannot be told."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=("record", "check"), help="renew the record, or compare with it")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    options = parser.parse_args(arguments)
    commands: dict[str, Callable[[Path], int]] = {"record": record, "check": check}
    try:
        return commands[options.command](options.root.resolve())
    except RecordError as error:
        print(f"release_record: {error}", file=sys.stderr)
        return 2


def record(root: Path) -> int:
    """Make the present state the last release's."""
    released = root / "tools" / "released"
    surface = {"version": _version(root), "packages": surface_of(root, SOURCES, _public_names(root))}
    shutil.rmtree(released, ignore_errors=True)
    (released / "typing").mkdir(parents=True)
    shutil.copyfile(root / "openapi.yaml", released / "openapi.yaml")
    for path in sorted((root / "tests" / "typing").glob("*.py")):
        shutil.copyfile(path, released / "typing" / path.name)
    (released / "surface.json").write_text(json.dumps(surface, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"tools/released is the record of {surface['version']}")
    return 0


def check(root: Path) -> int:
    """Say what the present code no longer keeps of what the last release promised."""
    released = root / "tools" / "released"
    try:
        surface = json.loads((released / "surface.json").read_text(encoding="utf-8"))
        old, packages = surface["version"], load_surface(surface["packages"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(
            f"tools/released/surface.json cannot be used: {error}; run: python tools/release_record.py record"
        ) from error
    present = load_surface(surface_of(root, SOURCES, _public_names(root)))
    broken = [*breakages(packages, present), *_typing_errors(root, released / "typing")]
    new = _version(root)
    print(*broken, sep="\n", end="\n" * bool(broken))
    print(f"{len(broken)} promises of {old} are not kept by {new}" if broken else f"{new} keeps what {old} promised")
    return 1 if broken and not is_raised(old, new, "major") else 0


def _version(root: Path) -> str:
    namespace: dict[str, str] = {}
    exec((root / "overrides" / "anyscale_sessions" / "version.py").read_text(encoding="utf-8"), namespace)  # noqa: S102
    return namespace["__version__"]


def _public_names(root: Path) -> list[str]:
    """The names that the package offers; it computes them."""
    program = "import json, anyscale_sessions; print(json.dumps(anyscale_sessions.__all__))"
    finished = _python(root, "-c", program)
    if finished.returncode:
        raise RecordError(f"anyscale_sessions cannot be imported: {finished.stderr.strip().splitlines()[-1]}")
    return [str(name) for name in json.loads(finished.stdout)]


def _typing_errors(root: Path, tests: Path) -> list[str]:
    names = [str(path) for path in sorted(tests.glob("*.py"))]
    finished = _python(root, "-m", "mypy", "--cache-dir", os.devnull, "--no-error-summary", *names)
    if finished.returncode > 1 or finished.stderr.strip():
        raise RecordError(f"mypy failed: {(finished.stderr or finished.stdout).strip().splitlines()[-1]}")
    return finished.stdout.splitlines()


def _python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(root / source) for source in SOURCES)
    settings = {"PYTHONPATH": path, "MYPYPATH": path, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    environment = {**os.environ, **settings}
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


if __name__ == "__main__":
    sys.exit(main())
