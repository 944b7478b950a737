"""A thread with an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from ..real_time_loop import RealTimeLoop

NAME = "anyscale-sessions-sandbox-proxies"

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for other threads, until it is stopped."""

    def __init__(self) -> None:
        self._loop = RealTimeLoop()
        self._stopping = self._loop.create_future()
        self._thread = threading.Thread(target=self._main, name=NAME, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine. Not for use in the thread itself."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set_result, None)
        self._thread.join()

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        await self._stopping
