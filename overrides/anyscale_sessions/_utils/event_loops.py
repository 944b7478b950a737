"""Which event loop this is, asyncio's or trio's, and how to sleep in it, or to stop."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any


def running_loop() -> Any:
    """What tells the running event loop from others. Raises `RuntimeError` where none runs."""
    import asyncio  # 30 ms that a synchronous client never needs

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")  # whoever runs it has imported it
        if trio is None:
            raise
    return trio.lowlevel.current_trio_token()


def is_asyncio(loop: Any) -> bool:
    """Whether an event loop, as `running_loop` told it, is one of asyncio's."""
    return hasattr(loop, "is_closed")


def is_closed(loop: Any) -> bool:
    """Whether an event loop, as `running_loop` told it, will never run again."""
    if is_asyncio(loop):
        return bool(loop.is_closed())
    try:
        loop.run_sync_soon(_nothing)
    except RuntimeError:
        return True
    return False


async def sleep(seconds: float) -> None:
    """Do nothing for some seconds, in whichever loop it is."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        import anyio

        await anyio.sleep(seconds)
    else:
        await asyncio.sleep(seconds)


def timeout(seconds: float) -> AbstractAsyncContextManager[object]:
    """Ends a block with `TimeoutError` after some seconds, in whichever loop it is.

    asyncio's own takes half of the time that anyio's takes. It cancels once: if what the block does about that can take
    for ever, it needs a limit of its own.
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
    """Be run."""
