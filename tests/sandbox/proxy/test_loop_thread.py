"""A thread with an event loop."""

from __future__ import annotations

import asyncio
import threading

from anyscale_sessions_sandbox.proxy.loop_thread import NAME, LoopThread


def test_coroutines_run_in_another_thread_until_it_ends() -> None:
    """The result of a coroutine is returned, and `stop` cancels what still runs and ends the thread."""

    async def name() -> str:
        return threading.current_thread().name

    ended: list[str] = []

    async def begin() -> asyncio.Task[None]:
        async def wait() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(await name())

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        return task

    thread = LoopThread()
    assert thread.run(name()) == NAME
    task = thread.run(begin())
    thread.stop()
    assert (task.cancelled(), ended) == (True, [NAME])
    assert NAME not in {each.name for each in threading.enumerate()}
