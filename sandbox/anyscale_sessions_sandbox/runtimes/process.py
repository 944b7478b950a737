"""The `process` runtime: each session is a directory on this machine, and its commands run as shell commands.

Commands run in real time, independent of the sandbox's clock. A start and a termination take the time of the sandbox's
`Timings`, by its clock, and then until the processes have started or ended. When a command ends, the time of the clock
becomes its `finished_at` and the start of the idle time. Advancing the clock does not make commands faster, but it can
make sessions reach their idle timeout. A clock of real time, a `SystemClock`, fits best.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import SandboxRuntimeError
from ..spec import Document
from .catalog import Catalog
from .runtime import KILLED_STATUS, Inventory, Logs, Outcome, Reports
from .session_directory import PREFIX, SessionDirectory, orphaned
from .session_proxies import HOST, Ports, SessionProxies
from .supervisor import Task
from .supervisor_client import SupervisorClient, remove_orphan

# The part of long output that is returned: its end.
LOG_BYTES = 2**20
# The environment variables that commands inherit. None of them contains a secret.
INHERITED_VARIABLES = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LOGNAME", "SHELL", "TERM", "TZ", "USER")
# The environment variables with the ports on which a session's services should listen.
SERVICE_PORT = "USER_SERVICE_PORT"
HEAD_PORT = "HEAD_SERVICE_PORT"


class ProcessRuntime:
    """Sessions whose commands run on this machine, each as `bash -c` in its own POSIX session.

    A session has a directory that only its owner can access. It is removed when the session ends. A command starts in
    the folder `home`, which is its `HOME`; `TMPDIR` is the folder `tmp`. A command inherits only the variables for
    programs and locale from the sandbox. The folder of the sandbox's Python interpreter is first on `PATH`.
    `USER_SERVICE_PORT` is the port of 127.0.0.1 on which the user service of the session should listen, and
    `HEAD_SERVICE_PORT` the one for a dashboard or a Jobs API. Clients reach them at the URLs `user_service_url` and
    `host_name` of the session. There, a proxy requires the tokens of the session.

    The exit code of a command is the one of its shell, or the negated number of the signal that ended it. A kill sends
    SIGTERM to all processes of the command, and SIGKILL after a second; the exit code is -9 then. Processes that a
    command leaves behind when it ends on its own keep running until the session ends.

    **Commands are not isolated.** They can do everything that the user of the sandbox can do.

    Args:
        directory: where the directories of sessions are created; by default the system's temporary directory.
        environment: more environment variables for commands, such as `RAY_ADDRESS`.

    Raises:
        SandboxRuntimeError: there is no bash, or this is not a POSIX system.
    """

    name = "process"
    _reports: Reports

    def __init__(
        self, directory: str | os.PathLike[str] | None = None, *, environment: Mapping[str, str] | None = None
    ) -> None:
        self._shell = shutil.which("bash") or ""
        if not self._shell:
            raise SandboxRuntimeError(self.name, "it needs bash, which is not on PATH")
        self._directory = Path(directory or tempfile.gettempdir()).absolute()
        self._environment = inherited(os.environ) | dict(environment or {})
        # The clients of current sessions, and all clients, including those of sessions that are still ending.
        self._current: dict[str, SupervisorClient] = {}
        self._all: set[SupervisorClient] = set()
        self._ports: dict[str, Ports] = {}
        self._proxies = SessionProxies()

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Inventory:
        """End other sessions, and remove what an earlier sandbox left behind. Sessions never outlive their sandbox."""
        self._reports = reports
        ids = {session["id"] for session in sessions}
        for session_id in self._current.keys() - ids:
            self._current[session_id].end()
        self._proxies.close_others(ids)
        orphans = orphaned(self._directory)
        for path in orphans:
            remove_orphan(SessionDirectory(path))
        notes = [f"removed the directory of a session that had ended: {path}" for path in orphans]
        alive = {session_id: self._current[session_id] for session_id in ids & self._current.keys()}
        return Inventory(
            frozenset(alive),
            tuple(notes),
            frozenset(session_id for session_id, client in alive.items() if client.is_ready),
            {session_id: dict(client.codes) for session_id, client in alive.items()},
        )

    def start(self, session: Document, catalog: Catalog) -> bool:  # noqa: ARG002 - builds are for Ray
        """Start a supervisor, which creates the directory."""
        session_id: str = session["id"]
        self._ports[session_id] = ports = Ports(free_port(), free_port())
        self.launch(session_id, Task(os.getpid(), self.new_path(), self._shell, self.variables(ports)))
        return False

    def new_path(self) -> str:
        """The path of a directory for a session, which is not created yet."""
        return str(self._directory / f"{PREFIX}{secrets.token_hex(8)}")

    def variables(self, ports: Ports) -> dict[str, str]:
        """The environment variables of every command of a session."""
        return {**self._environment, SERVICE_PORT: str(ports.user_service), HEAD_PORT: str(ports.head)}

    def launch(self, session_id: str, task: Task, admit: Callable[[SupervisorClient], str] | None = None) -> None:
        """Start the supervisor of a session, once it is admitted; see `SupervisorClient`."""
        client = SupervisorClient(session_id, task, self, admit)
        # The session already has a client if a transaction that started it was rolled back.
        self.terminate({"id": session_id})
        self._current[session_id] = client
        self._all.add(client)
        client.start()

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """The URLs of the proxies of the user service and the head.

        Nothing for a session that was not started here. A session whose proxies cannot be opened is terminated.
        """
        session_id: str = session["id"]
        ports = self._ports.get(session_id)
        if ports is None:
            return {}
        try:
            return self._proxies.endpoints(session, ports, self.head_headers(session))
        except OSError as error:
            if client := self._current.get(session_id):
                client.reason = f"The proxies of its services could not be opened: {error.strerror}."
                client.end()
            return {}

    def head_headers(self, session: Document) -> Sequence[tuple[bytes, bytes]]:  # noqa: ARG002 - subclasses use it
        """The headers that the proxy of a session's head adds to each request."""
        return ()

    def activity(self, session: Document) -> bool:
        """Whether a command of the session is running."""
        client = self._current.get(session["id"])
        return bool(client and client.is_active)

    def run(self, session: Document, command: Document) -> Outcome | None:
        """Start a command. It ends at once as killed if the session has no supervisor, as after a seed."""
        client = self._current.get(session["id"])
        if client is None:
            return Outcome(0.0, KILLED_STATUS)
        client.run(command["id"], command["shell_command"])
        return None

    def kill(self, command: Document) -> int | None:
        """Request that a command be killed."""
        client = self._current.get(command["session_id"])
        if client is None:
            return KILLED_STATUS
        client.kill(command["id"])
        return None

    def logs(self, command: Document) -> Logs | None:
        """The end of the output of a command, until its session ends."""
        client = self._current.get(command["session_id"])
        return Logs(*map(_end_of, client.directory.streams(command["id"]))) if client else None

    def directory(self, session_id: str) -> Path | None:
        """The directory of a session that is running or starting."""
        client = self._current.get(session_id)
        return client.directory.path if client else None

    def terminate_workers(self, session: Document, *, keep_min_workers: bool) -> bool:  # noqa: ARG002 - there are none
        """Return True: there are no worker nodes."""
        return True

    def terminate(self, session: Document) -> bool:
        """Request that the session be terminated."""
        self._proxies.suspend(session["id"])
        client = self._current.get(session["id"])
        if client:
            client.end()
        return client is None

    def forget(self, session: Document) -> None:
        """Close the proxies of the session."""
        self._ports.pop(session["id"], None)
        self._proxies.close(session["id"])

    def close(self) -> None:
        """Terminate all sessions concurrently."""
        self._proxies.shut_down()
        for client in tuple(self._all):
            client.end()
        for client in tuple(self._all):
            client.join()

    def on_ready(self, client: SupervisorClient) -> None:
        """See `Listener`."""
        if self._current.get(client.session_id) is client:
            self._reports.ready(client.session_id)

    def on_ended(self, command_id: str, status_code: int) -> None:
        """See `Listener`."""
        self._reports.ended(command_id, status_code)

    def on_observed(self, client: SupervisorClient, facts: Mapping[str, Any]) -> None:
        """See `Listener`."""
        if self._current.get(client.session_id) is client:
            self._reports.observed(client.session_id, facts)

    def on_lost(self, client: SupervisorClient) -> None:
        """See `Listener`."""
        self._all.discard(client)
        if self._current.get(client.session_id) is client:
            del self._current[client.session_id]
            self._proxies.suspend(client.session_id)
            self._reports.lost(client.session_id, client.reason)


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that commands inherit."""
    kept = {name: environment[name] for name in INHERITED_VARIABLES if name in environment}
    path = (str(Path(sys.executable).parent), environment.get("PATH", os.defpath))
    return {**kept, "PATH": os.pathsep.join(path)}


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _end_of(path: Path) -> str:
    """The end of a text file; empty if there is no file yet."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
            return file.read(LOG_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ""
