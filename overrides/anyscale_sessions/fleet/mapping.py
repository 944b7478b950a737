"""Runs many items at a time, in one event loop: what `Fleet.map` and the engines' layers stand on."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..exceptions import InvalidRequestError, Problem
from .names import word_problems
from .results import FleetResult
from .unit import Unit

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from ..client import AsyncSessionsClient
    from .fleet import Fleet

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")

MAX_PROBLEMS = 10


class Pace(Protocol):
    """A rate limiter, of this process or of an engine."""

    def acquire(self) -> Awaitable[object]:
        """Wait until another item may begin."""
        ...


def keyed_items(fleet: Fleet, items: Iterable[I], key: Callable[[I], str], **counts: object) -> list[tuple[str, I]]:
    """The items with their keys, once all of them, and what must be a count, are known to be usable.

    Raises `InvalidRequestError`.
    """
    pairs = [(key(item), item) for item in items]
    found = (problem for name, _ in pairs for problem in word_problems({"name": fleet.name, "key": name}))
    problems = list(islice(found, MAX_PROBLEMS))
    if not problems and len({name for name, _ in pairs}) < len(pairs):
        problems.append(Problem("items", "must have a key each", "pass key=, a function that tells them apart"))
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            problems.append(Problem(name, "must be a whole number from 1", "pass one such as 10"))
    if problems:
        raise InvalidRequestError.of("Fleet", problems)
    return pairs


async def run_all(
    fleet: Fleet,
    client: AsyncSessionsClient,
    pairs: Sequence[tuple[str, I]],
    body: Callable[[I], GeneratedCreateSession],
    work: Callable[[Session, I], Awaitable[T]],
    concurrency: int,
    pace: Pace | None,
    on_result: Callable[[FleetResult[T]], object] | None,
) -> list[FleetResult[T]]:
    """The result of each item, in order; as many items at a time as `concurrency` says."""
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
    fleet: Fleet,
    client: AsyncSessionsClient,
    key: str,
    item: I,
    body: Callable[[I], GeneratedCreateSession],
    work: Callable[[Session, I], Awaitable[T]],
    pace: Pace | None,
) -> FleetResult[T]:
    """How one item ended. Its error is in the result, unless it is no `Exception`, as a cancellation is none."""
    value: T | None = None
    error: Exception | None = None
    unit: Unit | None = None
    began = client.clock.monotonic()
    try:
        if pace is not None:
            await pace.acquire()
            began = client.clock.monotonic()
        try:
            unit = Unit(fleet, key, body(item), client.clock)
            value = await unit.run_async(client, partial(_swapped, work, item))
        finally:
            await _released(pace)
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is the item's
        error = failure
    session_id = None if unit is None or unit.session is None else unit.session.id
    return FleetResult(key, value, error, session_id, client.clock.monotonic() - began)


def _swapped(work: Callable[[Session, I], Awaitable[T]], item: I, session: Session) -> Awaitable[T]:
    return work(session, item)


async def _released(pace: Pace | None) -> None:
    release: Any = getattr(pace, "release", None)
    if release is not None:
        released = release()
        if inspect.isawaitable(released):
            await released
