"""What the actors of a fleet on Ray do. Nothing here imports Ray."""

from __future__ import annotations

from asyncio import Event, Lock, sleep, wait_for
from collections.abc import Awaitable, Callable
from contextlib import suppress
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
LOST_S = 1.0


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
    """Gives turns to whoever asks for them, one after the other and never faster than its rate.

    The time between two turns counts from when the first was used, which a busy process can do late.
    """

    def __init__(self, per_second: float) -> None:
        self._interval_s = 1 / per_second
        self._free_at = 0.0
        self._turn, self._used = Lock(), Event()
        self._used.set()

    async def acquire(self) -> None:
        """Wait for the next turn."""
        async with self._turn:
            with suppress(TimeoutError):  # whoever had the last turn may be dead
                await wait_for(self._used.wait(), LOST_S)
            self._used.clear()
            await sleep(self._free_at - monotonic())
            self._free_at = monotonic() + self._interval_s

    async def use(self) -> None:
        """The last turn was used now."""
        self._free_at = monotonic() + self._interval_s
        self._used.set()


def check_rate(per_second: object) -> None:
    """Raise `InvalidRequestError` for what is no rate."""
    if not isinstance(per_second, int | float) or isinstance(per_second, bool) or not 0 < per_second <= MOST_PER_SECOND:
        problem = Problem("per_second", "must be a number above 0", "pass one such as 5.0")
        raise InvalidRequestError.of("RayPace", [problem])
