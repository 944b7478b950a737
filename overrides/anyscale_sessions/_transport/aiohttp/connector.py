"""The connections of aiohttp, used again only if nothing arrived since the last response, and once per attempt."""

from __future__ import annotations

import select
import socket
import ssl
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection

from .attempt import CURRENT_ATTEMPT


class Connector(aiohttp.TCPConnector):
    """Opens and keeps connections.

    aiohttp checks a kept connection only for an end that the event loop has noticed. Bytes that arrived after a
    response would be taken for the next response.
    """

    def __init__(self, tls: ssl.SSLContext | None, keepalive_s: float, limit: int) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]  # one of its types is unknown
            resolver=aiohttp.ThreadedResolver(),
            keepalive_timeout=keepalive_s,
            limit=limit,
            ssl=True if tls is None else tls,
        )
        self._used: WeakSet[Any] = WeakSet()

    async def connect(self, *arguments: Any, **options: Any) -> Connection:
        """A connection for one request, new or kept.

        Raises `aiohttp.ServerDisconnectedError` if the request was sent before: aiohttp repeats GET, PUT and DELETE
        once by itself if a connection breaks, but retries are the policy's to decide and to count.
        """
        attempt = CURRENT_ATTEMPT.get()
        if attempt.is_sent:
            raise aiohttp.ServerDisconnectedError
        while True:
            try:
                connection = await super().connect(*arguments, **options)
            except UnicodeError:  # the host cannot be a name
                raise aiohttp.ClientConnectionError from socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            protocol: Any = connection.protocol
            if protocol not in self._used or not _has_received(protocol):
                self._used.add(protocol)
                attempt.use(protocol)
                return connection
            transport = protocol.transport
            connection.close()
            transport.abort()  # without waiting for the end of TLS

    def __del__(self, *_: Any) -> None:
        """Leave it to asyncio to close the sockets and to warn. aiohttp would write to the log as well."""


def _has_received(protocol: Any) -> bool:
    """Whether a connection received something after its last response, such as its end."""
    if protocol.should_close:
        return True
    sock = protocol.transport.get_extra_info("socket")
    if not hasattr(select, "poll"):  # Windows has none, and its `select` takes sockets of any number
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
