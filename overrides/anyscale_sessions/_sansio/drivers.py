"""Run a generator of steps: perform what it yields, and send it what came of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from ..exceptions import SessionsError
from .messages import Sleep

T = TypeVar("T")


def drive(steps: Generator[Any, Any, T], perform: Callable[[Any], Any], sleep: Callable[[float], object]) -> T:
    """Perform the steps one by one until they return. A `SessionsError` of a step is thrown into the generator."""
    try:
        step = next(steps)
        while True:
            try:
                answer = sleep(step.seconds) if isinstance(step, Sleep) else perform(step)
            except SessionsError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


async def drive_async(
    steps: Generator[Any, Any, T], perform: Callable[[Any], Awaitable[Any]], sleep: Callable[[float], Awaitable[None]]
) -> T:
    """The same for asynchronous code."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await (sleep(step.seconds) if isinstance(step, Sleep) else perform(step))
            except SessionsError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()
