"""The sandbox's side of a session's supervisor: started, told what to do, listened to, and cleaned up after."""

from __future__ import annotations

import json
import select
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from .processes import end, marked
from .session_directory import Folder
from .supervisor import SESSION_MARK, Task

SUPERVISOR = (sys.executable, "-P", "-X", "utf8", "-m", f"{__package__}.supervisor")
# How long a supervisor may take to start, and to take what it is told.
START_TIMEOUT_S = 30.0
SEND_TIMEOUT_S = 5
CLOSED = "The sandbox was closed."


class Listener(Protocol):
    """Who is told, from a thread of the keeper's own, what comes about."""

    def on_ready(self, keeper: Keeper) -> None:
        """Commands can be run."""
        ...

    def on_ended(self, command_id: str, status_code: int) -> None:
        """A command has ended."""
        ...

    def on_gone(self, keeper: Keeper) -> None:
        """Nothing is left, for the keeper's `reason`; nothing more is told."""
        ...


class Keeper:
    """The keeper of one supervisor, and of the session behind it."""

    def __init__(self, session_id: str, task: Task, listener: Listener) -> None:
        self.session_id = session_id
        self.folder = Folder(Path(task.path))
        self.reason = ""
        self.is_ready = False
        # The exit code of each command, None while it runs.
        self.codes: dict[str, int | None] = {}
        self._listener = listener
        self._sending = threading.Lock()
        self._channel, self._theirs = socket.socketpair()
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT_S, 0))
        self._is_stuck = False
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {session_id}", daemon=True)
        self._tell(task._asdict())

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
        self._tell({"do": "run", "id": command_id, "shell_command": shell_command})

    def kill(self, command_id: str) -> None:
        """Kill a command."""
        self._tell({"do": "kill", "id": command_id})

    def end(self) -> None:
        """Take everything down."""
        self.reason = self.reason or CLOSED
        self._tell({"do": "end"})

    def join(self) -> None:
        """Wait until nothing is left."""
        self._thread.join()

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            with self._sending:
                self._channel.sendall(json.dumps(message).encode() + b"\n")
        except BlockingIOError:
            self._give_up()
        except OSError:
            # It has ended, which the thread sees.
            return

    def _give_up(self) -> None:
        """Stop listening to a supervisor that does not listen."""
        self._is_stuck = True
        self.reason = self.reason or "Its supervisor did not respond."
        self._channel.shutdown(socket.SHUT_RDWR)

    def _keep(self) -> None:
        try:
            with self._theirs:
                process = subprocess.Popen(  # noqa: S603 - it is our own program
                    SUPERVISOR,
                    stdin=self._theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError as error:
            self.reason = f"Its supervisor could not be started: {error.strerror}."
        else:
            with process:
                self._listen()
                if self._is_stuck:
                    process.kill()
                *_, last_words = process.communicate()[1].decode(errors="replace").strip().split("\n")
            self.reason = self.reason or f"Its supervisor ended with {process.returncode}: {last_words or 'no word'}."
            self._clean()
        with self._sending:
            self._channel.close()
        self._listener.on_gone(self)

    def _listen(self) -> None:
        """Take what the supervisor tells until it ends."""
        if not select.select([self._channel], [], [], START_TIMEOUT_S)[0]:
            self._give_up()
        with self._channel.makefile("rb") as lines, suppress(ConnectionError):
            for line in lines:
                self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "ended" in message:
            self.codes[message["ended"]] = message["status_code"]
            self._listener.on_ended(message["ended"], message["status_code"])
        elif "failed" in message:
            self.reason = f"Its directory could not be made: {message['failed']}."
        else:
            self.is_ready = True
            self._listener.on_ready(self)

    def _clean(self) -> None:
        """Do what the supervisor does at its end, for one that was killed."""
        if self.folder.path.exists():
            sweep(self.folder)


def sweep(folder: Folder) -> None:
    """Kill what runs in a directory whose supervisor is gone, as far as it can be told, and remove it."""
    end(lambda: marked(f"{SESSION_MARK}={folder.path}"), lambda: None, grace_s=0.0)
    folder.remove()
