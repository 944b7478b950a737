"""The retry budget of a client: it runs out while a service is down, and fills up again as calls succeed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from .retry import Outcome

FULL_BUDGET: Final = 500
RETRY_COST: Final = 14
THROTTLED_COST: Final = 5
CLEAN_SUCCESS_GAIN: Final = 1


def cost_of(outcome: Outcome) -> int:
    """What a retry costs after an attempt with this outcome."""
    return THROTTLED_COST if outcome is Outcome.THROTTLED else RETRY_COST


class RetryBudget:
    """The budget that all calls of a client and of its copies share.

    Attributes:
        left: how much of it is left.
    """

    __slots__ = ("_lock", "left")

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self.left = FULL_BUDGET

    def acquire(self, cost: int) -> bool:
        """Take the cost of a retry. Returns whether there was enough left."""
        with self._lock:
            if self.left < cost:
                return False
            self.left -= cost
            return True

    def release(self, amount: int) -> None:
        """Put an amount back, up to the full budget."""
        if self.left < FULL_BUDGET:  # nearly every call finds it full and needs no lock
            with self._lock:
                self.left = min(FULL_BUDGET, self.left + amount)
