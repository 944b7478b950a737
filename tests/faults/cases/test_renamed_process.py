"""Processes of a session that have lost the mark in their environment, after a crash of the sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from anyscale_sessions import CreateSession, CreateSessionCommand, SessionsClient
from anyscale_sessions_sandbox import ProcessRuntime, serve

PATIENCE_S = 30.0
BODY = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")

SANDBOX = """
import sys, time
from anyscale_sessions import CreateSession, CreateSessionCommand, SessionsClient
from anyscale_sessions_sandbox import ProcessRuntime, serve
directory, command = sys.argv[1:]
body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")
with (
    serve(runtime=ProcessRuntime(directory)) as sandbox,
    SessionsClient(sandbox.token, host=sandbox.url) as client,
):
    session = client.launch_session(body, poll_interval=0.05)
    client.create_session_command(CreateSessionCommand(session_id=session.id, shell_command=command))
    time.sleep(300)
"""
RENAMED = """
import os, setproctitle, time
setproctitle.setproctitle("renamed-" + "x" * 4000)
open("pid", "w").write(f"{os.getpid()} {os.getppid()}")
time.sleep(300)
"""
COMMANDS = {
    "renamed": f"exec python -c '{RENAMED}'",
    "without an environment": "exec env -i sh -c 'echo $$ $PPID > new; mv new pid; exec sleep 300'",
    "in a deleted folder": (
        "mkdir a; cd a; env -i setsid sh -c 'echo $$ $0 > ../new; mv ../new ../pid; rmdir ../a; exec sleep 300' $PPID"
    ),
}


def until(find: Callable[[], list[int]]) -> list[int]:
    """What is found, as soon as it is."""
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        if found := find():
            return found
        time.sleep(0.01)
    raise AssertionError(f"nothing was found within {PATIENCE_S} s")


def lives(process_id: int) -> bool:
    """Whether a process exists and has not ended."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def pids_in(directory: Path) -> list[int]:
    """The process of a command and the supervisor that started it, as the command has written them."""
    return [int(text) for path in directory.glob("*/home/pid") for text in path.read_text().split()]


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_next_sandbox_ends_what_has_no_mark(tmp_path: Path, kind: str) -> None:
    """After a crash, the next sandbox ends a process whose environment no longer has the mark of its session."""
    with subprocess.Popen([sys.executable, "-c", SANDBOX, str(tmp_path), COMMANDS[kind]]) as crashed:
        try:
            process_id, supervisor_id = until(lambda: pids_in(tmp_path))
            crashed.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, crashed.pid, os.WSTOPPED)
            os.kill(supervisor_id, signal.SIGKILL)
            until(lambda: [1] * (not lives(supervisor_id)))
        finally:
            crashed.kill()
    try:
        assert lives(process_id)
        with serve(runtime=ProcessRuntime(tmp_path)) as sandbox:
            assert len(sandbox.startup_notes) == 1
            assert not lives(process_id)
    finally:
        if lives(process_id):
            os.kill(process_id, signal.SIGKILL)


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_sandbox_ends_what_has_no_mark(tmp_path: Path, kind: str) -> None:
    """If only the supervisor is killed, its sandbox ends such a process, also if the session's directory is gone."""
    with (
        serve(runtime=ProcessRuntime(tmp_path)) as sandbox,
        SessionsClient(sandbox.token, host=sandbox.url) as client,
    ):
        session = client.launch_session(BODY, poll_interval=0.05)
        client.create_session_command(CreateSessionCommand(session_id=session.id, shell_command=COMMANDS[kind]))
        process_id, supervisor_id = until(lambda: pids_in(tmp_path))
        os.kill(supervisor_id, signal.SIGKILL)
        until(lambda: [1] * (client.get_session(session.id).state == "Terminated"))
        if lives(process_id):
            os.kill(process_id, signal.SIGKILL)
            raise AssertionError("it lives")
