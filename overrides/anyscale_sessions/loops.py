"""Which event loop this is, asyncio's or trio's, and how to sleep in it."""

from __future__ import annotations

import sys
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


def is_over(loop: Any) -> bool:
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


def _nothing() -> None:
    """Be run."""
