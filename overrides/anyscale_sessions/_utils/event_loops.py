"""The running event loop, of asyncio or trio, and how to sleep and to stop in it."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any


def running_loop() -> Any:
    """An object that identifies the running event loop. Raises `RuntimeError` if none runs."""
    import asyncio  # takes 30 ms to import, which a synchronous client never needs

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")  # if trio runs, it was imported
        if trio is None:
            raise
    return trio.lowlevel.current_trio_token()


def is_asyncio(loop: Any) -> bool:
    """Whether an event loop, as `running_loop` returns it, is one of asyncio."""
    return hasattr(loop, "is_closed")


def is_closed(loop: Any) -> bool:
    """Whether an event loop, as `running_loop` returns it, has ended."""
    if is_asyncio(loop):
        return bool(loop.is_closed())
    try:
        loop.run_sync_soon(_nothing)
    except RuntimeError:
        return True
    return False


async def sleep(seconds: float) -> None:
    """Sleep for some seconds in the running event loop."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        import anyio

        await anyio.sleep(seconds)
    else:
        await asyncio.sleep(seconds)


def timeout(seconds: float) -> AbstractAsyncContextManager[object]:
    """End a block with `TimeoutError` after some seconds, in the running event loop.

    asyncio's timeout takes half of the CPU of anyio's. It cancels once: a block that then waits again needs another
    limit.
    """
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _timeout_of_anyio(seconds)
    return asyncio.timeout(seconds)


@asynccontextmanager
async def _timeout_of_anyio(seconds: float) -> AsyncGenerator[None]:
    import anyio

    with anyio.fail_after(seconds):
        yield


def _nothing() -> None:
    """Do nothing."""
