"""`Fleet`: what the sessions of one run over many items have in common, and how the items are run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .._utils.locks import ProcessLock
from .._utils.records import Record
from ..exceptions import InvalidRequestError, Problem
from .names import word_problems
from .unit import Unit

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from ..client import AsyncSessionsClient, SessionsClient
    from .mapping import Pace
    from .results import FleetResult

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")

MAX_LIFETIME: Final = timedelta(days=365)
DEFAULT_CONCURRENCY: Final = 100


class Fleet(Record, frozen=True):
    """Many sessions of one project, one for each item of a run, none of which outlives a crash for long.

    A session's name says which fleet and which item it is for and when its lifetime ends, so that the list of the
    server's sessions is the only register: a run is resumed by running it again. Each item runs at least once. A worker
    that dies after `work` has returned, and before its own return, runs the item again.

    A process uses one name for one set of settings. A fleet can be pickled.

    Attributes:
        name: lowercase letters and digits, in words joined by single hyphens; with an item's key at most 60 characters.
        project_id: the project that the sessions are in.
        lifetime: the time after which a session may be terminated by a sweep, by any process; at most a year.
        idle_timeout: minutes after which the platform terminates a session that is idle, from 1. Never is refused, as
            nothing else ends a session whose workers and sweeps are all gone.

    Raises:
        InvalidRequestError: a setting breaks its rule, or this process uses the name with other settings.
    """

    name: str
    project_id: str
    lifetime: timedelta
    idle_timeout: int

    def __post_init__(self) -> None:
        problems = _problems(self)
        if not problems:
            with _LOCK:
                used = _USED.setdefault(self.name, self)
            if used != self:
                rule = "is used by this process with another project, lifetime or idle timeout"
                problems = [Problem("name", rule, "choose another name, or use the same settings")]
        if problems:
            raise InvalidRequestError.of("Fleet", problems)

    def run_one(
        self,
        client: SessionsClient,
        key: str,
        body: Callable[[str], GeneratedCreateSession],
        work: Callable[[Session], T],
    ) -> T:
        """Run one item on a session of its own, and return what `work` returns. It can be run again at any time.

        A session that an earlier run of the key has left is adopted, the oldest of several; otherwise one is created.
        It is started where it does not run, handed to `work`, and terminated in the end, whatever happens.

        Args:
            client: what to send the calls with.
            key: what tells the item from others: words as in the fleet's name.
            body: gives the session to create for the key. Its name and its idle timeout are replaced.
            work: does the item's work on the running session. Nothing limits its time but the timeouts that it uses.

        Raises:
            InvalidRequestError: the key or the body breaks a rule; nothing was sent.
            SessionsError: there is no running session; what there was of it is terminated. What `work` raises is
                raised as it is. A termination that fails is logged: the idle timeout or a sweep ends the session.
        """
        return Unit(self, key, body(key), client.clock).run(client, work)

    async def run_one_async(
        self,
        client: AsyncSessionsClient,
        key: str,
        body: Callable[[str], GeneratedCreateSession],
        work: Callable[[Session], Awaitable[T]],
    ) -> T:
        """`run_one` for an asynchronous client. `work` is cancelled when the lifetime of the session ends.

        Raises:
            WaitTimeoutError: `work` was cancelled for that.
        """
        return await Unit(self, key, body(key), client.clock).run_async(client, work)

    async def map(
        self,
        client: AsyncSessionsClient,
        items: Iterable[I],
        body: Callable[[I], GeneratedCreateSession],
        work: Callable[[Session, I], Awaitable[T]],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        pace: Pace | None = None,
        key: Callable[[I], str] = str,
        on_result: Callable[[FleetResult[T]], object] | None = None,
    ) -> list[FleetResult[T]]:
        """Run many items, each as `run_one_async` does, and return a result for each, in the order of the items.

        An item that fails does not stop the others. To resume a run, run it again with the same fleet and the items
        that are not done.

        Args:
            client: what to send the calls with.
            items: what to run.
            body: gives the session to create for an item.
            work: does an item's work on its session.
            concurrency: how many items run at a time.
            pace: a rate limiter, whose `acquire()` is awaited before each item begins. Where it has a `release()`, as
                semaphores have, that is called when the item has ended.
            key: gives an item's key, other than `str(item)`.
            on_result: called with each result as it comes.

        Raises:
            InvalidRequestError: a key breaks a rule or is there twice, or an argument is unusable; nothing was sent.
        """
        from .mapping import keyed_items, run_all

        pairs = keyed_items(self, items, key, concurrency=concurrency)
        return await run_all(self, client, pairs, body, work, concurrency, pace, on_result)


# By name, the fleets of this process.
_USED: Final[dict[str, Fleet]] = {}
_LOCK: Final = ProcessLock()


def _problems(fleet: Fleet) -> list[Problem]:
    name, project_id, lifetime, idle_timeout = _untyped(fleet)
    problems = list(word_problems({"name": name}))
    if not isinstance(project_id, str) or not project_id.strip():
        problems.append(Problem("project_id", "must be the id of a project", "pass one such as prj_1"))
    if not isinstance(lifetime, timedelta) or not timedelta(0) < lifetime <= MAX_LIFETIME:
        rule = f"must be a timedelta above 0, and of at most {MAX_LIFETIME.days} days"
        problems.append(Problem("lifetime", rule, "pass one such as timedelta(hours=1)"))
    if not isinstance(idle_timeout, int) or isinstance(idle_timeout, bool) or not 1 <= idle_timeout < 2**63:
        rule = "must be a whole number of minutes from 1; never is refused for a fleet"
        problems.append(Problem("idle_timeout", rule, "pass one such as 15"))
    return problems


def _untyped(fleet: Fleet) -> tuple[Any, ...]:
    return fleet.name, fleet.project_id, fleet.lifetime, fleet.idle_timeout
