"""The `process` runtime: each session is a directory on this machine, and its commands are shell commands that run.

They run in real time, whatever the sandbox's clock shows. A start and a termination take the time that the sandbox's
`Timings` say, on its clock, and then until the processes are up or gone. A command ends when it ends; what the clock
shows then is its `finished_at`, and where idling begins. A push of the clock makes no command faster, but sessions idle
out by it. Best is a clock of real time, a `SystemClock`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import SandboxRuntimeError
from ..spec import Document
from . import KILLED_STATUS, Found, Logs, Outcome, Reports
from .session_directory import PREFIX, Folder, stale
from .supervisor import Task
from .supervisor_client import Keeper, sweep

# Of long output, as much of its end is shown.
LOG_BYTES = 2**20
# What commands get of the environment that the sandbox runs in: where programs are and how texts are written, and
# nothing that can hold a secret.
KEPT_VARIABLES = ("LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LOGNAME", "SHELL", "TERM", "TZ", "USER")
SERVICE_PORT = "USER_SERVICE_PORT"
HOST = "127.0.0.1"


class ProcessRuntime:
    """Sessions whose commands run on this machine, each as `bash -c` in a session of its own, of the system's kind.

    A session has a directory, for its owner alone, which is removed with everything in it when the session ends. A
    command starts in its folder `home`, which `HOME` names, as `TMPDIR` names `tmp`. Of the sandbox's environment it
    gets what says where programs are and how texts are written; the interpreter that runs the sandbox comes first on
    `PATH`. `USER_SERVICE_PORT` is the port, of 127.0.0.1, that the session's user service is expected on.

    A command's exit code is that of its shell, or minus the number of the signal that ended it. A kill asks all
    processes of the command to end, and ends them by force after a second; a command that dies of it has -9. What a
    command leaves running when it ends by itself runs until the session ends.

    **Commands are not confined.** They can do whatever the user can who runs the sandbox.

    Args:
        directory: where the directories of sessions are made; the system's place for temporary files by default.
        environment: more variables for commands, such as `RAY_ADDRESS`.

    Raises:
        SandboxRuntimeError: there is no bash, or this is no POSIX system.
    """

    name = "process"
    _reports: Reports

    def __init__(
        self, directory: str | os.PathLike[str] | None = None, *, environment: Mapping[str, str] | None = None
    ) -> None:
        self._shell = shutil.which("bash") or ""
        if not self._shell:
            raise SandboxRuntimeError(self.name, "its commands are run by bash, which is not on PATH")
        self._directory = Path(directory or tempfile.gettempdir()).absolute()
        self._environment = cleaned(os.environ) | dict(environment or {})
        # The keepers of sessions, and besides them of such as were started anew and have not quite gone.
        self._current: dict[str, Keeper] = {}
        self._all: set[Keeper] = set()
        self._ports: dict[str, int] = {}

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Found:
        """Sessions end with the sandbox that runs them: of those that ran before, only remains can be found."""
        self._reports = reports
        wanted = {session["id"] for session in sessions}
        for session_id in self._current.keys() - wanted:
            self._current[session_id].end()
        left = stale(self._directory)
        for path in left:
            sweep(Folder(path))
        notes = [f"removed what was left of a session: {path}" for path in left]
        alive = {session_id: self._current[session_id] for session_id in wanted & self._current.keys()}
        return Found(
            frozenset(alive),
            tuple(notes),
            frozenset(session_id for session_id, keeper in alive.items() if keeper.is_ready),
            {session_id: dict(keeper.codes) for session_id, keeper in alive.items()},
        )

    def start(self, session: Document) -> bool:
        """Start a supervisor, which makes the directory."""
        session_id: str = session["id"]
        path = self._directory / f"{PREFIX}{secrets.token_hex(8)}"
        self._ports[session_id] = port = free_port()
        environment = {**self._environment, SERVICE_PORT: str(port)}
        keeper = Keeper(session_id, Task(os.getpid(), str(path), self._shell, environment), self)
        # There is one already if it was started before by a transaction that failed.
        self.terminate(session)
        self._current[session_id] = keeper
        self._all.add(keeper)
        keeper.start()
        return False

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """This machine, and the port for the session's user service; nothing for one that was never started here."""
        port = self._ports.get(session["id"])
        return {"host_name": HOST, "head_node_ip": HOST, "user_service_url": f"http://{HOST}:{port}"} if port else {}

    def activity(self, session: Document) -> bool:
        """Whether one of its commands runs."""
        keeper = self._current.get(session["id"])
        return bool(keeper and keeper.is_active)

    def run(self, session: Document, command: Document) -> Outcome | None:
        """Start a command; where there is no process for the session, as after a seed, it ends at once as killed."""
        keeper = self._current.get(session["id"])
        if keeper is None:
            return Outcome(0.0, KILLED_STATUS)
        keeper.run(command["id"], command["shell_command"])
        return None

    def kill(self, command: Document) -> int | None:
        """Have a command killed."""
        keeper = self._current.get(command["session_id"])
        if keeper is None:
            return KILLED_STATUS
        keeper.kill(command["id"])
        return None

    def logs(self, command: Document) -> Logs | None:
        """The end of what a command has written, until its session ends."""
        keeper = self._current.get(command["session_id"])
        return Logs(*map(_end_of, keeper.folder.streams(command["id"]))) if keeper else None

    def directory(self, session_id: str) -> Path | None:
        """The directory of a session that runs, or is about to."""
        keeper = self._current.get(session_id)
        return keeper.folder.path if keeper else None

    def terminate(self, session: Document) -> bool:
        """Have the session taken down."""
        keeper = self._current.get(session["id"])
        if keeper:
            keeper.end()
        return keeper is None

    def close(self) -> None:
        """Take down all sessions, side by side."""
        for keeper in tuple(self._all):
            keeper.end()
        for keeper in tuple(self._all):
            keeper.join()

    def on_ready(self, keeper: Keeper) -> None:
        """See `Listener`."""
        if self._current.get(keeper.session_id) is keeper:
            self._reports.ready(keeper.session_id)

    def on_ended(self, command_id: str, status_code: int) -> None:
        """See `Listener`."""
        self._reports.ended(command_id, status_code)

    def on_gone(self, keeper: Keeper) -> None:
        """See `Listener`."""
        self._all.discard(keeper)
        if self._current.get(keeper.session_id) is keeper:
            del self._current[keeper.session_id]
            self._reports.gone(keeper.session_id, keeper.reason)


def cleaned(environment: Mapping[str, str]) -> dict[str, str]:
    """What commands get of an environment."""
    kept = {name: environment[name] for name in KEPT_VARIABLES if name in environment}
    path = (str(Path(sys.executable).parent), environment.get("PATH", os.defpath))
    return {**kept, "PATH": os.pathsep.join(path)}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _end_of(path: Path) -> str:
    """The end of a text file; nothing if there is none yet."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
            return file.read(LOG_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ""
