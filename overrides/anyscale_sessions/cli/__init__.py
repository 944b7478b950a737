"""The `anyscale-sessions` command (extra `cli`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

# What the extra `cli` installs, by the names under which it is imported.
_NEEDED = frozenset({"click", "rich", "yaml"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments, or the process's own; return the exit code (docs/command-line.md)."""
    try:
        from .app import run
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        print(f"anyscale-sessions needs {error.name}: pip install 'anyscale-sessions[cli]'", file=sys.stderr)
        return 2
    return run(sys.argv[1:] if arguments is None else arguments)
