"""Runs the command line on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .conftest import COMMAND, PATIENCE_S

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding: Any = "utf-8"

    def isatty(self) -> bool:
        """Return True."""
        return True


class Terminal:
    """A terminal with a running command line. Its keys are written with `press`."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self._descriptor = descriptor
        self.process = process
        self.seen = ""

    def wait_for(self, text: str) -> str:
        """Read until the terminal has shown a text, and return everything so far."""
        while text not in self.seen:
            chunk = self._read()
            assert chunk, self.seen
            self.seen += chunk
        return self.seen

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._descriptor, keys.encode())

    def end(self) -> int:
        """Read until the command line has ended, and return its exit code."""
        while chunk := self._read():
            self.seen += chunk
        return self.process.wait(PATIENCE_S)

    def _read(self) -> str:
        if not select.select([self._descriptor], [], [], PATIENCE_S)[0]:
            return ""
        try:
            return os.read(self._descriptor, 65536).decode()
        except OSError:  # what Linux says at the end
            return ""


@contextmanager
def terminal(*arguments: str, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    """Run the command line on a terminal. It is killed at the end of the block."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}

    def open_controlling_terminal() -> None:
        # In the child process: opening a terminal makes it the controlling terminal, which sends Ctrl-C.
        os.close(os.open(os.ttyname(0), os.O_RDWR))

    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm-256color"} | variables,
        start_new_session=True,
        preexec_fn=open_controlling_terminal,  # noqa: PLW1509
    )
    os.close(theirs)
    guard = threading.Timer(PATIENCE_S, process.kill)
    guard.start()
    try:
        yield Terminal(ours, process)
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        os.close(ours)


def on_a_terminal(*arguments: str, columns: int = 80, **variables: str) -> str:
    """Return what a terminal is sent by the command line, which must end with code 0."""
    with terminal(*arguments, columns=columns, **variables) as shown:
        assert shown.end() == 0, shown.seen
        return shown.seen


def plain(text: str) -> str:
    """Return the text of a terminal without escape sequences."""
    return ESCAPE.sub("", text)
