"""A client's allowance for repeating requests: it runs out on a service that is down, and fills up where one works."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from .retry import Outcome

FULL_BUDGET: Final = 500
RETRY_COST: Final = 14
THROTTLED_COST: Final = 5
CLEAN_SUCCESS_GAIN: Final = 1


def cost_of(outcome: Outcome) -> int:
    """What it costs to repeat a request after an attempt that ended so."""
    return THROTTLED_COST if outcome is Outcome.THROTTLED else RETRY_COST


class RetryBudget:
    """The allowance, shared by all calls of a client and of its copies.

    Attributes:
        left: how much of it there is.
    """

    __slots__ = ("_lock", "left")

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self.left = FULL_BUDGET

    def acquire(self, cost: int) -> bool:
        """Pay for a repetition; says whether there was enough."""
        with self._lock:
            if self.left < cost:
                return False
            self.left -= cost
            return True

    def release(self, amount: int) -> None:
        """Put something back, up to the full allowance."""
        if self.left < FULL_BUDGET:  # most calls find it full, and need no lock
            with self._lock:
                self.left = min(FULL_BUDGET, self.left + amount)
