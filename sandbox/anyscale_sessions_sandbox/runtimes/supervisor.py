"""The supervisor of one session: a program in its own process that runs the commands of the session.

It creates the directory of the session, runs its programs and its commands, reports their ends, and terminates
everything on request, when a program ends, or when the sandbox no longer exists. It needs the standard library only, so
that it starts fast. It reads and writes lines of JSON over a socket, which is its standard input. It receives a `Task`
first, and then

    {"do": "run", "id": ID, "shell_command": TEXT}
    {"do": "kill", "id": ID}
    {"do": "end"}

It sends

    {"started": true}           the programs of the session were started; one of them reports when it is ready
    {"ready": true}             commands can be run
    {"failed": REASON}          no commands can be run; this is the last message
    {"ended": ID, "status_code": N}
    {"observed": FACTS}         what a program of the session reports
    {"broken": REASON}          a program of the session has ended, and therefore the session ends

and closes the socket when nothing of the session exists any more.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .processes import GRACE_S, POLL_S, GroupScanner, ProcessScanner, ProcfsScanner, end, send
from .programs import Program, Programs
from .session_directory import SessionDirectory
from .spawn import spawn

# How often it checks that the sandbox still exists. A closed socket does not suffice, because a forked process of the
# sandbox may keep it open.
CHECK_S = 1.0
CHUNK_BYTES = 65536
# The exit code of a shell for a command that it cannot run.
CANNOT_RUN = 126
# The environment variables that mark the processes of a session and of a command.
SESSION_MARK = "ANYSCALE_SANDBOX_SESSION"
COMMAND_MARK = "ANYSCALE_SANDBOX_COMMAND"
PR_SET_CHILD_SUBREAPER = 36


class Task(NamedTuple):
    """The task of a supervisor.

    Attributes:
        parent: the process id of the sandbox.
        path: the directory of the session, which the supervisor creates.
        shell: the program that runs commands.
        environment: the environment variables of commands, without those for the directory.
        programs: the programs of the session, as the fields of a `Program`. If there are any, one reports when the
            session can be used.
        files: texts that are written into the directory first, by their names in it.
        link: a symbolic link to the directory, for programs that cannot use a long path; empty for none.
    """

    parent: int
    path: str
    shell: str
    environment: dict[str, str]
    programs: Sequence[Sequence[Any]] = ()
    files: Mapping[str, str] = {}
    link: str = ""


class Supervisor:
    """Runs the commands of one session until it is stopped."""

    def __init__(self, task: Task, channel: socket.socket, scanner: ProcessScanner) -> None:
        self._directory = SessionDirectory(Path(task.path), task.link)
        self._task = task
        self._channel = channel
        self._scanner = scanner
        self._received = b""
        self._ending = False
        # The running commands by process id, and the pending kills by command id.
        self._commands: dict[int, str] = {}
        self._pending_kills: dict[str, PendingKill] = {}
        self._environment = dict(task.environment)
        programs = [Program(*fields) for fields in task.programs]
        self._programs = Programs(programs, self._directory.streams, self._spawn_program, self._report)

    def run(self, wake: int) -> None:
        """Create the directory, handle messages until the end, and remove it. `wake` becomes readable at a signal."""
        try:
            self._create_directory()
        except OSError as error:
            self._directory.remove()
            self._send(failed=f"{error.strerror}: {error.filename}")
            return
        try:
            self._programs.start_next()
            self._send(**{"started" if self._task.programs else "ready": True})
            while not self._ending and os.getppid() == self._task.parent:
                self._wait(wake)
        finally:
            self.stop()
            end(self._processes, self._reap)
            self._directory.remove()

    def stop(self, *_: object) -> None:
        """Stop soon. It may be called as a signal handler."""
        self._ending = True

    def _create_directory(self) -> None:
        self._directory.create()
        for name, text in self._task.files.items():
            (self._directory.path / name).write_text(text, encoding="utf-8")
        os.chdir(self._directory.home)

    def _processes(self) -> set[int]:
        """All live processes of the session."""
        mark = f"{SESSION_MARK}={self._directory.path}"
        return self._scanner.of_session((*self._commands, *self._programs.process_ids), mark)

    def _wait(self, wake: int) -> None:
        """Wait for a message or a signal, and handle it."""
        wait_s = POLL_S if self._pending_kills else CHECK_S
        channel = self._channel.fileno()
        readable, _, _ = select.select([channel, wake, *self._programs.pipes], [], [], wait_s)
        if wake in readable:
            os.read(wake, CHUNK_BYTES)
        if channel in readable:
            self._receive()
        for pipe in set(readable) & set(self._programs.pipes):
            self._programs.read(pipe)
        self._reap()
        self._kill_pending()
        if self._programs.failure and not self._ending:
            self._send(broken=self._programs.failure)
            self.stop()

    def _report(self, message: Mapping[str, Any]) -> None:
        """Forward a report of a program. The environment variables in it are for commands."""
        self._environment |= message.get("environment", {})
        self._send(**{name: value for name, value in message.items() if name != "environment"})

    def _receive(self) -> None:
        received = b""
        # If a killed sandbox left unread data, its end is a connection error.
        with suppress(ConnectionError):
            received = self._channel.recv(CHUNK_BYTES)
        self._ending |= not received
        *lines, self._received = (self._received + received).split(b"\n")
        for line in lines:
            self._handle(json.loads(line))

    def _handle(self, message: Mapping[str, Any]) -> None:
        if message["do"] == "run":
            self._start(message["id"], message["shell_command"])
        elif message["do"] == "kill":
            self._request_kill(message["id"])
        else:
            self.stop()

    def _start(self, command_id: str, shell_command: str) -> None:
        stdout, stderr = self._directory.streams(command_id)
        command = (self._task.shell, "-c", shell_command)
        try:
            process_id = self._spawn(command, {**self._environment, COMMAND_MARK: command_id}, stdout, stderr)
        except (OSError, ValueError) as error:
            # The text is too long or contains a null character, or the directory was removed.
            with suppress(OSError):
                stderr.write_text(f"{getattr(error, 'strerror', None) or error}\n")
            self._send(ended=command_id, status_code=CANNOT_RUN)
        else:
            self._commands[process_id] = command_id

    def _spawn_program(self, program: Program, stdout: Path | int, stderr: Path) -> int:
        return self._spawn(program.arguments, program.environment, stdout, stderr)

    def _spawn(self, arguments: Sequence[str], environment: Mapping[str, str], stdout: Path | int, stderr: Path) -> int:
        own = {
            "HOME": str(self._directory.home),
            "TMPDIR": str(self._directory.temporary),
            SESSION_MARK: str(self._directory.path),
        }
        return spawn(arguments, {**environment, **own}, stdout, stderr)

    def _request_kill(self, command_id: str) -> None:
        """Send SIGTERM to a command and its descendants. After the grace period they are killed."""
        for process_id, running in self._commands.items():
            if running == command_id and command_id not in self._pending_kills:
                pending = self._pending_kills[command_id] = PendingKill(process_id, time.monotonic() + GRACE_S)
                send(self._family_of(command_id, pending), signal.SIGTERM)

    def _kill_pending(self) -> None:
        """Kill the commands whose grace period is over."""
        for command_id, pending in tuple(self._pending_kills.items()):
            family = self._family_of(command_id, pending)
            # It stays pending until its end has been reported.
            if not family and pending.process_id not in self._commands:
                del self._pending_kills[command_id]
            elif time.monotonic() >= pending.until_s:
                send(family, signal.SIGKILL)

    def _family_of(self, command_id: str, pending: PendingKill) -> set[int]:
        pending.known = self._scanner.of_command(pending.process_id, f"{COMMAND_MARK}={command_id}", pending.known)
        return pending.known

    def _reap(self) -> None:
        """Collect the processes that have ended, and report the commands among them."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                process_id, status = ended
                if self._programs.on_exit(process_id, os.waitstatus_to_exitcode(status)):
                    continue
                command_id = self._commands.pop(process_id, None)
                if command_id:
                    self._send(ended=command_id, status_code=self._code_of(command_id, status))

    def _code_of(self, command_id: str, status: int) -> int:
        """The exit code, or the negated number of a signal.

        A killed command that SIGTERM ended counts as killed by SIGKILL.
        """
        code = os.waitstatus_to_exitcode(status)
        is_killed = self._ending or command_id in self._pending_kills
        return -signal.SIGKILL if is_killed and code == -signal.SIGTERM else code

    def _send(self, **message: Any) -> None:
        # A closed connection is noticed when the channel is read.
        with suppress(OSError):
            self._channel.sendall(json.dumps(message).encode() + b"\n")


class PendingKill:
    """A kill in progress: the process, the end of its grace period, and the processes known to belong to it."""

    def __init__(self, process_id: int, until_s: float) -> None:
        self.process_id = process_id
        self.until_s = until_s
        self.known: set[int] = set()


def scanner_for(platform: str) -> ProcessScanner:
    """The process scanner for a platform. On Linux, this process starts to adopt orphaned descendants."""
    if platform != "linux":
        return GroupScanner()
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return ProcfsScanner(os.getpid())


def _wake(*_: object) -> None:
    """Do nothing: the signal has already woken the supervisor through its file descriptor."""


def main() -> None:
    """Run the supervisor of one session."""
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _wake)
    with socket.socket(fileno=0) as channel:
        with channel.makefile("rb", buffering=0) as lines:
            task = lines.readline()
        if not task:
            return
        supervisor = Supervisor(Task(**json.loads(task)), channel, scanner_for(sys.platform))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, supervisor.stop)
        supervisor.run(wake)


if __name__ == "__main__":
    main()
