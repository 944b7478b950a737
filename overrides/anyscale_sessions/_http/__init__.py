"""All network I/O: one attempt to send a request, and what came of it. Nothing else imports httpcore or ry.

`own` and `own_async` send over connections of ours, which are those of httpcore, on which httpx stands too. What httpx
does above it (redirects, cookies, authentication, merging of both) is not wanted here and would cost as much again.
`fast` and `fast_async` send over a client in Rust, but not under trio, which it does not know, and not in a process
that was forked from one in which it runs, where it would wait for ever. `given` sends over a client that the caller
made. All keep to `wire`, and tell through `failures` what went wrong.
"""

from __future__ import annotations

from typing import Any

from ..loops import is_asyncio, running_loop
from .wire import Settings as Settings
from .wire import Wire


def connect(http_client: Any, settings: Settings) -> Any:
    """A transport: called with a `Send`, it answers with a `Reply` or a `Failure`; `close()` ends it."""
    from .quiet import QuietTransport

    wire = Wire.of(settings)
    if http_client is not None:
        from .given import GivenTransport

        return QuietTransport(GivenTransport(wire, http_client), settings.token)
    if settings.is_fast:
        from .fast import FastTransport, is_left_to_parent

        if not is_left_to_parent():
            return QuietTransport(FastTransport(wire, settings), settings.token)
    from .own import OwnTransport

    return QuietTransport(OwnTransport(wire, settings), settings.token)


def connect_async(http_client: Any, settings: Settings) -> Any:
    """The same, awaited; its connections belong to the event loop that it is first used in."""
    from .quiet import AsyncQuietTransport

    wire = Wire.of(settings)
    if http_client is not None:
        from .given import AsyncGivenTransport

        return AsyncQuietTransport(AsyncGivenTransport(wire, http_client), settings.token)
    if settings.is_fast and is_asyncio(running_loop()):
        from .fast import is_left_to_parent
        from .fast_async import AsyncFastTransport

        if not is_left_to_parent():
            return AsyncQuietTransport(AsyncFastTransport(wire, settings), settings.token)
    from .own_async import AsyncOwnTransport

    return AsyncQuietTransport(AsyncOwnTransport(wire, settings), settings.token)
