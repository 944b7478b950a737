"""An event loop that continues while a test has frozen the time of the process."""

from __future__ import annotations

import asyncio

from .real_time import monotonic


class RealTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers follow the machine's monotonic clock."""

    def time(self) -> float:
        """The time of the machine's monotonic clock."""
        return monotonic()
