"""Many items at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, InvalidRequestError, Session, SessionsClient, WaitTimeoutError
from anyscale_sessions.fleet import Fleet, FleetResult
from anyscale_sessions_sandbox import Fault, Sandbox

from .conftest import PROJECT, add_rule, body, live


async def double(_session: Session, item: int) -> int:
    """The work of an item."""
    return 2 * item


def run(client: AsyncSessionsClient, make: Callable[[], Any]) -> Any:
    """Run a coroutine, close the client, and return the result."""

    async def main() -> Any:
        async with client:
            return await make()

    return asyncio.run(main())


def test_each_item_has_a_result_in_the_order_of_the_items(
    async_sessions_client: AsyncSessionsClient, fleet: Fleet, sessions_client: SessionsClient
) -> None:
    """`map` returns a result for each item, in their order, and leaves no session alive."""
    seen: list[FleetResult[int]] = []
    results = run(
        async_sessions_client,
        lambda: fleet.map(async_sessions_client, range(7), body, double, concurrency=3, on_result=seen.append),
    )
    assert [(result.key, result.value, result.error, result.is_done) for result in results] == [
        (str(item), 2 * item, None, True) for item in range(7)
    ]
    assert {result.session_id for result in results} == {
        session.id for session in sessions_client.list_sessions(PROJECT)
    }
    assert all(result.seconds > 0 for result in results)
    assert sorted(seen, key=lambda result: result.key) == results
    assert live(sessions_client) == []


def test_no_more_items_run_at_a_time_than_asked(async_sessions_client: AsyncSessionsClient, fleet: Fleet) -> None:
    """`concurrency` limits how many sessions work at the same time."""
    running = most = 0

    async def work(_session: Session, _item: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    run(async_sessions_client, lambda: fleet.map(async_sessions_client, range(9), body, work, concurrency=2))
    assert 1 <= most <= 2


def test_no_items_have_no_results(async_sessions_client: AsyncSessionsClient, fleet: Fleet, sandbox: Sandbox) -> None:
    """`map` over nothing sends nothing and returns an empty list."""
    assert run(async_sessions_client, lambda: fleet.map(async_sessions_client, [], body, double)) == []
    assert sandbox.journal.count() == 0


def test_an_item_that_fails_is_reported_and_does_not_stop_the_others(
    async_sessions_client: AsyncSessionsClient, fleet: Fleet, sessions_client: SessionsClient, sandbox: Sandbox
) -> None:
    """A failed start, failed work and an invalid body fail only their own items."""
    add_rule(sandbox, "StartingUp", "StartupErrored", after_s=1, sessions=f"{fleet.name}--1--*")

    def make(item: int) -> Any:
        return body() if item != 3 else None

    async def work(_session: Session, item: int) -> int:
        return 1 // (item - 2)

    results = run(async_sessions_client, lambda: fleet.map(async_sessions_client, range(5), make, work))
    assert [type(result.error).__name__ for result in results] == [
        "NoneType",
        "OperationFailedError",
        "ZeroDivisionError",
        "InvalidSessionError",
        "NoneType",
    ]
    assert [result.session_id is None for result in results] == [False, False, False, True, False]
    assert live(sessions_client) == []


def test_a_run_that_failed_in_part_is_resumed(
    async_sessions_client: AsyncSessionsClient, fleet: Fleet, sandbox: Sandbox
) -> None:
    """A second run with the same fleet finishes the items that failed in the first run."""
    sandbox.faults.add(Fault("status", operation="create_session", status=403, times=2))

    async def both() -> list[FleetResult[int]]:
        first = await fleet.map(async_sessions_client, range(4), body, double)
        again = [int(result.key) for result in first if not result.is_done]
        return [result for result in first if result.is_done] + await fleet.map(
            async_sessions_client, again, body, double
        )

    results = run(async_sessions_client, both)
    assert sorted(result.value or 0 for result in results) == [0, 2, 4, 6]


def test_work_that_hangs_is_cancelled_at_the_end_of_the_lifetime(
    async_sessions_client: AsyncSessionsClient, sessions_client: SessionsClient, fleet: Fleet, sandbox: Sandbox
) -> None:
    """Work that exceeds the lifetime of its session is cancelled and reported, and the session is terminated."""

    async def hang(_session: Session, _item: int) -> None:
        await asyncio.Event().wait()

    # The start takes the whole lifetime of the session, so that none of it is left for the work.
    add_rule(sandbox, "StartingUp", "Running", after_s=2.8)
    short = Fleet(f"{fleet.name}-short", PROJECT, lifetime=timedelta(seconds=3), idle_timeout=15)
    [result] = run(async_sessions_client, lambda: short.map(async_sessions_client, [1], body, hang))
    assert isinstance(result.error, WaitTimeoutError)
    assert result.error.session is not None
    assert result.error.session.id == result.session_id
    assert live(sessions_client) == []


def test_a_command_that_hangs_is_reported_as_failed(
    async_sessions_client: AsyncSessionsClient, sessions_client: SessionsClient, fleet: Fleet
) -> None:
    """A command that does not end within its timeout fails its item, and its session is terminated."""

    async def work(session: Session, _item: int) -> None:
        await async_sessions_client.run_command(session.id, "sleep 7d", timeout=60)

    [result] = run(async_sessions_client, lambda: fleet.map(async_sessions_client, [1], body, work))
    assert isinstance(result.error, WaitTimeoutError)
    assert live(sessions_client) == []


def test_a_cancelled_run_terminates_its_sessions(
    async_sessions_client: AsyncSessionsClient, sessions_client: SessionsClient, fleet: Fleet
) -> None:
    """If the task of `map` is cancelled, every session that it has started is terminated first."""
    working = 0

    async def main() -> None:
        all_work = asyncio.Event()

        async def work(_session: Session, _item: int) -> None:
            nonlocal working
            working += 1
            if working == 3:
                all_work.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(fleet.map(async_sessions_client, range(3), body, work))
        await all_work.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(async_sessions_client, main)
    assert working == 3
    assert live(sessions_client) == []


class Limiter:
    """A rate limiter that counts its turns and can fail at one of them."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.turns = 0
        self._fails_at = fails_at

    async def acquire(self) -> None:
        """Take a turn."""
        self.turns += 1
        if self.turns == self._fails_at:
            raise ConnectionError("the limiter is gone")


