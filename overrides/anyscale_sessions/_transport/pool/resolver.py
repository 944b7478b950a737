"""The addresses of a host, waited for no longer than a call has time; the operating system sets no limit of ours."""

from __future__ import annotations

import ipaddress
import socket
import threading

import httpcore


class Resolver:
    """Looks up the name of a server or a proxy: in a thread, which is left behind where the time is over before.

    There is one such thread at a time, whose answer all calls wait for that come meanwhile; it does not keep the
    program from ending. An address, or `localhost`, needs none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: _Lookup | None = None

    def addresses(self, host: str, port: int, within_s: float) -> list[str]:
        """The addresses of a host. Raises `httpcore.ConnectError` where it has none, or `httpcore.ConnectTimeout`."""
        begun = _Lookup(host, port)
        with self._lock:
            if self._last is None or self._last.is_closed.is_set():
                self._last = begun
            look_up = self._last
        if look_up is begun:
            look_up.begin()
        if not look_up.is_closed.wait(within_s):
            raise httpcore.ConnectTimeout
        if look_up.trouble is not None:
            raise httpcore.ConnectError(look_up.trouble)
        return look_up.found


class _Lookup:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.is_closed = threading.Event()
        self.found: list[str] = []
        self.trouble: str | None = None

    def begin(self) -> None:
        if is_quick(self._host):
            self._run()
            return
        try:
            threading.Thread(target=self._run, name=f"look up {self._host}", daemon=True).start()
        except RuntimeError:  # at the end of a program, or where there are too many
            self._run()

    def _run(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self.found = [str(address[0]) for *_, address in found]
        except (OSError, UnicodeError) as error:
            self.trouble = str(error)
        finally:
            self.is_closed.set()


def is_quick(host: str) -> bool:
    """Whether nobody has to be asked for the addresses of a host."""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
