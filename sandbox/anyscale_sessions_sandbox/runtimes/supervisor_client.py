"""The client of a session's supervisor: start it, send it messages, receive its reports, and clean up after it."""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from .processes import end, marked, working_in
from .session_directory import SessionDirectory
from .supervisor import SESSION_MARK, Task

SUPERVISOR = (sys.executable, "-P", "-X", "utf8", "-m", f"{__package__}.supervisor")
# The variables that a supervisor needs, besides those of its commands, to find this package.
SUPERVISOR_VARIABLES = ("PYTHONPATH",)
# How long a supervisor may take to start, and to receive a message.
START_TIMEOUT_S = 30.0
SEND_TIMEOUT_S = 5
CLOSED = "The sandbox was closed."


class Listener(Protocol):
    """Receives the reports of a supervisor, in the thread of its client."""

    def on_ready(self, client: SupervisorClient) -> None:
        """Commands can be run."""
        ...

    def on_ended(self, command_id: str, status_code: int) -> None:
        """A command has ended."""
        ...

    def on_observed(self, client: SupervisorClient, facts: Mapping[str, Any]) -> None:
        """A program of the session reports these facts."""
        ...

    def on_lost(self, client: SupervisorClient) -> None:
        """Nothing of the session exists any more, for the client's `reason`. This is the last report."""
        ...


class SupervisorClient:
    """The client of one supervisor and its session.

    Args:
        session_id: the id of the session.
        task: the task of the supervisor.
        listener: receives the reports.
        admit: is called first, in the thread of the client. It waits until the session may start, and returns an empty
            text; or it returns the reason why the session may not start.
    """

    def __init__(
        self,
        session_id: str,
        task: Task,
        listener: Listener,
        admit: Callable[[SupervisorClient], str] | None = None,
    ) -> None:
        self.session_id = session_id
        self.directory = SessionDirectory(Path(task.path), task.link)
        self.reason = ""
        self.is_ready = False
        # The exit code of each command, None while it runs.
        self.codes: dict[str, int | None] = {}
        self._listener = listener
        self._admit = admit
        # Commands can read the environment of their supervisor, so it contains no more than theirs.
        found = {name: os.environ[name] for name in SUPERVISOR_VARIABLES if name in os.environ}
        self._environment = {**found, **task.environment}
        self._sending = threading.Lock()
        self._channel, self._theirs = socket.socketpair()
        self._is_stuck = False
        self._thread = threading.Thread(target=self._run, name=f"supervisor client of {session_id}", daemon=True)
        self._task = task
        self._has_task = False

    def start(self) -> None:
        """Start the supervisor."""
        self._thread.start()

    @property
    def is_active(self) -> bool:
        """Whether a command is running."""
        return None in self.codes.values()

    def run(self, command_id: str, shell_command: str) -> None:
        """Run a command."""
        self.codes[command_id] = None
        self._send({"do": "run", "id": command_id, "shell_command": shell_command})

    def kill(self, command_id: str) -> None:
        """Kill a command."""
        self._send({"do": "kill", "id": command_id})

    def end(self) -> None:
        """Terminate the session."""
        self.reason = self.reason or CLOSED
        self._send({"do": "end"})

    def join(self) -> None:
        """Wait until nothing of the session exists any more."""
        self._thread.join()

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            # The supervisor expects its task first.
            if self._has_task:
                self._write(message, SEND_TIMEOUT_S)

    def _send_task(self) -> None:
        """Send the task. It can be longer than what the socket holds, so the supervisor must have been started."""
        with self._sending:
            self._write(self._task._asdict(), START_TIMEOUT_S)
            self._has_task = True
        if self.reason:
            # `end` was called before.
            self.end()

    def _write(self, message: dict[str, Any], timeout_s: float) -> None:
        try:
            self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(timeout_s), 0))
            self._channel.sendall(json.dumps(message).encode() + b"\n")
        except BlockingIOError:
            self._abandon()
        except OSError:
            # The supervisor has ended, which the thread notices.
            return

    def _abandon(self) -> None:
        """Disconnect from a supervisor that does not respond."""
        self._is_stuck = True
        self.reason = self.reason or "Its supervisor did not respond."
        self._channel.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        refusal = self._admit(self) if self._admit else ""
        self.reason = self.reason or refusal
        if self.reason:
            self._theirs.close()
        else:
            self._supervise()
        with self._sending:
            self._channel.close()
        self._listener.on_lost(self)

    def _supervise(self) -> None:
        """Start the supervisor, listen to it until it ends, and clean up after it."""
        try:
            with self._theirs:
                process = subprocess.Popen(  # noqa: S603 - the command is a constant
                    SUPERVISOR,
                    stdin=self._theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                    env=self._environment,
                )
        except OSError as error:
            self.reason = f"Its supervisor could not be started: {error.strerror}."
            return
        with process:
            self._send_task()
            self._listen()
            if self._is_stuck:
                process.kill()
            *_, last_line = process.communicate()[1].decode(errors="replace").strip().split("\n")
        self.reason = self.reason or f"Its supervisor ended with {process.returncode}: {last_line or 'no output'}."
        # A command may have removed the directory of a supervisor that was killed.
        if process.returncode != 0 or self.directory.path.exists():
            remove_orphan(self.directory)

    def _listen(self) -> None:
        """Receive messages until the supervisor ends."""
        if not select.select([self._channel], [], [], START_TIMEOUT_S)[0]:
            self._abandon()
        with self._channel.makefile("rb") as lines, suppress(ConnectionError):
            for line in lines:
                self._handle(json.loads(line))

    def _handle(self, message: dict[str, Any]) -> None:
        if "ended" in message:
            self.codes[message["ended"]] = message["status_code"]
            self._listener.on_ended(message["ended"], message["status_code"])
        elif "observed" in message:
            self._listener.on_observed(self, message["observed"])
        elif "failed" in message:
            self.reason = f"Its directory could not be created: {message['failed']}."
        elif "broken" in message:
            self.reason = self.reason or message["broken"]
        elif "ready" in message:
            self.is_ready = True
            self._listener.on_ready(self)


def remove_orphan(directory: SessionDirectory) -> None:
    """Kill the processes of a session without a supervisor, as far as they can be found, and remove its directory."""
    mark = f"{SESSION_MARK}={directory.path}"
    end(lambda: marked(mark) | working_in(directory.path), lambda: None, grace_s=0.0)
    directory.remove()
