"""Starts a process of a session, in a POSIX session of its own. This module needs the standard library only."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

WRITING = os.O_WRONLY | os.O_CREAT | os.O_APPEND
# Signals that Python ignores and commands must not ignore.
RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)


def spawn(arguments: Sequence[str], environment: Mapping[str, str], stdout: Path | int, stderr: Path) -> int:
    """Start a program without input, and return its process id. Its output goes to files, or to a descriptor.

    Raises OSError and ValueError.
    """
    actions: list[tuple[int, int, str | Path, int, int] | tuple[int, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, stdout, 1)
        if isinstance(stdout, int)
        else (os.POSIX_SPAWN_OPEN, 1, stdout, WRITING, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, stderr, WRITING, 0o600),
    ]
    return os.posix_spawn(
        arguments[0], tuple(arguments), environment, file_actions=actions, setsid=True, setsigdef=RESTORED
    )
