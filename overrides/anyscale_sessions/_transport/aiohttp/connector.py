"""Connections of aiohttp, of which none is used again that is closing or that received bytes of no response."""

from __future__ import annotations

import select
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection


class Connector(aiohttp.TCPConnector):
    """Checks a kept connection before it is used again.

    aiohttp checks only whether the event loop has noticed the end of the connection. Bytes that arrived after a
    response would be taken for the next response.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(resolver=aiohttp.ThreadedResolver(), **options)
        self._used: WeakSet[Any] = WeakSet()

    async def connect(self, *arguments: Any, **options: Any) -> Connection:
        """A connection for one request, new or kept."""
        while True:
            connection = await super().connect(*arguments, **options)
            if connection.protocol not in self._used:
                self._used.add(connection.protocol)
                return connection
            if not _has_ended(connection):
                return connection
            connection.close()

    def __del__(self) -> None:
        """Leave it to asyncio to close the sockets and to warn. aiohttp would write to the log as well."""


def _has_ended(connection: Connection) -> bool:
    """Whether something was received after the last response, such as the end of the connection."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close:
        return True
    poll = select.poll()
    poll.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poll.poll(0))
