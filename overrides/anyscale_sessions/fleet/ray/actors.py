"""The classes of the actors of a fleet on Ray. This module does not import Ray."""

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


MAX_PER_SECOND = 1e6
MAX_TURN_S = 1.0


Setup: TypeAlias = tuple[
    "Fleet",
    "AsyncSessionsClient | None",
    "Callable[[Any], GeneratedCreateSession]",
    "Callable[[Session, Any], Awaitable[Any]]",
    "Pace | None",
]
"""The arguments of every actor of a run: fleet, client, body, work and pace."""


class Worker:
    """Runs items with its own client."""

    def __init__(self, setup: Setup) -> None:
        self._fleet, client, self._body, self._work, self._pace = setup
        self._client = client or AsyncSessionsClient()

    async def run(self, key: str, item: Any) -> FleetResult[Any]:
        """Run one item."""
        return await result_of(self._fleet, self._client, key, item, self._body, self._work, self._pace)


class Limiter:
    """Gives turns one after the other, not faster than its rate.

    The interval to the next turn begins when a turn is used, because a busy process can use it late.
    """

    def __init__(self, per_second: float) -> None:
        self._interval_s = 1 / per_second
        self._free_at = 0.0
        self._turn, self._used = Lock(), Event()
        self._used.set()

    async def acquire(self) -> None:
        """Wait for the next turn."""
        async with self._turn:
            with suppress(TimeoutError):  # the process with the last turn may be dead
                await wait_for(self._used.wait(), MAX_TURN_S)
            self._used.clear()
            await sleep(self._free_at - monotonic())
            self._free_at = monotonic() + self._interval_s

    async def use(self) -> None:
        """Note that the last turn is used now."""
        self._free_at = monotonic() + self._interval_s
        self._used.set()


def check_rate(per_second: object) -> None:
    """Raise `InvalidRequestError` if this is not a rate."""
    if not isinstance(per_second, int | float) or isinstance(per_second, bool) or not 0 < per_second <= MAX_PER_SECOND:
        problem = Problem(
            "per_second", f"must be a number above 0 and at most {MAX_PER_SECOND:g}", "pass a value such as 5.0"
        )
        raise InvalidRequestError.of("RayPace", [problem])
