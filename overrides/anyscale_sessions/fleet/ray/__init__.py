"""Fleets on Ray: actors run the items and share a pace. It works with an installed Ray of version 2.9 or newer.

Ray schedules the items, restarts actors and retries items. It is imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..mapping import Pace, keyed_items
from ..results import FleetResult
from .actors import Limiter, Worker, check_rate

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from ...client import AsyncSessionsClient
    from ..fleet import Fleet

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")

MAX_RETRIES: Final = 10

__all__ = ["RayPace", "run"]


class RayPace:
    """A rate limiter that all actors of a Ray cluster share. `acquire()` returns at most `per_second` times a second.

    Raises `InvalidRequestError`.
    """

    def __init__(self, per_second: float) -> None:
        check_rate(per_second)
        # A retry is safe: a restarted limiter has only lost the time of the last turn.
        options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1}
        self._limiter = _ray().remote(Limiter).options(**options).remote(per_second)

    async def acquire(self) -> None:
        """Wait for a turn, and use it."""
        await self._limiter.acquire.remote()
        self._limiter.use.remote()


def run(
    fleet: Fleet,
    items: Iterable[I],
    body: Callable[[I], GeneratedCreateSession],
    work: Callable[[Session, I], Awaitable[T]],
    *,
    workers: int = 2,
    concurrency: int = 16,
    pace: Pace | None = None,
    key: Callable[[I], str] = str,
    client: AsyncSessionsClient | None = None,
    max_retries: int = MAX_RETRIES,
    on_progress: Callable[[int, int], object] | None = None,
) -> Iterator[FleetResult[T]]:
    """Run many items on actors, each like `Fleet.run_one_async`, and yield each result as soon as its item has ended.

    Args:
        fleet: the settings of the sessions.
        items: the items to run.
        body: returns the session to create for an item.
        work: does the work of an item on its session, in an actor.
        workers: the number of actors.
        concurrency: the number of items that an actor runs at the same time.
        pace: a rate limiter that the actors share, such as a `RayPace`.
        key: returns the key of an item. Default: `str(item)`.
        client: each actor uses a copy of this client. Default: a client made from the environment of the actor.
        max_retries: how often an actor is restarted, and how often an item is repeated after its actor died.
        on_progress: called before each result with the number of items that have ended and the number of all items.

    Raises:
        InvalidRequestError: a key breaks a rule, two items have the same key, or an argument cannot be used;
            nothing was sent.
        ModuleNotFoundError: Ray is not installed.
    """
    pairs = keyed_items(fleet.name, items, key, concurrency=concurrency, workers=workers, max_retries=max_retries)
    options = {
        "num_cpus": 0,
        "max_restarts": max_retries,
        "max_task_retries": max_retries,
        "max_concurrency": concurrency,
    }
    ray = _ray()
    setup = ray.put((fleet, client, body, work, pace))
    actors = [ray.remote(Worker).options(**options).remote(setup) for _ in range(min(workers, len(pairs)))]
    return _results(actors, setup, pairs, concurrency, on_progress)


def _results(
    actors: Sequence[Any], setup: Any, pairs: Sequence[tuple[str, I]], concurrency: int, on_progress: Any
) -> Iterator[FleetResult[Any]]:
    ray = _ray()
    kept = setup  # Ray needs it to restart an actor, and deletes it when the last reference is gone
    waiting = iter(pairs)
    running: dict[Any, tuple[Any, str]] = {}
    done = 0

    def submit(actor: Any) -> None:
        for key, item in waiting:
            running[actor.run.remote(key, item)] = actor, key
            return

    try:
        for _ in range(concurrency):
            for actor in actors:
                submit(actor)
        while running:
            [ended], _ = ray.wait(list(running), num_returns=1)
            actor, key = running.pop(ended)
            submit(actor)
            done += 1
            if on_progress is not None:
                on_progress(done, len(pairs))
            yield _result(ended, key)
    finally:
        for actor in actors:
            ray.kill(actor)
        del kept


def _result(ended: Any, key: str) -> FleetResult[Any]:
    ray = _ray()
    try:
        result: FleetResult[Any] = ray.get(ended)
    except ray.exceptions.RayError as error:  # its actor has died too often, or its result cannot be pickled
        return FleetResult(key, None, error, None, 0.0)
    return result


def _ray() -> Any:
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise ModuleNotFoundError(
            "anyscale_sessions.fleet.ray requires Ray: pip install 'ray>=2.9'", name="ray"
        ) from None
