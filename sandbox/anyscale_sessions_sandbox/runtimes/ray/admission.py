"""Limits of Ray clusters on a machine: how many exist, how many start at the same time, and the memory for each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

POLL_S = 0.05
MEGABYTE = 2**20


class RayLimits(NamedTuple):
    """The limits of a sandbox with Ray sessions.

    Attributes:
        sessions: how many clusters may exist. The start of another one fails.
        starting: how many clusters may start at the same time. Others wait.
        memory_bytes: how much memory must be free for each cluster that starts. Otherwise its start fails.
        workers: how many worker nodes a cluster may have.
    """

    sessions: int = 4
    starting: int = 2
    memory_bytes: int = 700 * MEGABYTE
    workers: int = 3


class Admission:
    """Admits sessions within limits: they wait for others that are starting, and are refused beyond the limits.

    `free_memory` returns the free memory of the machine in bytes, or None if it is unknown.
    """

    def __init__(self, limits: RayLimits, free_memory: Callable[[], int | None]) -> None:
        self._limits = limits
        self._free_memory = free_memory
        self._changed = threading.Condition()
        self._admitted: set[object] = set()
        self._starting: set[object] = set()

    def enter(self, session: object, is_ended: Callable[[], bool]) -> str:
        """Wait until a session may start, or `is_ended`. Returns the reason if it may not start, or an empty text."""
        limits = self._limits
        with self._changed:
            if len(self._admitted) >= limits.sessions:
                return f"The sandbox has {limits.sessions} Ray sessions, which is its limit; terminate one first."
            self._admitted.add(session)
            while len(self._starting) >= limits.starting and not is_ended():
                self._changed.wait(POLL_S)
            # The clusters that are starting have not taken their memory yet.
            needed = limits.memory_bytes * (len(self._starting) + 1)
            free = self._free_memory()
            if free is not None and free < needed and not is_ended():
                clusters = f"this Ray cluster and {len(self._starting)} others that are starting"
                return f"{free // MEGABYTE} MB of memory are free; {clusters} need {needed // MEGABYTE} MB."
            self._starting.add(session)
            return ""

    def started(self, session: object) -> None:
        """Let the next session start."""
        with self._changed:
            self._starting.discard(session)
            self._changed.notify_all()

    def leave(self, session: object) -> None:
        """Forget a session that no longer exists."""
        with self._changed:
            self._admitted.discard(session)
            self._starting.discard(session)
            self._changed.notify_all()


def free_memory(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int | None:
    """The memory in bytes that can be used without swapping; None if the system does not report it."""
    amounts: list[int] = []
    try:
        lines = (proc / "meminfo").read_text(encoding="ascii").splitlines()
        amounts += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            amounts.append(int(limit) - int((cgroup / "memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):
        pass
    return min(amounts, default=None)
