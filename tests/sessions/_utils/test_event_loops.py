"""Which event loop runs, and how to sleep and to stop in it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
import trio

from anyscale_sessions._utils import event_loops as loops


def test_event_loops_are_distinguished(monkeypatch: pytest.MonkeyPatch) -> None:
    """A running loop of asyncio or trio is open, one that has ended is closed, and without a loop there is an error."""

    async def running() -> Any:
        loop = loops.running_loop()
        assert loops.is_asyncio(loop) == hasattr(loop, "call_soon")
        assert loops.running_loop() is loop
        assert not loops.is_closed(loop)
        await loops.sleep(0.0)
        return loop

    found = [asyncio.run(running()), trio.run(running)]
    assert [loops.is_closed(loop) for loop in found] == [True, True]
    with pytest.raises(RuntimeError):
        loops.running_loop()
    monkeypatch.delitem(sys.modules, "trio")
    with pytest.raises(RuntimeError):
        loops.running_loop()


@pytest.mark.parametrize("run", [lambda trial: asyncio.run(trial()), trio.run], ids=["asyncio", "trio"])
def test_a_block_ends_in_time_in_any_loop(run: Callable[..., Any]) -> None:
    """A block that takes too long ends with TimeoutError in asyncio and in trio, and any other block is left alone."""

    async def trial() -> None:
        async with loops.timeout(60.0):
            await loops.sleep(0.0)
        with pytest.raises(TimeoutError):
            async with loops.timeout(0.01):
                await loops.sleep(60.0)

    run(trial)
