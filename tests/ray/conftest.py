"""Ray clusters that the tests of this folder share. They are skipped where Ray is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import Timings, serve

from ..sandbox.conftest import Api

if sys.platform != "win32":  # the runtime `ray` needs POSIX
    from anyscale_sessions_sandbox.runtimes.processes import marked, working_in
    from anyscale_sessions_sandbox.runtimes.ray.runtime import RayRuntime
    from anyscale_sessions_sandbox.runtimes.supervisor import SESSION_MARK

PATIENCE_S = 60.0
# The state of a listening socket, and the loopback addresses, as /proc/net has them.
LISTEN = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}
AT_ONCE = Timings(start_s=0.0, terminate_s=0.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip everything where there is no Ray."""
    if find_spec("ray") is None or sys.platform != "linux":
        skip = pytest.mark.skip(reason="Ray is not installed: it has no wheel for this platform or this Python")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


def until(happened: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """What comes of it when it has happened, which it must in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not happen within {within_s} s")


class Driver:
    """A driver outside of the sandbox, with a home of its own. It runs some code, and ends when it is released."""

    def __init__(self, session: Any, code: str, home: Path) -> None:
        environment = {
            "ADDRESS": session["connect_url"],
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": session["access_token"],
        }
        program = f"import os, sys, ray\nray.init(os.environ['ADDRESS'])\n{code}\nsys.stdout.flush()\nsys.stdin.read()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def line(self) -> str:
        """The next line of its output."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self._process.communicate()
        return line.strip()

    def release(self) -> None:
        """Let it disconnect."""
        self._process.communicate()


class Clusters:
    """A sandbox whose sessions are Ray clusters, with clusters that are started when tests need them."""

    def __init__(self, api: Api, runtime: RayRuntime, home: Path) -> None:
        self.api = api
        self.runtime = runtime
        self._home = home
        self._sessions: list[Any] = []

    def running(self, count: int) -> list[Any]:
        """Sessions that run. Those of an earlier test are used again."""
        self._sessions = [one for one in map(self.api.get, self._sessions) if one["state"] == "Running"]
        missing = [self.api.create() for _ in range(count - len(self._sessions))]
        for session in missing:
            self.api.start(session)
        self._sessions += [self.until(session, "Running") for session in missing]
        return self._sessions[:count]

    def until(self, session: Any, state: str) -> Any:
        """The session when it has come to a state."""
        found = until(lambda: (now := self.api.get(session))["state"] in {state, "StartupErrored"} and now)
        assert found["state"] == state, found["state_data"]
        return found

    def ended(self, session: Any) -> str:
        """Why a session has ended."""
        until(lambda: self.api.get(session)["state"] == "Terminated")
        reason: str = self.api.events(session)[-1]["description"]
        return reason

    def folder(self, session: Any) -> Path:
        """The directory of a session."""
        folder = self.runtime.directory(session["id"])
        assert folder
        return folder

    def processes(self, session: Any) -> dict[int, str]:
        """The processes of a session, with their command lines."""
        return processes_in(self.folder(session))

    def addresses(self, session: Any) -> set[str]:
        """The addresses on which the processes of a session listen, as /proc/net has them."""
        inodes: set[str] = set()
        for process_id in self.processes(session):
            with suppress(OSError):
                inodes |= {str(path.readlink()) for path in Path(f"/proc/{process_id}/fd").iterdir()}
        return {
            entry[1].partition(":")[0]
            for table in ("tcp", "tcp6")
            for entry in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
            if entry[3] == LISTEN and f"socket:[{entry[9]}]" in inodes
        }

    def ran(self, session: Any, shell_command: str) -> tuple[int, str, str]:
        """The exit code of a command, and its output."""
        command = self.api.run(session, shell_command)
        ended = until(lambda: (now := self.api.command(command))["finished_at"] and now)
        return (ended["status_code"], *self.api.sandbox.logs(command["id"]))

    def driver(self, session: Any, code: str = "print('connected')") -> Driver:
        """A driver that connects to a session."""
        return Driver(session, code, self._home)


def processes_in(folder: Path) -> dict[int, str]:
    """The processes of a session's directory, with their command lines."""
    found: dict[int, str] = {}
    for process_id in marked(f"{SESSION_MARK}={folder}") | working_in(folder):
        try:
            command = Path(f"/proc/{process_id}/cmdline").read_bytes()
            state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found[process_id] = command.replace(b"\0", b" ").decode()
    return found


def traces(directory: Path) -> set[str]:
    """What Ray could leave on this machine: shared memory, files of its own, and links to a directory."""
    places = [Path("/dev/shm"), Path("/tmp/ray"), Path.home() / ".ray"]
    found = {str(path) for place in places if place.is_dir() for path in place.iterdir()}
    links = {path for path in Path("/tmp").glob("ascl-*") if path.is_symlink()}
    return found | {str(link) for link in links if link.readlink().is_relative_to(directory)}


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client that uses no proxy of the environment."""
    with httpx.Client(trust_env=False, timeout=30.0) as client:
        yield client


@contextmanager
def serving(http: httpx.Client, directory: Path, **options: Any) -> Iterator[Clusters]:
    """A sandbox whose sessions are Ray clusters. It leaves nothing behind."""
    runtime = RayRuntime(directory, **options)
    before = traces(directory)
    home = directory.parent / "home"
    home.mkdir(exist_ok=True)
    with serve(runtime=runtime, timings=AT_ONCE, validate_responses=True) as sandbox:
        yield Clusters(Api(sandbox, http), runtime, home)
    assert list(directory.glob("*")) == []
    assert traces(directory) <= before


@pytest.fixture(scope="session")
def clusters(http: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    """The sandbox that the tests share."""
    parent = tmp_path_factory.mktemp("ray")
    # Longer than Ray could use.
    with serving(http, parent / ("d" * (120 - len(str(parent))))) as found:
        yield found
