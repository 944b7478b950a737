"""Ray clusters that fail, and sandboxes that are killed: sessions end with a reason, and nothing is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from anyscale_sessions_sandbox.runtimes.process import free_port
from anyscale_sessions_sandbox.runtimes.ray import runtime as runtime_module
from anyscale_sessions_sandbox.runtimes.ray.admission import RayLimits

from ..sandbox.conftest import Api
from .conftest import Clusters, processes_in, serving, traces, until

SERVE = """
import json, sys
from anyscale_sessions_sandbox import Timings, serve
from anyscale_sessions_sandbox.runtimes.ray.runtime import RayRuntime
with serve(runtime=RayRuntime(sys.argv[1]), timings=Timings(start_s=0.0, terminate_s=0.0)) as sandbox:
    print(json.dumps([sandbox.url, sandbox.token]), flush=True)
    sys.stdin.read()
"""


class Address(NamedTuple):
    """What a client needs of a sandbox in another process."""

    url: str
    token: str


class Apart:
    """A sandbox in a process of its own, with one session that is a cluster."""

    def __init__(self, http: httpx.Client, directory: Path) -> None:
        command = [sys.executable, "-c", SERVE, str(directory)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        api: Any = Api(Address(*json.loads(self.process.stdout.readline())), http)  # type: ignore[arg-type]
        session = api.create()
        api.start(session)
        until(lambda: api.get(session)["state"] == "Running")
        self.folder = next(directory.iterdir())
        self.supervisor_id = next(number for number, text in self.processes().items() if "supervisor" in text)

    def processes(self) -> dict[int, str]:
        """The processes of its session."""
        return processes_in(self.folder)

    def kill(self) -> None:
        """Kill the process of the sandbox."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def apart(http: httpx.Client, tmp_path: Path) -> Iterator[Apart]:
    """A sandbox in a process of its own that runs a session."""
    found = Apart(http, tmp_path / "sessions")
    yield found
    found.kill()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gcs_server", "Its Ray head ended with 1: gcs_server [exit code=-9]."),
        ("raylet/raylet", "Its Ray head ended with 1: raylet [exit code=-9]."),
        ("dashboard/dashboard.py", "Its Ray head ended with 1: dashboard [exit code=-9]."),
        ("runtimes.ray.watch", "Its watcher ended by SIGKILL."),
        ("runtimes.supervisor", "Its supervisor ended with -9: no output."),
    ],
)
def test_a_session_ends_when_a_process_of_its_cluster_is_killed(clusters: Clusters, text: str, reason: str) -> None:
    """A session is terminated when a process of its cluster is killed. The reason names it, and nothing is left."""
    session = clusters.running(1)[0]
    folder = clusters.folder(session)
    victim = next(number for number, command in clusters.processes(session).items() if text in command)
    os.kill(victim, signal.SIGKILL)
    assert reason in clusters.ended(session)
    assert not folder.exists()
    assert processes_in(folder) == {}


def test_nothing_is_left_of_a_killed_sandbox(apart: Apart) -> None:
    """When the sandbox is killed, its supervisors end all processes and remove all directories."""
    before = traces(apart.folder.parent)
    apart.kill()
    until(lambda: not apart.processes() and not apart.folder.exists())
    assert traces(apart.folder.parent) <= before


def test_the_next_start_removes_what_a_killed_supervisor_left(apart: Apart, http: httpx.Client) -> None:
    """When the sandbox and its supervisor are killed, the next sandbox ends the cluster, and reports what it found."""
    os.kill(apart.process.pid, signal.SIGSTOP)
    os.kill(apart.supervisor_id, signal.SIGKILL)
    apart.kill()
    assert len(apart.processes()) > 5
    with serving(http, apart.folder.parent) as clusters:
        found = f"removed the directory of a session that had ended: {apart.folder}"
        assert clusters.api.sandbox.startup_notes == (found,)
        assert processes_in(apart.folder) == {}


def test_a_port_that_is_taken_fails_the_start(
    http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session whose dashboard cannot have its port fails to start, and the reason says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken, serving(http, tmp_path / "sessions") as clusters:
        ports = iter([free_port(), taken.getsockname()[1], free_port()])
        monkeypatch.setattr(runtime_module, "free_port", lambda: next(ports))
        session = clusters.api.create()
        clusters.api.start(session)
        failed = until(lambda: (now := clusters.api.get(session))["state"] == "StartupErrored" and now)
        assert "port" in failed["state_data"]["startup"]["startup_error"]


def test_a_session_without_memory_fails_to_start(http: httpx.Client, tmp_path: Path) -> None:
    """A session is refused if there is too little memory, with the amounts in its operation and in its events."""
    with serving(http, tmp_path / "sessions", limits=RayLimits(memory_bytes=2**50)) as clusters:
        session = clusters.api.create()
        operation = clusters.api.start(session)
        until(lambda: clusters.api.get(session)["state"] == "StartupErrored")
        reason = clusters.api.operation(operation)["result"]["error"]["message"]
        assert "MB of memory are free; this Ray cluster and 0 others that are starting need 1073741824 MB." in reason
        assert reason in clusters.api.events(session)[-1]["description"]
