"""Fleets on Ray: actors of the Ray that is installed (2.9 or newer) run the items, and share a pace.

Ray does the scheduling, and restarts actors and retries their items. It is imported when it is first used.
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
    """A rate that all actors of a Ray cluster share: an actor, whose `acquire()` returns `per_second` times a second.

    Raises `InvalidRequestError`.
    """

    def __init__(self, per_second: float) -> None:
        check_rate(per_second)
        # What fails is tried again: a restarted limiter only forgets whose turn it was last.
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
    """Run many items, each as `Fleet.run_one_async` does, on actors, and give each result as soon as it is there.

    Args:
        fleet: what the sessions have in common.
        items: what to run.
        body: gives the session to create for an item.
        work: does an item's work on its session, in an actor.
        workers: how many actors.
        concurrency: how many items an actor runs at a time.
        pace: a rate that the actors share, such as a `RayPace`.
        key: gives an item's key, other than `str(item)`.
        client: what each actor makes its own client of, a copy; without it, from the environment of the actor.
        max_retries: how often an actor is restarted, and an item tried again whose actor has died.
        on_progress: called with each result, with how many there are and how many there will be.

    Raises:
        InvalidRequestError: a key breaks a rule or is there twice, or an argument is unusable; nothing was sent.
        ModuleNotFoundError: there is no Ray.
    """
    pairs = keyed_items(fleet, items, key, concurrency=concurrency, workers=workers, max_retries=max_retries)
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
    kept = setup  # while the run lasts, as an actor that is restarted is made with it again
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
    except ray.exceptions.RayError as error:  # its actor has died too often, or what came of it cannot be pickled
        return FleetResult(key, None, error, None, 0.0)
    return result


def _ray() -> Any:
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise ModuleNotFoundError("fleets on Ray need ray: pip install 'ray>=2.9'", name="ray") from None
