"""Check that the overrides fit the types of a newly generated package, with mypy.

mypy finds a field, an enum member, an operation or an argument that the spec no longer has. What types cannot show
stands in `_requires.py` (tools/contracts/contract.py).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from spec.yaml_file import RegenerationError

OVERRIDES = "overrides/anyscale_sessions"
# Extras may be missing where the package is generated; the project's own strict settings are for `tox -e types`.
OPTIONS = ("--config-file=", "--explicit-package-bases", "--ignore-missing-imports", "--no-error-summary")
ERROR = re.compile(r"(?P<path>[^:]+):(?P<line>\d+): error: (?P<message>.*)")
ADAPT = "adapt the module, or revert the change of the spec"


def type_problems(root: Path, package: Path) -> list[str]:
    """A line for each expression in the overrides that does not fit the types of the package."""
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([str(package.parent), str(root / "overrides")])}
    command = [sys.executable, "-m", "mypy", *OPTIONS, f"--cache-dir={os.devnull}", OVERRIDES]
    finished = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if finished.returncode > 1 or finished.stderr.strip():
        raise RegenerationError(f"mypy failed: {(finished.stderr or finished.stdout).strip().splitlines()[-1]}")
    return [
        f"{match['path']} (line {match['line']}): does not fit the spec: {match['message']}; {ADAPT}"
        for match in map(ERROR.fullmatch, finished.stdout.splitlines())
        if match
    ]
