"""How a connection is closed whatever becomes of the task that it was used in."""

from __future__ import annotations

from typing import Any

import anyio


async def closed(thing: Any) -> None:
    """Close something by its `aclose`, to the end, even where the task is being cancelled."""
    with anyio.CancelScope(shield=True):
        await thing.aclose()
