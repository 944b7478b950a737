"""The processes of a session: which they are, and how they are made to end. It needs the standard library alone.

They are named by numbers as `os.kill` takes them: a process by its id, and a process group by its id with a minus.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

# Between the request to end and the end by force.
GRACE_S = 1.0
# How long processes are waited for that were killed by force, and do not end all the same.
PATIENCE_S = 5.0
POLL_S = 0.01


class Census(Protocol):
    """Tells which processes there are."""

    def of_session(self, commands: Iterable[int], mark: str) -> set[int]:
        """All that live of a session, whose commands are these processes and carry this mark in their environment."""
        ...

    def of_command(self, command: int, mark: str, known: set[int]) -> set[int]:
        """All that live of a command: the process itself, whatever it started, and what is left of those known."""
        ...


class GroupCensus:
    """What any POSIX system tells: the process group that a command began. What leaves its group is not found."""

    def of_session(self, commands: Iterable[int], mark: str) -> set[int]:  # noqa: ARG002 - as the protocol has it
        """See `Census`."""
        return {-command for command in commands if _is_there(-command)}

    def of_command(self, command: int, mark: str, known: set[int]) -> set[int]:  # noqa: ARG002 - as the protocol has it
        """See `Census`."""
        return self.of_session((command,), mark)


class Process(NamedTuple):
    """A process: its id, that of its parent, and that of the session (of the system's kind) it is in."""

    id: int
    parent: int
    session: int


class ProcCensus:
    """What Linux tells: every process below the supervisor, which all that lose their parent come to be below."""

    def __init__(self, supervisor: int, proc: Path = Path("/proc")) -> None:
        self._supervisor = supervisor
        self._proc = proc

    def of_session(self, commands: Iterable[int], mark: str) -> set[int]:  # noqa: ARG002 - they are below anyway
        """See `Census`."""
        table = self._table()
        return _family({self._supervisor}, table) - {self._supervisor} | marked(mark, self._proc)

    def of_command(self, command: int, mark: str, known: set[int]) -> set[int]:
        """See `Census`."""
        table = self._table()
        roots = {command, *known, *marked(mark, self._proc)} & table.keys()
        roots |= {process.id for process in table.values() if process.session == command}
        return _family(roots, table)

    def _table(self) -> Mapping[int, Process]:
        """Every process that has not ended."""
        return {process.id: process for process in map(self._read, _ids(self._proc)) if process}

    def _read(self, process_id: int) -> Process | None:
        with suppress(OSError):
            # The name, in parentheses, can hold anything.
            state, parent, _, session = (
                (self._proc / str(process_id) / "stat").read_text(errors="replace").rpartition(")")[2].split()[:4]
            )
            if state not in "ZX":
                return Process(process_id, int(parent), int(session))
        return None


def marked(mark: str, proc: Path = Path("/proc")) -> set[int]:
    """The processes that carry a mark in the environment that they began with; none where the system does not tell."""
    wanted = mark.encode()
    found: set[int] = set()
    for process_id in _ids(proc):
        # Others' environments cannot be read, and are no concern of ours.
        with suppress(OSError):
            if wanted in (proc / str(process_id) / "environ").read_bytes().split(b"\0"):
                found.add(process_id)
    return found


def send(targets: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to processes, if they are still there and ours."""
    for target in targets:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(target, number)


def end(find: Callable[[], set[int]], reap: Callable[[], None], grace_s: float = GRACE_S) -> None:
    """End all processes that `find` finds, with a request first and by force after a while; `reap` collects them."""
    targets = find()
    send(targets, signal.SIGTERM)
    for _ in _moments(grace_s):
        reap()
        targets = find()
        if not targets:
            return
    # Again and again, since they may have children meanwhile.
    for _ in _moments(PATIENCE_S):
        send(targets, signal.SIGKILL)
        reap()
        targets = find()
        if not targets:
            return


def _moments(seconds: float) -> Iterator[None]:
    """A moment now and then, until some time has passed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(POLL_S)


def _family(roots: set[int], table: Mapping[int, Process]) -> set[int]:
    """Processes and all that descend from them."""
    family = set(roots)
    grown = True
    while grown:
        more = {process.id for process in table.values() if process.parent in family} - family
        family |= more
        grown = bool(more)
    return family


def _ids(proc: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _is_there(target: int) -> bool:
    # On macOS it is no permission that those lack who are left in a group, but life.
    with suppress(ProcessLookupError, PermissionError):
        os.kill(target, 0)
        return True
    return False
