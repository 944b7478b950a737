"""How much CPU the program and its finished children took, for generating and for checking."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager


class Stopwatch:
    """Counts from the start of the process. What does not count as checking is generating."""

    def __init__(self) -> None:
        self.checking_s = 0.0

    @contextmanager
    def checking(self) -> Generator[None, None, None]:
        """Count what happens inside as checking."""
        start = cpu_s()
        try:
            yield
        finally:
            self.checking_s += cpu_s() - start

    def __str__(self) -> str:
        return f"generated in {cpu_s() - self.checking_s:.1f} s of CPU, checked in {self.checking_s:.1f} s"


def cpu_s() -> float:
    """The CPU time of this process and of its children that have ended, in seconds."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
