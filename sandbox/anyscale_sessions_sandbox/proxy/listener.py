"""The port of one service, on which its proxy listens."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from .connection import Connection
from .responses import TOO_MANY
from .route import Limits, Route

BACKLOG = 128
# How long no client is accepted after the system has refused one, for example for too many open files.
PAUSE_S = 0.5


class Listener:
    """A listening socket and the connections of its clients. The coroutines run in the event loop of the proxies.

    It accepts clients itself: a server of asyncio leaks a client that connects while the server is closed.
    """

    _loop: asyncio.AbstractEventLoop

    def __init__(self, listening: socket.socket, route: Route, limits: Limits) -> None:
        self.route = route
        self._socket = listening
        self._limits = limits
        self._connections: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Accept clients."""
        self._loop = asyncio.get_running_loop()
        self._resume()

    async def stop(self) -> None:
        """Close the port, and end all connections."""
        self._loop.remove_reader(self._socket)
        if self._pause:
            self._pause.cancel()
        self._socket.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    def close_copy(self) -> None:
        """Close the socket in a forked process, where the event loop does not run."""
        self._socket.close()

    def _resume(self) -> None:
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            connection, (address, _) = self._socket.accept()
        except (BlockingIOError, ConnectionError):
            return  # the client has left
        except OSError:
            self._loop.remove_reader(self._socket)
            self._pause = self._loop.call_later(PAUSE_S, self._resume)
            return
        connection.settimeout(0.0)
        is_full = len(self._connections) >= self._limits.connections
        task = self._loop.create_task(self._serve(connection, address, is_full=is_full))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        # A task that is cancelled before it has begun does not close the connection.
        task.add_done_callback(lambda _: connection.close())

    async def _serve(self, connection: socket.socket, address: str, *, is_full: bool) -> None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=connection)
            client = Connection(self.route, self._limits, reader, writer, address)
            await (client.refuse(*TOO_MANY) if is_full else client.run())


def listening_socket(host: str) -> socket.socket:
    """A socket that listens on a free port. Raises OSError if there is none."""
    # The protocol is given because asyncio disables Nagle's delay only for explicit TCP sockets.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        listening.settimeout(0.0)
        listening.bind((host, 0))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
