"""All network I/O: one attempt to send a request, and its outcome. Nothing else imports httpcore or aiohttp.

`pool` sends over a free list of httpcore connections, `aiohttp` over the library of that name, and `external` over an
HTTP client that the caller made. All of them share `request_defaults`, and `errors` says what an exception means.
"""

from __future__ import annotations

from typing import Any

from .._utils.event_loops import is_asyncio, running_loop
from ..exceptions import InvalidRequestError, Problem
from .request_defaults import RequestDefaults
from .request_defaults import Settings as Settings


def connect(http_client: Any, settings: Settings) -> Any:
    """A transport: it takes a `Send` and returns a `Response` or a `Failure`. `close()` closes its connections."""
    from .quiet_logging import RedactedLogTransport

    return RedactedLogTransport(_transport(http_client, settings), settings.token, hides_frames=http_client is None)


def connect_async(http_client: Any, settings: Settings) -> Any:
    """The same, awaited. Its connections belong to the event loop that runs now.

    Raises `InvalidRequestError` if the chosen transport does not work in that event loop.
    """
    from .quiet_logging import AsyncRedactedLogTransport

    return AsyncRedactedLogTransport(
        _async_transport(http_client, settings), settings.token, hides_frames=http_client is None
    )


def _transport(http_client: Any, settings: Settings) -> Any:
    defaults = RequestDefaults.of(settings)
    if http_client is not None:
        from .external.client import ExternalClientTransport

        return ExternalClientTransport(defaults, http_client)
    from .pool.sync import PooledTransport

    return PooledTransport(defaults, settings)


def _async_transport(http_client: Any, settings: Settings) -> Any:
    defaults = RequestDefaults.of(settings)
    if http_client is not None:
        from .external.client import AsyncExternalClientTransport

        return AsyncExternalClientTransport(defaults, http_client)
    if settings.transport == "aiohttp":
        if not is_asyncio(running_loop()):
            problem = Problem("transport", "aiohttp needs asyncio; this is trio", 'use transport="httpcore" under trio')
            raise InvalidRequestError.of("connect", [problem])
        from .aiohttp.transport import AiohttpTransport

        return AiohttpTransport(defaults, settings)
    from .pool.aio import AsyncPooledTransport

    return AsyncPooledTransport(defaults, settings)
