"""The `anyscale-sessions` command (extra `cli`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .extras import CLI, missing_of

__all__ = ["main"]

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments, or the process's own; return the exit code (docs/command-line.md)."""
    try:
        missing = missing_of(CLI)
        if missing is not None:
            print(f"anyscale-sessions needs {missing}: pip install 'anyscale-sessions[cli]'", file=sys.stderr)
            return 2
        from .app import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        # Before the command had begun, since `run` tells of it otherwise.
        print("Error: interrupted", file=sys.stderr)
        return INTERRUPTED
