"""Say what would change with the newest generator and ruff: `tox -e canary` installs them and runs this.

Nothing is written. Exit status: 0 where the package would be the same, 1 where it would differ or cannot be made.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path

from codegen.atomic_replace import compare
from codegen.stopwatch import Stopwatch
from regenerate import TOOLS, check_overrides, generate
from spec.settings import PACKAGE, ROOT
from spec.yaml_file import RegenerationError

# It names the versions, and so always differs.
IGNORED = "provenance.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    root: Path = parser.parse_args(arguments).root.resolve()
    installed = {tool: version(tool) for tool in TOOLS}
    print(*(f"{tool} {pinned(root, tool)} -> {newest}" for tool, newest in installed.items()), sep="\n")
    with tempfile.TemporaryDirectory() as aside:
        try:
            package = generate(root, Path(aside), installed, Stopwatch())
            check_overrides(root, package)
        except RegenerationError as error:
            print(*(f"canary: {line}" for line in str(error).splitlines()), sep="\n")
            return 1
        (package / IGNORED).write_bytes((root / "generated" / PACKAGE / IGNORED).read_bytes())
        differences = compare(root / "generated" / PACKAGE, package)
    print(*differences, sep="\n", end="\n" if differences else "")
    print("the package would differ" if differences else "the package would be the same")
    return 1 if differences else 0


def pinned(root: Path, tool: str) -> str:
    """The version that pyproject.toml pins."""
    with (root / "pyproject.toml").open("rb") as file:
        pins = tomllib.load(file)["dependency-groups"]["generate"]
    return str(next(pin.removeprefix(f"{tool}==") for pin in pins if str(pin).startswith(f"{tool}==")))


if __name__ == "__main__":
    sys.exit(main())
