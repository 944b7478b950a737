"""The processes of a session: find them and end them. This module needs the standard library only.

Processes are identified as for `os.kill`: a process by its id, and a process group by its negated id.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from ..real_time import monotonic

# The time between SIGTERM and SIGKILL.
GRACE_S = 1.0
# How long to wait for killed processes that do not end.
KILL_TIMEOUT_S = 5.0
POLL_S = 0.01
# What Linux appends to the path of a working directory that was deleted.
DELETED = " (deleted)"


class ProcessScanner(Protocol):
    """Finds the processes of a session."""

    def of_session(self, commands: Iterable[int], mark: str) -> set[int]:
        """All live processes of a session with these commands, whose environments contain this mark."""
        ...

    def of_command(self, command: int, mark: str, known: set[int]) -> set[int]:
        """All live processes of a command: itself, its descendants, and the known ones that still exist."""
        ...


class GroupScanner:
    """Finds process groups, on every POSIX system. A process that leaves the group of its command is not found."""

    def of_session(self, commands: Iterable[int], mark: str) -> set[int]:  # noqa: ARG002 - the protocol has it
        """See `ProcessScanner`."""
        return {-command for command in commands if _exists(-command)}

    def of_command(self, command: int, mark: str, known: set[int]) -> set[int]:  # noqa: ARG002 - the protocol has it
        """See `ProcessScanner`."""
        return self.of_session((command,), mark)


class Process(NamedTuple):
    """A process: its id, the id of its parent, and the id of its POSIX session."""

    id: int
    parent: int
    session: int


class ProcfsScanner:
    """Finds all descendants of the supervisor, on Linux, where the supervisor adopts orphaned descendants."""

    def __init__(self, supervisor: int, proc: Path = Path("/proc")) -> None:
        self._supervisor = supervisor
        self._proc = proc

    def of_session(self, commands: Iterable[int], mark: str) -> set[int]:  # noqa: ARG002 - they are descendants
        """See `ProcessScanner`."""
        table = self._table()
        return _family({self._supervisor}, table) - {self._supervisor} | marked(mark, self._proc)

    def of_command(self, command: int, mark: str, known: set[int]) -> set[int]:
        """See `ProcessScanner`."""
        table = self._table()
        roots = {command, *known, *marked(mark, self._proc)} & table.keys()
        roots |= {process.id for process in table.values() if process.session == command}
        return _family(roots, table)

    def _table(self) -> Mapping[int, Process]:
        """All processes that have not ended."""
        return {process.id: process for process in map(self._read, _ids(self._proc)) if process}

    def _read(self, process_id: int) -> Process | None:
        with suppress(OSError):
            state, parent, _, session = _stat(self._proc, process_id)[:4]
            if state not in "ZX":
                return Process(process_id, int(parent), int(session))
        return None


def marked(mark: str, proc: Path = Path("/proc")) -> set[int]:
    """The processes whose initial environment contains a mark; none on systems without procfs."""
    entry = mark.encode()
    found: set[int] = set()
    for process_id in _ids(proc):
        # The environments of other users' processes cannot be read, and do not matter.
        with suppress(OSError):
            if entry in (proc / str(process_id) / "environ").read_bytes().split(b"\0"):
                found.add(process_id)
    return found


def working_in(directory: Path, proc: Path = Path("/proc")) -> set[int]:
    """The processes whose working directory is in a directory, even if it was deleted; none without procfs.

    A process that changes its title overwrites its environment, and with it any mark. Processes with a controlling
    terminal are left out, because they belong to a person who looks at the directory, and so is this process.
    """
    parent = os.path.realpath(directory)
    found: set[int] = set()
    for process_id in _ids(proc):
        # The processes of other users cannot be examined, and do not matter.
        with suppress(OSError):
            folder = str((proc / str(process_id) / "cwd").readlink()).removesuffix(DELETED)
            if Path(folder).is_relative_to(parent) and not _has_terminal(proc, process_id):
                found.add(process_id)
    return found - {os.getpid()}


def _has_terminal(proc: Path, process_id: int) -> bool:
    return _stat(proc, process_id)[4] != "0"


def _stat(proc: Path, process_id: int) -> list[str]:
    """The fields of a process after its name: its state, its parent, its group, its session, its terminal, ..."""
    # The name, in parentheses, may contain any character.
    return (proc / str(process_id) / "stat").read_text(errors="replace").rpartition(")")[2].split()


def send(targets: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to the processes that still exist and belong to this user."""
    for target in targets:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(target, number)


def end(find: Callable[[], set[int]], reap: Callable[[], None], grace_s: float = GRACE_S) -> None:
    """End all processes that `find` returns, with SIGTERM and, after a grace period, SIGKILL. `reap` collects them."""
    targets = find()
    send(targets, signal.SIGTERM)
    for _ in _poll(grace_s):
        reap()
        targets = find()
        if not targets:
            return
    # The signal is repeated, because the processes may start children in the meantime.
    for _ in _poll(KILL_TIMEOUT_S):
        send(targets, signal.SIGKILL)
        reap()
        targets = find()
        if not targets:
            return


def _poll(seconds: float) -> Iterator[None]:
    """Yield every `POLL_S` seconds until the time has passed."""
    end_s = monotonic() + seconds
    while monotonic() < end_s:
        yield
        time.sleep(POLL_S)


def _family(roots: set[int], table: Mapping[int, Process]) -> set[int]:
    """Processes and all their descendants."""
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


def _exists(target: int) -> bool:
    # macOS reports PermissionError for a group in which only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.kill(target, 0)
        return True
    return False
