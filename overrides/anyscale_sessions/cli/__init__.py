"""The `anyscale-sessions` command (extra `cli`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .extras import CLI, find_missing

__all__ = ["main"]

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments, or those of the process, and return the exit code.

    docs/command-line.md lists the exit codes.
    """
    try:
        missing = find_missing(CLI)
        if missing is not None:
            print(f"anyscale-sessions needs {missing}: pip install 'anyscale-sessions[cli]'", file=sys.stderr)
            return 2
        from .app import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        # Ctrl-C came while modules were loading. `run` handles a later one.
        print("Error: interrupted", file=sys.stderr)
        return INTERRUPTED
