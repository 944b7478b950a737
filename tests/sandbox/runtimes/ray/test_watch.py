"""The watcher of a Ray cluster, against a server that responds like a dashboard."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes.ray import watch

TOKEN = "a-token-of-a-cluster"
DRIVER = {"driver": {"is_active": "ACTIVE", "reason": "one job", "last_activity_at": None}}
IDLE = {"driver": {"is_active": "INACTIVE", "reason": None, "last_activity_at": 1000.0}}
UNCHANGED = {"driver": {"is_active": "INACTIVE", "reason": None, "last_activity_at": 1001.0}}


class Stopped(BaseException):
    """Ends the watcher, which otherwise never ends."""


class FakeDashboard(ThreadingHTTPServer):
    """Responds to each path with the next of its responses; the last one is repeated."""

    daemon_threads = True

    def __init__(self) -> None:
        self.responses: dict[str, list[Any]] = {"/api/version": [{"ray_version": "2.60.0"}]}
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    """Handles the requests of the watcher."""

    server: FakeDashboard
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Respond with JSON, with a status that is a number, or not at all."""
        responses = self.server.responses[self.path]
        response = responses.pop(0) if len(responses) > 1 else responses[0]
        status = response if isinstance(response, int) else 200
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status = 401
        if response is None:
            self.close_connection = True
            return
        body = json.dumps(response).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def dashboard() -> Iterator[FakeDashboard]:
    """A dashboard that runs."""
    with FakeDashboard() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def run(
    dashboard: FakeDashboard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[Any]]:
    """Runs the watcher for a number of waits, each of which takes some seconds of its clock. Returns its reports."""

    def run(waits: int, wait_s: float = 1.0, token: str = TOKEN, client_port: int | None = None) -> list[Any]:
        times = iter(range(waits))
        now = [0.0]

        def sleep(_: float) -> None:
            now[0] += wait_s
            if next(times, None) is None:
                raise Stopped

        monkeypatch.setenv("RAY_AUTH_TOKEN", token)
        monkeypatch.setattr(watch.time, "sleep", sleep)
        monkeypatch.setattr(watch.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(watch.time, "time", lambda: 1060.0)
        ports = (dashboard.port, client_port or dashboard.port)
        monkeypatch.setattr(watch.sys, "argv", ["watch.py", str(tmp_path), *map(str, ports)])
        with pytest.raises(Stopped):
            watch.main()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """The file with the address of a cluster that has started."""
    address = tmp_path / "ray_current_cluster"
    address.write_text("127.0.0.1:6379\n")
    return address


def test_a_cluster_that_has_started_is_ready(run: Any, dashboard: FakeDashboard, cluster: Path) -> None:
    """The watcher reports the version, the activities, and then that the cluster is ready, with its address."""
    assert cluster.exists()
    dashboard.responses[watch.ACTIVITIES] = [IDLE]
    activities = {"driver": {"is_active": "INACTIVE", "reason": None, "idle_s": 60.0}}
    assert run(0)[:2] == [
        {"observed": {"ray_version": "2.60.0", "activities": activities}},
        {"ready": True, "environment": {"RAY_ADDRESS": "127.0.0.1:6379"}},
    ]


def test_activities_are_reported_when_they_change_and_now_and_then(
    run: Any, dashboard: FakeDashboard, cluster: Path
) -> None:
    """The watcher reports activities that change in more than their times, and all of them after a minute."""
    assert cluster.exists()
    dashboard.responses[watch.ACTIVITIES] = [IDLE, IDLE, UNCHANGED, DRIVER, 500, DRIVER]
    reports = run(70)[2:]
    states = [report["observed"]["activities"]["driver"]["is_active"] for report in reports]
    assert states == ["INACTIVE", "ACTIVE", "ACTIVE"]
    assert reports[1]["observed"]["activities"]["driver"]["idle_s"] is None


def test_terminations_of_workers_are_reported(run: Any, dashboard: FakeDashboard, cluster: Path) -> None:
    """The watcher reports a termination of worker nodes when the node provider has written its number."""
    dashboard.responses[watch.ACTIVITIES] = [IDLE]
    (cluster.parent / watch.TERMINATIONS_FILE).write_text("1")
    assert [report for report in run(3) if "workers_terminated" in report.get("observed", {})] == [
        {"observed": {"workers_terminated": True}}
    ]


def test_a_cluster_is_not_ready_before_all_parts_respond(run: Any, dashboard: FakeDashboard, tmp_path: Path) -> None:
    """The watcher waits for the address file, the server for Ray Client, and the dashboard."""
    assert run(3) == []
    (tmp_path / "ray_current_cluster").write_text("")
    assert run(3) == []
    (tmp_path / "ray_current_cluster").write_text("127.0.0.1:6379")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert run(3, client_port=closed.getsockname()[1]) == []
    dashboard.responses["/api/version"] = [None]
    assert run(3) == []


@pytest.mark.parametrize(
    ("token", "responses", "reason"),
    [
        (TOKEN, {"/api/version": [503]}, "the cluster was not ready within 150 s"),
        (TOKEN, {watch.ACTIVITIES: [IDLE, IDLE, None]}, "the dashboard has not responded for 60 s"),
        ("another-token", {}, "port {port} belongs to another Ray cluster"),
    ],
)
def test_a_cluster_that_does_not_respond_ends_the_watcher(
    run: Any, dashboard: FakeDashboard, cluster: Path, token: str, responses: Any, reason: str
) -> None:
    """The watcher exits with the reason if the cluster does not start, stops responding, or is another one."""
    assert cluster.exists()
    dashboard.responses |= responses
    with pytest.raises(SystemExit) as caught:
        run(200, token=token)
    assert str(caught.value) == reason.format(port=dashboard.port)


def test_the_watcher_is_a_program(dashboard: FakeDashboard, cluster: Path) -> None:
    """The watcher runs as a program, and its exit has one line with the reason."""
    arguments = [str(cluster.parent), str(dashboard.port), str(dashboard.port)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", watch.__name__, *arguments],
        env=os.environ | {"RAY_AUTH_TOKEN": "another-token"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"port {dashboard.port} belongs to another Ray cluster\n"
