"""`Fleet`: the settings that the sessions of many items share, and the methods that run the items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeVar

from .settings import FleetSettings
from .unit import Unit

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from ..client import AsyncSessionsClient, SessionsClient
    from .mapping import Pace
    from .results import FleetResult

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")

DEFAULT_CONCURRENCY: Final = 100


class Fleet(FleetSettings, frozen=True):
    """A set of sessions in one project, one session for each item of a run. A crash leaves none of them alive for long.

    The name of a session contains the fleet, the item's key and the end of the session's lifetime. The server's list of
    sessions is therefore the only record of a run. To resume a run, run it again.

    Each item runs at least once. An item runs again if its worker dies after `work` has returned and before the worker
    has reported it.

    A process can use a name with one set of settings only. A fleet can be pickled.

    Attributes:
        name: lowercase letters and digits, in words joined by single hyphens. The name and an item's key have at most
            60 characters together.
        project_id: the project of the sessions.
        lifetime: the time after which a sweep may terminate a session, from any process; at most a year.
        idle_timeout: minutes after which the platform terminates an idle session, from 1. The value -1 (never) is
            refused, because the idle timeout ends the sessions if all workers and sweeps have stopped.

    Raises:
        InvalidRequestError: a setting breaks its rule, or this process uses the name with other settings.
    """

    def run_one(
        self,
        client: SessionsClient,
        key: str,
        body: Callable[[str], GeneratedCreateSession],
        work: Callable[[Session], T],
    ) -> T:
        """Run one item on its own session, and return what `work` returns. It is safe to run an item again.

        If an earlier run of the key has left sessions, the oldest usable one is adopted. Otherwise a session is
        created. It is started if it does not run, and passed to `work`. At the end it is always terminated.

        Args:
            client: the client that sends the requests.
            key: identifies the item. The rule is that of the fleet's name.
            body: returns the session to create for the key. Its name and its idle timeout are replaced.
            work: does the work of the item on the running session. It needs a timeout of its own, such as that of
                `run_command`.

        Raises:
            InvalidRequestError: the key or the body breaks a rule; nothing was sent.
            SessionsError: no session could be started. Exceptions of `work` are raised unchanged. A termination that
                fails is logged only: the idle timeout or a sweep ends the session.
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
            WaitTimeoutError: `work` was cancelled.
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
        """Run many items, each like `run_one_async`. Return one result for each item, in the order of the items.

        An item that fails does not stop the others. To resume a run, run it again with the same fleet and the items
        that are not done.

        Args:
            client: the client that sends the requests.
            items: the items to run.
            body: returns the session to create for an item.
            work: does the work of an item on its session.
            concurrency: the number of items that run at the same time.
            pace: a rate limiter. Its `acquire()` is awaited before each item starts. If it has a `release()`, such as
                that of a semaphore, this is called when the item has ended.
            key: returns the key of an item. Default: `str(item)`.
            on_result: called with each result as soon as the item has ended.

        Raises:
            InvalidRequestError: a key breaks a rule, two items have the same key, or an argument cannot be used;
                nothing was sent.
        """
        from .mapping import keyed_items, run_all

        pairs = keyed_items(self.name, items, key, concurrency=concurrency)
        return await run_all(self, client, pairs, body, work, concurrency, pace, on_result)
