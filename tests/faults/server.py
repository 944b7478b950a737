"""A server on loopback, of raw sockets, that does with each connection what a script says, and records what came in."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

PATIENCE_S = 20.0
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass
class Received:
    """What came in on a connection that was one request, or a part of one."""

    connection: int
    data: bytes = b""
    left_there: bytes = b""

    @property
    def line(self) -> str:
        """Its first line, also where the script has not taken all of it."""
        return (self.data + self.left_there).partition(b"\r\n")[0].decode("latin-1")

    @property
    def wants_more(self) -> bool:
        """Whether more of it is to come."""
        head, end, body = self.data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return not end or len(body) < (int(length[1]) if length else 0)


@dataclass
class Line:
    """One connection, as its script sees it."""

    server: FaultServer
    number: int
    socket: socket.socket

    def receive(self, most_bytes: int | None = None) -> Received | None:
        """Take one request, or as much of it; `None` where the client has gone before its first byte."""
        received = Received(self.number)
        while received.wants_more and (most_bytes is None or len(received.data) < most_bytes):
            wanted = 65536 if most_bytes is None else most_bytes - len(received.data)
            data = self._read(wanted)
            if not data:
                break
            if not received.data:
                self.server.received.append(received)
            received.data += data
        if most_bytes is not None and received.data and not isinstance(self.socket, ssl.SSLSocket):
            self.socket.setblocking(False)
            with contextlib.suppress(OSError):
                received.left_there = self.socket.recv(65536, socket.MSG_PEEK)
            self.socket.settimeout(PATIENCE_S)
        return received if received.data else None

    def send(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        """Send pieces, with a pause before each but the first."""
        for number, piece in enumerate(pieces):
            if number and pause_s and self.server.over.wait(pause_s):
                return
            self.socket.sendall(piece)

    def drip(self, data: bytes, pause_s: float = 0.01) -> None:
        """Send byte by byte, until the client goes."""
        for position in range(len(data)):
            if self.server.over.wait(pause_s):
                return
            self.socket.sendall(data[position : position + 1])

    def stall(self) -> None:
        """Do nothing until the client goes."""
        while self._read(65536):
            pass

    def reset(self) -> None:
        """Break the connection off."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read(self, most_bytes: int) -> bytes:
        try:
            return self.socket.recv(most_bytes)
        except OSError:
            return b""


Script: TypeAlias = Callable[[Line], None]


@dataclass
class FaultServer:
    """Accepts connections and lets the script do its worst with each, in a thread of its own."""

    script: Script
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"
        self._threads: list[threading.Thread] = []
        self._lines: list[Line] = []

    @contextlib.contextmanager
    def serving(self) -> Iterator[FaultServer]:
        """Serve while the block lasts; no thread and no socket is left after it."""
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        try:
            yield self
        finally:
            self.over.set()
            accepting.join(PATIENCE_S)
            self._listener.close()
            for line in self._lines:
                with contextlib.suppress(OSError):
                    line.socket.shutdown(socket.SHUT_RDWR)
            for thread in self._threads:
                thread.join(PATIENCE_S)
                assert not thread.is_alive()

    def asked(self, start: str) -> int:
        """How many requests came in, be it in part, whose first line starts so."""
        return sum(received.line.startswith(start) for received in self.received)

    def _accept(self) -> None:
        while not self.over.is_set():
            if select.select([self._listener], [], [], 0.01)[0]:
                connection, _ = self._listener.accept()
                connection.settimeout(PATIENCE_S)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # pieces do not wait for each other
                self.connections += 1
                line = Line(self, self.connections, connection)
                self._lines.append(line)
                thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: Line) -> None:
        try:
            if self.tls is not None:
                line.socket = self.tls.wrap_socket(line.socket, server_side=True)
            self.script(line)
        except OSError:
            pass  # the client has gone, which some of the tests are about
        finally:
            line.socket.close()
