"""The programs of a session that run beside its commands, such as the head of a Ray cluster.

A supervisor starts them in their order. When one of them ends, the session ends. A program that prepares the session
must end with 0 before the next one is started. A program with `reports` writes lines of JSON to its standard output:

    {"ready": true, "environment": {NAME: VALUE}}   the session can be used; commands get these variables too
    {"observed": FACTS}                             what the sandbox shows of the session

This module needs the standard library only.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

CHUNK_BYTES = 65536
# The part of a program's output in which the reason for its end is searched, and the maximum length of that reason.
TAIL_BYTES = 131072
MAX_REASON_CHARACTERS = 400


class Program(NamedTuple):
    """A program of a session.

    Attributes:
        name: its name in reasons, and in the names of the files for its output.
        arguments: its command line.
        environment: its variables, besides those that every process of the session gets.
        prepares: whether it must end, with 0, before the next program is started.
        reports: whether its standard output is read as reports. Otherwise it goes to a file.
        clue: a regular expression. The first match in its output is the reason for its end; without a match, the last
            line is.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    prepares: bool = False
    reports: bool = False
    clue: str = ""


class Programs:
    """Runs the programs of one session.

    Args:
        programs: the programs in their order.
        streams: returns the files for the standard output and the standard error of a program, by its name.
        spawn: starts a program with the given files or descriptors as its output, and returns its process id.
        receive: is called with each report of a program.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        streams: Callable[[str], tuple[Path, Path]],
        spawn: Callable[[Program, Path | int, Path], int],
        receive: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._waiting = list(programs)
        self._streams = streams
        self._spawn = spawn
        self._receive = receive
        self._running: dict[int, Program] = {}
        # The incomplete last line of each pipe that is read.
        self._pipes: dict[int, bytes] = {}
        # Why the session must end; empty until then.
        self.failure = ""

    @property
    def process_ids(self) -> set[int]:
        """The processes of the running programs."""
        return set(self._running)

    @property
    def pipes(self) -> list[int]:
        """The descriptors that become readable when a program reports."""
        return list(self._pipes)

    def start_next(self) -> None:
        """Start programs, up to and including the next one that prepares."""
        while self._waiting and not self.failure:
            program = self._waiting.pop(0)
            try:
                self._running[self._start(program)] = program
            except OSError as error:
                self.failure = f"Its {program.name} could not be started: {error.strerror}."
            if program.prepares:
                return

    def _start(self, program: Program) -> int:
        stdout, stderr = self._streams(program.name)
        if not program.reports:
            return self._spawn(program, stdout, stderr)
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self._pipes[reading] = b""
        try:
            return self._spawn(program, writing, stderr)
        finally:
            os.close(writing)

    def read(self, pipe: int) -> None:
        """Receive what a program has written. A pipe that is at its end is closed."""
        received = os.read(pipe, CHUNK_BYTES)
        if not received:
            os.close(pipe)
            del self._pipes[pipe]
            return
        *lines, self._pipes[pipe] = (self._pipes[pipe] + received).split(b"\n")
        for line in lines:
            self._receive(json.loads(line))

    def on_exit(self, process_id: int, code: int) -> bool:
        """Handle the end of a process. Returns whether it was a program of the session."""
        program = self._running.pop(process_id, None)
        if program is None:
            return False
        if program.prepares and code == 0:
            self.start_next()
        else:
            self.failure = self.failure or f"Its {program.name} ended {_describe(code)}{self._reason_of(program)}."
        return True

    def _reason_of(self, program: Program) -> str:
        texts = [_tail_of(path) for path in reversed(self._streams(program.name))]
        for text in texts:
            if program.clue and (match := re.search(program.clue, text)):
                return f": {match[0][:MAX_REASON_CHARACTERS]}"
        lines = [line.strip() for text in texts for line in reversed(text.split("\n")) if line.strip()]
        return f": {lines[0][:MAX_REASON_CHARACTERS].rstrip('.')}" if lines else ""


def _tail_of(path: Path) -> str:
    """The end of a file; empty if there is no file."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        return file.read().decode(errors="replace")
    return ""


def _describe(code: int) -> str:
    if code >= 0:
        return f"with {code}"
    with suppress(ValueError):
        return f"by {signal.Signals(-code).name}"
    return f"by signal {-code}"