def test_each_item_takes_a_turn_of_the_pace(async_sessions_client: AsyncSessionsClient, fleet: Fleet) -> None:
    """`acquire` of the pace is awaited once for each item, before it begins."""
    pace = Limiter()
    turns: list[int] = []

    def make(_item: int) -> Any:
        turns.append(pace.turns)
        return body()

    run(
        async_sessions_client,
        lambda: fleet.map(async_sessions_client, range(5), make, double, concurrency=1, pace=pace),
    )
    assert turns == [1, 2, 3, 4, 5]


def test_a_pace_that_fails_is_reported(async_sessions_client: AsyncSessionsClient, fleet: Fleet) -> None:
    """If `acquire` of the pace fails, its item fails with that error, and the others run."""
    results = run(
        async_sessions_client,
        lambda: fleet.map(async_sessions_client, range(3), body, double, concurrency=1, pace=Limiter(fails_at=2)),
    )
    assert [type(result.error) for result in results] == [type(None), ConnectionError, type(None)]


def test_a_semaphore_is_a_pace_too(async_sessions_client: AsyncSessionsClient, fleet: Fleet) -> None:
    """A pace with a synchronous or asynchronous `release` is released when the item has ended."""

    class Lease(asyncio.Semaphore):
        async def release(self) -> None:  # type: ignore[override]
            super().release()

    async def both() -> list[Any]:
        return [
            await fleet.map(async_sessions_client, range(4), body, double, pace=semaphore)
            for semaphore in (asyncio.Semaphore(1), Lease(1))
        ]

    assert all(result.is_done for results in run(async_sessions_client, both) for result in results)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"items": ["ok", "not ok"]}, "key"),
        ({"items": ["x" * 60]}, "at most 60 characters"),
        ({"items": ["a", "a"]}, "must have different keys"),
        ({"items": [1, 2], "key": lambda _item: "same"}, "must have different keys"),
        ({"items": [1], "key": lambda _item: None}, "key"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"concurrency": 1.5}, "concurrency"),
    ],
)
def test_unusable_arguments_are_refused_before_anything_is_sent(
    async_sessions_client: AsyncSessionsClient, fleet: Fleet, sandbox: Sandbox, arguments: dict[str, Any], message: str
) -> None:
    """An invalid key, a key of two items or an invalid concurrency is refused, and nothing is sent."""
    with pytest.raises(InvalidRequestError, match=message):
        run(
            async_sessions_client,
            lambda: fleet.map(async_sessions_client, **{"items": [1], "body": body, "work": double, **arguments}),
        )
    assert sandbox.journal.count() == 0


def test_an_error_names_ten_bad_keys_at_most(async_sessions_client: AsyncSessionsClient, fleet: Fleet) -> None:
    """If many keys break the rule, the error names the first ten."""
    with pytest.raises(InvalidRequestError) as caught:
        run(async_sessions_client, lambda: fleet.map(async_sessions_client, ["A"] * 50, body, double))
    assert len(caught.value.problems) == 10


def test_a_hook_that_fails_ends_the_run(
    async_sessions_client: AsyncSessionsClient, fleet: Fleet, sessions_client: SessionsClient
) -> None:
    """An exception of `on_result` ends the run, and every session is terminated."""

    def fail(_result: FleetResult[int]) -> None:
        raise LookupError("no place to write to")

    with pytest.raises(ExceptionGroup) as caught:
        run(
            async_sessions_client,
            lambda: fleet.map(async_sessions_client, range(4), body, double, on_result=fail, concurrency=2),
        )
    assert caught.group_contains(LookupError)
    assert live(sessions_client) == []
