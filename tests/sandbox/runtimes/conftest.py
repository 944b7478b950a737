"""What the tests of this folder share."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import Logs, Timings, serve

if sys.platform != "win32":  # the runtime `process` needs POSIX
    from anyscale_sessions_sandbox import ProcessRuntime
    from anyscale_sessions_sandbox.runtimes import supervisor_client

PATIENCE_S = 60.0


AT_ONCE = Timings(start_s=0.0, terminate_s=0.0)


# Ignores the request to end, and so do a child of it in a session of its own and an orphan.
STUBBORN = """
trap '' TERM
setsid sleep 300 & echo $! >> pids
(sleep 300 & echo $! >> pids)
(setsid sh -c 'echo $$ >> pids; cd /; exec sleep 300' &)
echo $$ >> pids
echo up
while true; do sleep 300; done
"""


SERVE = """
import json, os, sys, time
from anyscale_sessions_sandbox import ProcessRuntime, Timings, serve
directory, db = sys.argv[1:3]
timings = Timings(start_s=0.0, terminate_s=0.0)
with serve(db=db, token="sss_kept_kept_kept", runtime=ProcessRuntime(directory), timings=timings) as sandbox:
    print(json.dumps([sandbox.url, sandbox.startup_notes]), flush=True)
    if "fork" in sys.argv:
        sys.stdin.readline()
        if fork := os.fork():
            print(fork, flush=True)
    time.sleep(120)
"""


def until(happened: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """What comes of it when it has happened, which it must in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.01)
    raise AssertionError(f"it did not happen within {within_s} s")


def state_of(process_id: int) -> str:
    """The system's letter for what a process does; X if it is not there."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def lives(process_id: int) -> bool:
    """Whether a process is there that has not ended."""
    return state_of(process_id) not in "ZX"


class Here:
    """A sandbox whose sessions are processes, as one test sees it."""

    def __init__(self, api: Any, runtime: ProcessRuntime) -> None:
        self.api = api
        self.runtime = runtime

    def session(self, **fields: Any) -> Any:
        """A session that runs."""
        session = self.api.create(**fields)
        self.api.start(session)
        return self.until(session, "Running")

    def until(self, session: Any, state: str) -> Any:
        """The session, when it has come to a state."""
        return until(lambda: (now := self.api.get(session))["state"] == state and now)

    def ended(self, command: Any) -> Any:
        """The command, when it has ended."""
        return until(lambda: (now := self.api.command(command))["finished_at"] and now)

    def ran(self, session: Any, shell_command: str) -> tuple[int, str, str]:
        """The exit code of a command, and what it has written."""
        command = self.ended(self.api.run(session, shell_command))
        return (command["status_code"], *self.logs(command))

    def logs(self, command: Any) -> Any:
        """What a command has written until now."""
        return self.api.sandbox.logs(command["id"])

    def kill(self, command: Any) -> Any:
        """The command, killed."""
        return self.api.result("POST", f"/session_commands/{command['id']}/kill")

    def folder(self, session: Any) -> Path:
        """The directory of a session."""
        folder = self.runtime.directory(session["id"])
        assert folder
        return folder

    def stubborn(self, session: Any) -> tuple[Any, list[int]]:
        """A command that does not want to end, and its processes."""
        command = self.api.run(session, STUBBORN)
        pids = self.folder(session) / "home" / "pids"
        until(lambda: self.logs(command).stdout and len(pids.read_text().split()) == 4)
        found = [int(text) for text in pids.read_text().split()]
        assert all(map(lives, found))
        return command, found


@contextmanager
def processes(visit: Any, directory: Path, **options: Any) -> Iterator[Here]:
    """A sandbox whose sessions are processes, with directories in a directory."""
    environment = options.pop("environment", None)
    runtime = ProcessRuntime(directory, environment=environment)
    options = {"timings": AT_ONCE, "validate_responses": True} | options
    with serve(runtime=runtime, **options) as sandbox:
        yield Here(visit(sandbox), runtime)


@pytest.fixture
def here(visit: Any, tmp_path: Path) -> Iterator[Here]:
    """A sandbox of the test's own, which leaves nothing behind."""
    with processes(visit, tmp_path / "sessions") as found:
        yield found
    assert list((tmp_path / "sessions").glob("*")) == []


@pytest.fixture(autouse=True)
def measure_supervisors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let coverage measure the supervisors, which do not inherit the variable that it uses for that."""
    names = (*supervisor_client.SUPERVISOR_VARIABLES, "COVERAGE_PROCESS_CONFIG")
    monkeypatch.setattr(supervisor_client, "SUPERVISOR_VARIABLES", names)


class Killed:
    """A sandbox in a process of its own, that is there to be killed."""

    def __init__(self, directory: Path, db: Path, *arguments: str) -> None:
        self.db = db
        self.directory = directory
        command = [sys.executable, "-c", SERVE, str(directory), str(db), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url, self.found = json.loads(self.process.stdout.readline())
        self.token = "sss_kept_kept_kept"

    def logs(self, command_id: str) -> Any:
        """What a command has written, read from its file."""
        paths = [[*self.directory.glob(f"*/commands/{command_id}.{name}")] for name in ("stdout", "stderr")]
        return Logs(*(found[0].read_text() if found else "" for found in paths))


class Apart(Here):
    """A sandbox in another process, as a test sees it."""

    def folder(self, session: Any) -> Path:  # noqa: ARG002 - there is one alone
        """The one directory there is."""
        return next(self.api.sandbox.directory.iterdir())


@pytest.fixture
def apart(visit: Any, tmp_path: Path) -> Iterator[Callable[..., Apart]]:
    """Starts a sandbox in a process of its own."""
    started: list[Killed] = []

    def start(*arguments: str) -> Apart:
        started.append(Killed(tmp_path / "sessions", tmp_path / "sandbox.db", *arguments))
        return Apart(visit(started[-1]), None)  # type: ignore[arg-type]

    yield start
    for killed in started:
        killed.process.kill()
        killed.process.communicate()
