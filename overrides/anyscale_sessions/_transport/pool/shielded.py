"""Closing a connection completely, even in a task that is being cancelled."""

from __future__ import annotations

from typing import Any

import anyio


async def aclose_shielded(connection: Any) -> None:
    """Close a connection or a stream, shielded from cancellation."""
    with anyio.CancelScope(shield=True):
        await connection.aclose()
