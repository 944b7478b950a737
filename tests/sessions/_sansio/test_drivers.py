"""The drivers, which run a generator of steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    InvalidRequestError,
    Problem,
)
from anyscale_sessions._sansio.drivers import drive, drive_async
from anyscale_sessions._sansio.messages import (
    Sleep,
)

Drive = Callable[[Generator[Any, Any, Any], Callable[[Any], Any], Callable[[float], Any]], Any]


def driven_async(steps: Generator[Any, Any, Any], perform: Callable[[Any], Any], sleep: Callable[[float], Any]) -> Any:
    """`drive_async` with functions that are not."""

    async def performed(step: Any) -> Any:
        return perform(step)

    async def slept(seconds: float) -> None:
        sleep(seconds)

    return asyncio.run(drive_async(steps, performed, slept))


@pytest.mark.parametrize("driver", [drive, driven_async])
def test_driver_performs_steps(driver: Drive) -> None:
    """A driver sleeps, performs, sends results and throws errors into the steps, and returns their result."""
    done: list[Any] = []

    def steps() -> Generator[Any, Any, Any]:
        first = yield "one"
        assert (yield Sleep(2.5)) is None
        try:
            yield "broken"
        except APIConnectionError as error:
            second = yield f"after {error}"
        return first, second

    def perform(step: str) -> str:
        done.append(step)
        if step == "broken":
            raise APIConnectionError("it broke")
        return step.upper()

    assert driver(steps(), perform, done.append) == ("ONE", "AFTER IT BROKE")
    assert done == ["one", 2.5, "broken", "after it broke"]


@pytest.mark.parametrize("driver", [drive, driven_async])
def test_driver_passes_errors_on(driver: Drive) -> None:
    """An error that the steps do not handle leaves the driver unchanged."""

    def steps() -> Generator[Any, Any, None]:
        yield "one"

    ours, other = InvalidRequestError.of("get_session", [Problem("a", "b", "c")]), ZeroDivisionError()
    for error in (ours, other):

        def perform(_step: str, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            driver(steps(), perform, print)
        assert raised.value is error
        assert raised.value.__context__ is None


@pytest.mark.parametrize("driver", [drive, driven_async])
def test_driver_closes_steps(driver: Drive) -> None:
    """Steps that do not reach their end are closed at once, so that what they hold is released with the call."""
    closed: list[bool] = []

    def steps() -> Generator[Any, Any, None]:
        try:
            yield "one"
        finally:
            closed.append(True)

    def interrupted(_step: object) -> None:
        raise KeyboardInterrupt

    held = steps()
    with pytest.raises(KeyboardInterrupt):
        driver(held, interrupted, print)
    assert closed == [True]
