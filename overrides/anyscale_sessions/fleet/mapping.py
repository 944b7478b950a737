"""Runs many items at the same time in one event loop, for `Fleet.map` and for Ray's actors."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .._config.options import count_problems
from ..exceptions import InvalidRequestError, Problem
from .names import word_problems
from .results import FleetResult
from .unit import Unit

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from ..client import AsyncSessionsClient
    from .settings import FleetSettings

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")

MAX_PROBLEMS = 10


class Pace(Protocol):
    """A rate limiter of this process or of an engine."""

    def acquire(self) -> Awaitable[object]:
        """Wait until another item may start."""
        ...


def keyed_items(fleet: str, items: Iterable[I], key: Callable[[I], str], **counts: object) -> list[tuple[str, I]]:
    """The items with their keys, for a fleet of this name. Checks the keys, and the other arguments, which are counts.

    Raises `InvalidRequestError`.
    """
    pairs = [(key(item), item) for item in items]
    key_problems = (problem for text, _ in pairs for problem in word_problems({"name": fleet, "key": text}))
    problems = [*islice(key_problems, MAX_PROBLEMS), *count_problems(counts)]
    if not problems and len({text for text, _ in pairs}) < len(pairs):
        problems.append(Problem("items", "must have different keys", "pass key=, a function that returns them"))
    if problems:
        raise InvalidRequestError.of("Fleet", problems)
    return pairs


async def run_all(
    fleet: FleetSettings,
    client: AsyncSessionsClient,
    pairs: Sequence[tuple[str, I]],
    body: Callable[[I], GeneratedCreateSession],
    work: Callable[[Session, I], Awaitable[T]],
    concurrency: int,
    pace: Pace | None,
    on_result: Callable[[FleetResult[T]], object] | None,
) -> list[FleetResult[T]]:
    """Run the items, `concurrency` of them at the same time, and return their results in order."""
    import anyio

    results: dict[str, FleetResult[T]] = {}
    waiting = iter(pairs)

    async def run_waiting() -> None:
        for key, item in waiting:
            result = results[key] = await result_of(fleet, client, key, item, body, work, pace)
            if on_result is not None:
                on_result(result)

    async with anyio.create_task_group() as tasks:
        for _ in range(min(concurrency, len(pairs))):
            tasks.start_soon(run_waiting)
    return [results[key] for key, _ in pairs]


async def result_of(
    fleet: FleetSettings,
    client: AsyncSessionsClient,
    key: str,
    item: I,
    body: Callable[[I], GeneratedCreateSession],
    work: Callable[[Session, I], Awaitable[T]],
    pace: Pace | None,
) -> FleetResult[T]:
    """Run one item and return its result, which holds an `Exception` that it raised. A cancellation is raised."""
    value: T | None = None
    error: Exception | None = None
    unit: Unit | None = None
    started_at = client.clock.monotonic()
    try:
        if pace is not None:
            await pace.acquire()
            started_at = client.clock.monotonic()
        try:
            unit = Unit(fleet, key, body(item), client.clock)
            value = await unit.run_async(client, partial(_work_on, work, item))
        finally:
            await _release(pace)
    except Exception as failure:  # noqa: BLE001 - an error of one item does not stop the others
        error = failure
    session_id = None if unit is None or unit.session is None else unit.session.id
    return FleetResult(key, value, error, session_id, client.clock.monotonic() - started_at)


def _work_on(work: Callable[[Session, I], Awaitable[T]], item: I, session: Session) -> Awaitable[T]:
    return work(session, item)


async def _release(pace: Pace | None) -> None:
    release: Any = getattr(pace, "release", None)
    if release is not None:
        released = release()
        if inspect.isawaitable(released):
            await released
