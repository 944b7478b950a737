"""Closing a connection in a task that is being cancelled."""

from __future__ import annotations

import asyncio

import anyio

from anyscale_sessions._transport.pool.shielded import aclose_shielded


class Slow:
    """Something that takes a while to close."""

    is_closed = False

    async def aclose(self) -> None:
        """Close after a moment."""
        await anyio.sleep(0.001)
        self.is_closed = True


def test_closing_is_not_cancelled() -> None:
    """A connection is closed completely, although the scope around it was cancelled."""

    async def scenario() -> None:
        slow = Slow()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await aclose_shielded(slow)
        assert slow.is_closed

    asyncio.run(scenario())
