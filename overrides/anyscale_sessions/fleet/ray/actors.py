"""What the actors of a fleet on Ray do. Nothing here imports Ray."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from ...client import AsyncSessionsClient
from ...exceptions import InvalidRequestError, Problem
from ..mapping import Pace, result_of

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from ..fleet import Fleet
    from ..results import FleetResult


MOST_PER_SECOND = 1e6


Setup: TypeAlias = tuple[
    "Fleet",
    "AsyncSessionsClient | None",
    "Callable[[Any], GeneratedCreateSession]",
    "Callable[[Session, Any], Awaitable[Any]]",
    "Pace | None",
]
"""What every actor of a run is made with: fleet, client, body, work and pace."""


class Worker:
    """Runs items, with a client of its own."""

    def __init__(self, setup: Setup) -> None:
        self._fleet, client, self._body, self._work, self._pace = setup
        self._client = client or AsyncSessionsClient()

    async def run(self, key: str, item: Any) -> FleetResult[Any]:
        """Run one item."""
        return await result_of(self._fleet, self._client, key, item, self._body, self._work, self._pace)


class Limiter:
    """Gives turns at a rate, one after the other, to whoever asks for them."""

    def __init__(self, per_second: float) -> None:
        self._interval_s = 1 / per_second
        self._next_at = 0.0

    async def acquire(self) -> float:
        """Wait for the next turn; return for how many seconds."""
        now = monotonic()
        turn_at = max(now, self._next_at)
        self._next_at = turn_at + self._interval_s
        await sleep(turn_at - now)
        return turn_at - now


def check_rate(per_second: object) -> None:
    """Raise `InvalidRequestError` for what is no rate."""
    if not isinstance(per_second, int | float) or isinstance(per_second, bool) or not 0 < per_second <= MOST_PER_SECOND:
        problem = Problem("per_second", "must be a number above 0", "pass one such as 5.0")
        raise InvalidRequestError.of("RayPace", [problem])
