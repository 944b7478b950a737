"""The transports of a client and its copies: one for all threads or for each event loop, new ones after a fork."""

from __future__ import annotations

import weakref
from typing import Any

from anyscale_sessions_api.types import Secret

from .._utils.event_loops import is_closed
from .._utils.locks import ProcessLock, call_after_fork


class Connections:
    """Makes a transport with the first call, or for an asynchronous client with the first call in each event loop.

    A client and the copies that `with_options` makes of it share one instance.
    """

    def __init__(self, settings: Secret[dict[str, Any]], http_client: Any, *, is_async: bool) -> None:
        self._settings, self._http_client, self._is_async = settings, http_client, is_async
        self._transports: dict[Any, Any] = {}
        self._lock = ProcessLock()
        _of_this_process.add(self)

    def transport(self, loop: Any = None) -> Any:
        """The transport to send with; that of an asynchronous client belongs to an event loop."""
        found = self._transports.get(loop)  # without the lock, because nearly every call finds one
        return self._made(loop) if found is None else found

    def pop_transport(self, loop: Any = None) -> Any:
        """Remove and return the transport to be closed, if there is one; a later call makes a new one."""
        with self._lock:
            return self._transports.pop(loop, None)

    def _made(self, loop: Any) -> Any:
        with self._lock:
            transport = self._transports.get(loop)
            if transport is None:
                from .. import _transport

                connect = _transport.connect_async if self._is_async else _transport.connect
                transport = connect(self._http_client, _transport.Settings(**self._settings.value))
                # The connections of a loop that has ended were closed with it.
                running = {key: value for key, value in self._transports.items() if key and not is_closed(key)}
                self._transports = {**running, loop: transport}
            return transport

    def after_fork(self) -> None:
        """Start anew in a forked process: connections belong to the parent."""
        inherited, self._transports = self._transports, {}
        for transport in inherited.values():
            transport.after_fork()


_of_this_process: weakref.WeakSet[Connections] = weakref.WeakSet()


def _after_fork() -> None:
    for connections in list(_of_this_process):
        connections.after_fork()


call_after_fork(_after_fork)
