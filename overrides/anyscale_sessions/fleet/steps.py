"""Flows of several calls, written once as generators, that run with a client of either kind."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from .._sansio import drivers, messages

if TYPE_CHECKING:
    from ..client import AsyncSessionsClient, SessionsClient

T = TypeVar("T")

Pause = messages.Sleep
Ask: TypeAlias = Callable[[Any], Any]
"""Calls a method of the client that is its argument. The result of an `AsyncSessionsClient` is awaited."""

Steps: TypeAlias = Generator[Ask | Pause, Any, T]


def drive(steps: Steps[T], client: SessionsClient) -> T:
    """Perform the steps with a client, and return their result."""
    return drivers.drive(steps, lambda ask: ask(client), client.clock.sleep)


async def drive_async(steps: Steps[T], client: AsyncSessionsClient) -> T:
    """`drive` for an asynchronous client."""
    return await drivers.drive_async(steps, lambda ask: ask(client), client.clock.sleep_async)
