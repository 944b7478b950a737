"""Looks up the addresses of a host within the time of a call; the operating system knows no such limit."""

from __future__ import annotations

import ipaddress
import socket
import threading

import httpcore


class Resolver:
    """Looks up the name of a server or a proxy in a thread, which outlives a call that ends before it.

    There is one such thread at a time, and all calls that come meanwhile wait for its result. It does not keep the
    program from ending. An address and `localhost` need no thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: _Lookup | None = None

    def addresses(self, host: str, port: int, within_s: float) -> list[str]:
        """The addresses of a host. Raises `httpcore.ConnectError` if it has none, or `httpcore.ConnectTimeout`."""
        new = _Lookup(host, port)
        with self._lock:
            if self._last is None or self._last.is_done.is_set():
                self._last = new
            lookup = self._last
        if lookup is new:
            lookup.start()
        if not lookup.is_done.wait(within_s):
            raise httpcore.ConnectTimeout
        if lookup.error is not None:
            raise httpcore.ConnectError(lookup.error)
        return lookup.addresses


class _Lookup:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.is_done = threading.Event()
        self.addresses: list[str] = []
        self.error: str | None = None

    def start(self) -> None:
        if needs_no_lookup(self._host):
            self._run()
            return
        try:
            threading.Thread(target=self._run, name=f"look up {self._host}", daemon=True).start()
        except RuntimeError:  # at the end of a program, or if there are too many threads
            self._run()

    def _run(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self.addresses = [str(address[0]) for *_, address in found]
        except (OSError, UnicodeError) as error:
            self.error = str(error)
        finally:
            self.is_done.set()


def needs_no_lookup(host: str) -> bool:
    """Whether the addresses of a host are known without a name server."""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
