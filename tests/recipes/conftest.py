"""The recipes of docs/fleets.md, written to files, and a sandbox for their processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import SessionsClient
from anyscale_sessions.fleet import sweep
from anyscale_sessions.fleet.names import SessionName
from anyscale_sessions_sandbox import Sandbox, Timings, VirtualRuntime, serve

PAGE = (Path(__file__).parents[2] / "docs" / "fleets.md").read_text(encoding="utf-8")
PROJECT = "prj_1"
MAX_PROCESS_S = 300


def requires(module: str) -> pytest.MarkDecorator:
    """Skip a test if an engine is not installed. Not every engine has a wheel for every platform and Python."""
    reason = f"{module} is not installed; it may have no wheel for this platform or this Python"
    return pytest.mark.skipif(find_spec(module) is None, reason=reason)


def programs(kind: str) -> list[str]:
    """The programs of the page with this word after `python`."""
    return re.findall(rf"^```python {kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A sandbox whose sessions and commands take no time."""
    with serve(timings=Timings(0.0, 0.0), runtime=VirtualRuntime(command_s=0.0)) as sandbox:
        yield sandbox


@pytest.fixture
def client(server: Sandbox) -> Iterator[SessionsClient]:
    """A client of the sandbox."""
    with SessionsClient(server.token, host=server.url) as sessions_client:
        yield sessions_client


@pytest.fixture
def environment(server: Sandbox, tmp_path: Path) -> Mapping[str, str]:
    """The environment of the recipes' processes, which can import the files of the page."""
    for name, text in re.findall(r"^```python file=(\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        (tmp_path / name).write_text(text)
    return os.environ | {
        "ANYSCALE_HOST": server.url,
        "ANYSCALE_CLI_TOKEN": server.token,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
    }


@contextmanager
def process(command: list[str], environment: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python process. It ends with the block, and after `MAX_PROCESS_S` at the latest."""
    arguments = [sys.executable, *command]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(arguments, cwd=folder, env=environment, **streams) as started:
        guard = threading.Timer(MAX_PROCESS_S, started.kill)
        guard.start()
        try:
            yield started
        finally:
            guard.cancel()
            started.terminate()
            try:
                started.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                started.kill()


def check_nothing_is_left(server: Sandbox, client: SessionsClient, fleet: str) -> None:
    """Check that a sweep leaves no session alive, and that no key ever had two live sessions at the same time."""
    sweep(client, PROJECT, fleet=fleet, older_than=timedelta(0), dry_run=False)
    tables = server.snapshot()["tables"]
    sessions = [json.loads(row[-1]) for row in tables["sessions"]]
    assert {session["state"] for session in sessions} <= {"Terminating", "Terminated"}
    ended: dict[str, str] = {}
    for event in (json.loads(row[-1]) for row in tables["events"]):
        if event["event_type"] in ("terminating", "terminated"):
            ended.setdefault(event["session_id"], event["timestamp"])
    lives: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for session in sessions:
        name = SessionName.parse(session["name"])
        assert name is not None
        assert name.fleet == fleet
        lives[name.key].append((session["created_at"], ended[session["id"]]))
    for of_key in lives.values():
        of_key.sort()
        assert all(first[1] <= second[0] for first, second in pairwise(of_key))
