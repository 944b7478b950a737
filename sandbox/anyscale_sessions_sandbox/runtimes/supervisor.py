"""The program that stands between a sandbox and the commands of one session: `main`, in a process of its own.

It makes the session's directory, runs its commands, tells how they end, and takes everything down when it is told to,
or when the sandbox is gone, however that came about. It needs the standard library alone, starts fast, and speaks JSON
in lines over the socket that is its standard input. It is told what it is there for, a `Task`, and then

    {"do": "run", "id": ID, "shell_command": TEXT}
    {"do": "kill", "id": ID}
    {"do": "end"}

It tells

    {"ready": true}             commands can be run
    {"failed": REASON}          nothing can be run, and nothing more will be told
    {"ended": ID, "status_code": N}

and closes the socket when nothing of the session is left.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .processes import GRACE_S, POLL_S, Census, GroupCensus, ProcCensus, end, send
from .session_directory import Folder

# How often it looks whether the sandbox is still there: a process that was forked off the sandbox may keep its socket
# open, so that its end alone does not tell.
LOOK_S = 1.0
CHUNK_BYTES = 65536
# What a shell says of a command that it has found but cannot run.
CANNOT_RUN = 126
# What marks the processes of a session, and those of a command, in their environment.
SESSION_MARK = "ANYSCALE_SANDBOX_SESSION"
COMMAND_MARK = "ANYSCALE_SANDBOX_COMMAND"
PR_SET_CHILD_SUBREAPER = 36
WRITING = os.O_WRONLY | os.O_CREAT | os.O_APPEND
# What Python ignores, and commands shall not.
RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)


class Task(NamedTuple):
    """What a supervisor is there for.

    Attributes:
        parent: the id of the sandbox's process.
        path: the session's directory, to be made.
        shell: the program that runs commands.
        environment: the variables that commands get, besides those that lead to the directory.
    """

    parent: int
    path: str
    shell: str
    environment: dict[str, str]


class Supervisor:
    """Runs the commands of one session until it is told to end."""

    def __init__(self, task: Task, channel: socket.socket, census: Census) -> None:
        self._folder = Folder(Path(task.path))
        self._task = task
        self._channel = channel
        self._census = census
        self._received = b""
        self._ending = False
        # The commands that have not ended, and the processes that are killed with a command.
        self._commands: dict[int, str] = {}
        self._condemned: dict[str, Condemned] = {}

    def run(self, wake: int) -> None:
        """Make the directory, do as told until the end, and remove it; `wake` can be read when a signal has come."""
        try:
            self._folder.make()
            os.chdir(self._folder.home)
        except OSError as error:
            self._folder.remove()
            self._tell(failed=f"{error.strerror}: {error.filename}")
            return
        try:
            self._tell(ready=True)
            while not self._ending and os.getppid() == self._task.parent:
                self._wait(wake)
        finally:
            self.stop()
            end(lambda: self._census.of_session(self._commands, self._mark()), self._reap)
            self._folder.remove()

    def stop(self, *_: object) -> None:
        """End soon; it can be a signal's handler."""
        self._ending = True

    def _wait(self, wake: int) -> None:
        """Wait for something to happen, and do what it asks for."""
        wait_s = POLL_S if self._condemned else LOOK_S
        channel = self._channel.fileno()
        readable, _, _ = select.select([channel, wake], [], [], wait_s)
        if wake in readable:
            os.read(wake, CHUNK_BYTES)
        if channel in readable:
            self._receive()
        self._reap()
        self._execute()

    def _receive(self) -> None:
        received = b""
        # What a sandbox that was killed has not read makes an error of its end.
        with suppress(ConnectionError):
            received = self._channel.recv(CHUNK_BYTES)
        self._ending |= not received
        *lines, self._received = (self._received + received).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))

    def _obey(self, order: Mapping[str, Any]) -> None:
        if order["do"] == "run":
            self._start(order["id"], order["shell_command"])
        elif order["do"] == "kill":
            self._condemn(order["id"])
        else:
            self.stop()

    def _start(self, command_id: str, shell_command: str) -> None:
        stdout, stderr = self._folder.streams(command_id)
        streams = [(os.devnull, os.O_RDONLY), *((path, WRITING) for path in (stdout, stderr))]
        actions = [(os.POSIX_SPAWN_OPEN, number, path, flags, 0o600) for number, (path, flags) in enumerate(streams)]
        environment = {
            **self._task.environment,
            "HOME": str(self._folder.home),
            "TMPDIR": str(self._folder.temporary),
            SESSION_MARK: str(self._folder.path),
            COMMAND_MARK: command_id,
        }
        command = [self._task.shell, "-c", shell_command]
        try:
            process_id = os.posix_spawn(
                self._task.shell, command, environment, file_actions=actions, setsid=True, setsigdef=RESTORED
            )
        except (OSError, ValueError) as error:
            # The text is too long for the system, or has a null character in it; or the directory was removed.
            with suppress(OSError):
                stderr.write_text(f"{getattr(error, 'strerror', None) or error}\n")
            self._tell(ended=command_id, status_code=CANNOT_RUN)
        else:
            self._commands[process_id] = command_id

    def _mark(self) -> str:
        return f"{SESSION_MARK}={self._folder.path}"

    def _condemn(self, command_id: str) -> None:
        """Ask a command to end, with everything it started; what is there after the grace is killed."""
        for process_id, running in self._commands.items():
            if running == command_id and command_id not in self._condemned:
                condemned = self._condemned[command_id] = Condemned(process_id, time.monotonic() + GRACE_S)
                send(self._family_of(command_id, condemned), signal.SIGTERM)

    def _execute(self) -> None:
        """Kill what was condemned a while ago."""
        for command_id, condemned in tuple(self._condemned.items()):
            family = self._family_of(command_id, condemned)
            # It stays condemned until it was told how it has ended.
            if not family and condemned.process_id not in self._commands:
                del self._condemned[command_id]
            elif time.monotonic() >= condemned.until_s:
                send(family, signal.SIGKILL)

    def _family_of(self, command_id: str, condemned: Condemned) -> set[int]:
        condemned.known = self._census.of_command(condemned.process_id, f"{COMMAND_MARK}={command_id}", condemned.known)
        return condemned.known

    def _reap(self) -> None:
        """Collect the processes that have ended, and tell of those that were commands."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                process_id, status = ended
                command_id = self._commands.pop(process_id, None)
                if command_id:
                    self._tell(ended=command_id, status_code=self._code_of(command_id, status))

    def _code_of(self, command_id: str, status: int) -> int:
        """An exit code, or the number of a signal with a minus.

        A command that was killed, and did not see to its own end in the time it had, was killed.
        """
        code = os.waitstatus_to_exitcode(status)
        is_killed = self._ending or command_id in self._condemned
        return -signal.SIGKILL if is_killed and code == -signal.SIGTERM else code

    def _tell(self, **message: Any) -> None:
        # Where nobody listens any more, that is seen when the channel is read.
        with suppress(OSError):
            self._channel.sendall(json.dumps(message).encode() + b"\n")


class Condemned:
    """A command that is killed: its process, until when it can end by itself, and what is known to belong to it."""

    def __init__(self, process_id: int, until_s: float) -> None:
        self.process_id = process_id
        self.until_s = until_s
        self.known: set[int] = set()


def census_of(platform: str) -> Census:
    """What tells of the processes here. On Linux every orphan becomes a child of this process."""
    if platform != "linux":
        return GroupCensus()
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return ProcCensus(os.getpid())


def _wake(*_: object) -> None:
    """Handle a signal by nothing but what wakes the supervisor up anyway."""


def main() -> None:
    """Be the supervisor of one session."""
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _wake)
    with socket.socket(fileno=0) as channel:
        with channel.makefile("rb", buffering=0) as lines:
            task = lines.readline()
        if not task:
            return
        supervisor = Supervisor(Task(**json.loads(task)), channel, census_of(sys.platform))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, supervisor.stop)
        supervisor.run(wake)


if __name__ == "__main__":
    main()
