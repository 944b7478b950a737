"""The proxies of all sessions: one port for each service of a session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any
from weakref import WeakSet

from anyscale_sessions._utils.locks import call_after_fork

from ..gateway.hosts import AllowedHosts
from .access import Access
from .listener import Listener, listening_socket
from .loop_thread import LoopThread
from .route import Limits, Route

HOST = "127.0.0.1"


class Proxies:
    """Opens and closes proxies. It can be used from any thread.

    The proxies run in a thread of their own, so that neither a busy server delays them nor they the server. A port is
    kept from the first `open` until the session is deleted, so that links stay valid when a session is started again.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._hosts = AllowedHosts(())
        self._reset()
        _ALL.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None
        self._listeners: dict[tuple[str, str], Listener] = {}

    def open(
        self,
        session_id: str,
        service: str,
        access: Access,
        service_port: int,
        added_headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> str:
        """Open the proxy of a service, or change where it leads. Returns its URL.

        `added_headers` are added to each request, and replace headers of the client with the same names. Their names
        are in lower case. Raises OSError if there is no free port.
        """
        with self._lock:
            listener = self._listeners.get((session_id, service))
            if listener is None:
                listener = self._listeners[session_id, service] = self._new_listener(access)
            route = listener.route
            route.access, route.service_port, route.added_headers = access, service_port, added_headers
            return f"http://{HOST}:{route.port}"

    def suspend(self, session_id: str) -> None:
        """Answer 503 for a session, because it is not running, until its services are opened again."""
        with self._lock:
            for (owner, _), listener in self._listeners.items():
                if owner == session_id:
                    listener.route.service_port = None

    def close(self, session_id: str) -> None:
        """Close the ports of a session."""
        self._close(lambda owner: owner == session_id)

    def close_others(self, session_ids: Collection[str]) -> None:
        """Close the ports of all sessions but these."""
        self._close(lambda owner: owner not in session_ids)

    def shut_down(self) -> None:
        """Close all ports, and end the thread."""
        self._close(lambda _owner: True)
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            thread.stop()

    def after_fork(self) -> None:
        """Give up the ports in a forked process, which has no thread to serve them."""
        for listener in self._listeners.values():
            listener.close_copy()
        self._reset()

    def _new_listener(self, access: Access) -> Listener:
        listening = listening_socket(HOST)
        listener = Listener(listening, Route(access, self._hosts, listening.getsockname()[1]), self._limits)
        self._in_loop(listener.start())
        return listener

    def _in_loop(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._thread = self._thread or LoopThread()
        self._thread.run(coroutine)

    def _close(self, is_chosen: Callable[[str], bool]) -> None:
        with self._lock:
            for key in [key for key in self._listeners if is_chosen(key[0])]:
                listener = self._listeners.pop(key)
                self._in_loop(listener.stop())


_ALL: WeakSet[Proxies] = WeakSet()


def _after_fork() -> None:
    for proxies in tuple(_ALL):
        proxies.after_fork()


call_after_fork(_after_fork)
