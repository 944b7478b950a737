"""Looks up the addresses of a host within the time of a call; the operating system knows no such limit."""

from __future__ import annotations

import _thread
import ipaddress
import queue
import socket
from collections import deque
from typing import Any

import httpcore

from ..._utils.locks import ProcessLock


class Resolver:
    """Looks up the name of a server or a proxy in a thread, which outlives a call that ends before it.

    There is one such thread at a time, and all calls that come meanwhile wait for its result. It does not keep the
    program from ending. An address and `localhost` need no thread.

    An exception of a signal handler can end a call at any point. Nothing here is therefore kept until a call has come
    to its end, and only native locks and queues are used: those of `threading` are Python code and can stay locked.
    """

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._last: _Lookup | None = None

    def addresses(self, host: str, port: int, within_s: float) -> list[Any]:
        """The addresses of a host, as bytes. Raises `httpcore.ConnectError` if it has none, or `ConnectTimeout`."""
        if needs_no_lookup(host):
            lookup = _Lookup(as_bytes(host), port)
            lookup.run()
            return lookup.result()
        lookup = _Lookup(host, port)
        with self._lock:
            if self._last is not None and not self._last.is_done:
                lookup = self._last
            else:
                self._last = lookup if lookup.start() else None
            is_running = self._last is not None
        if not is_running:
            lookup.run()
        lookup.wait(within_s)
        return lookup.result()


class _Lookup:
    """One question to the operating system."""

    def __init__(self, host: str | bytes, port: int) -> None:
        self._host, self._port = host, port
        self._waiting: deque[queue.SimpleQueue[None]] = deque()
        self._addresses: list[bytes] = []
        self._error: tuple[type[Exception], tuple[object, ...]] | None = None
        self.is_done = False

    def start(self) -> bool:
        """Run in a thread. Returns whether there is one."""
        try:
            _thread.start_new_thread(self.run, ())
        except RuntimeError:  # at the end of a program, or if there are too many threads
            return False
        return True

    def run(self) -> None:
        """Ask, keep what came of it, and wake the calls that wait."""
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self._addresses = [as_bytes(str(address[0])) for *_, address in found]
        except OSError as error:
            self._error = type(error), error.args
        except UnicodeError:
            self._error = socket.gaierror, (socket.EAI_NONAME, "Name or service not known")
        finally:
            self.is_done = True
            while self._waiting:
                self._waiting.popleft().put(None)

    def wait(self, within_s: float) -> None:
        """Wait until it is done. Raises `httpcore.ConnectTimeout`."""
        done: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._waiting.append(done)
        if self.is_done:
            return
        try:
            done.get(timeout=within_s)
        except queue.Empty:
            raise httpcore.ConnectTimeout from None

    def result(self) -> list[bytes]:
        """The addresses. Raises `httpcore.ConnectError`, with an error of this call's own as its cause."""
        if self._error is not None:
            kind, arguments = self._error
            raise httpcore.ConnectError from kind(*arguments)
        return self._addresses


def as_bytes(host: str) -> bytes:
    """A host as the functions of `socket` and `ssl` must get it.

    They encode text with the codec `idna`, which is Python code. If a signal handler raises an exception in it, Python
    3.11 raises another one instead.
    """
    return host.encode()


def needs_no_lookup(host: str) -> bool:
    """Whether the addresses of a host are known without a name server."""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
