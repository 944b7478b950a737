"""Run every check of this folder on the project: `python -m checks`, as `tox -e lint` does."""

from __future__ import annotations

import sys
from pathlib import Path

from checks.docstrings import bad_docstrings
from checks.import_cycles import cycles
from checks.words import wrong_words

ROOT = Path(__file__).resolve().parents[2]


def main(root: Path = ROOT) -> int:
    """Print a line for each problem; 1 if there is one."""
    problems = [*cycles(root), *bad_docstrings(root), *wrong_words(root)]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
