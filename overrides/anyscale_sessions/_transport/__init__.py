"""All network I/O: one attempt to send a request, and what came of it. Nothing else imports httpcore or ry.

`own` and `own_async` send over connections of ours, which are those of httpcore, on which httpx stands too. What httpx
does above it (redirects, cookies, authentication, merging of both) is not wanted here and would cost as much again.
`fast` and `fast_async` send over a client in Rust, but not under trio, which it does not know, and not in a process
that was forked from one in which it runs, where it would wait for ever. `given` sends over a client that the caller
made. All keep to `wire`, and tell through `failures` what went wrong.
"""

from __future__ import annotations

from typing import Any

from .._utils.event_loops import is_asyncio, running_loop
from .request_defaults import RequestDefaults
from .request_defaults import Settings as Settings


def connect(http_client: Any, settings: Settings) -> Any:
    """A transport: called with a `Send`, it answers with a `Response` or a `Failure`; `close()` ends it."""
    from .quiet_logging import RedactedLogTransport

    wire = RequestDefaults.of(settings)
    if http_client is not None:
        from .external.client import ExternalClientTransport

        return RedactedLogTransport(ExternalClientTransport(wire, http_client), settings.token)
    if settings.transport == "fast":
        from .fast import FastTransport, is_left_to_parent

        if not is_left_to_parent():
            return RedactedLogTransport(FastTransport(wire, settings), settings.token)
    from .pool.sync import PooledTransport

    return RedactedLogTransport(PooledTransport(wire, settings), settings.token)


def connect_async(http_client: Any, settings: Settings) -> Any:
    """The same, awaited; its connections belong to the event loop that it is first used in."""
    from .quiet_logging import AsyncRedactedLogTransport

    wire = RequestDefaults.of(settings)
    if http_client is not None:
        from .external.client import AsyncExternalClientTransport

        return AsyncRedactedLogTransport(AsyncExternalClientTransport(wire, http_client), settings.token)
    if settings.transport == "fast" and is_asyncio(running_loop()):
        from .fast import is_left_to_parent
        from .fast_async import AsyncFastTransport

        if not is_left_to_parent():
            return AsyncRedactedLogTransport(AsyncFastTransport(wire, settings), settings.token)
    from .pool.aio import AsyncPooledTransport

    return AsyncRedactedLogTransport(AsyncPooledTransport(wire, settings), settings.token)
