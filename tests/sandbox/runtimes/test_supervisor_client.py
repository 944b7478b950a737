"""The client of a supervisor that fails."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes import supervisor_client as client_module
from anyscale_sessions_sandbox.runtimes.session_directory import PREFIX

from .conftest import Apart, Here, lives, processes, state_of, until


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_session_whose_supervisor_dies_is_terminated(here: Here, number: signal.Signals, tmp_path: Path) -> None:
    """A session is terminated if its supervisor dies, and its commands end."""
    session = here.session()
    command, pids = here.stubborn(session)
    supervisor_id = int(here.ran(session, "echo $PPID")[1])
    os.kill(supervisor_id, number)
    here.until(session, "Terminated")
    assert here.api.command(command)["status_code"] == -9
    until(lambda: not any(map(lives, pids)))
    assert list((tmp_path / "sessions").iterdir()) == []
    code = f"-{number}" if number == signal.SIGKILL else "0"
    assert f"Its supervisor ended with {code}: no output." in here.api.events(session)[-1]["description"]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("sys.exit('no way')", "Its supervisor ended with 1: no way."),
        ("import time; time.sleep(300)", "Its supervisor did not respond."),
        (None, "Its supervisor could not be started: No such file or directory."),
    ],
)
def test_a_supervisor_that_does_not_start_is_reported(
    here: Here, monkeypatch: pytest.MonkeyPatch, program: str | None, reason: str
) -> None:
    """A session whose supervisor cannot be started fails to start, with the reason."""
    command = (sys.executable, "-c", f"import sys; {program}") if program else ("/no/such/program",)
    monkeypatch.setattr(client_module, "SUPERVISOR", command)
    monkeypatch.setattr(client_module, "START_TIMEOUT_S", 2.0)
    session = here.api.create()
    here.api.start(session)
    failed = here.until(session, "StartupErrored")
    assert failed["state_data"]["startup"]["startup_error"] == reason


def test_a_supervisor_that_does_not_listen_is_killed(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor that does not respond is killed, and its session is terminated."""
    monkeypatch.setattr(client_module, "SEND_TIMEOUT_S", 1)
    session = here.session()
    os.kill(int(here.ran(session, "echo $PPID")[1]), signal.SIGSTOP)
    here.api.run(session, "echo " + "x" * 2_000_000)
    here.until(session, "Terminated")
    assert "Its supervisor did not respond." in here.api.events(session)[-1]["description"]


def test_a_task_can_be_longer_than_the_buffer_of_a_socket(visit: Any, tmp_path: Path) -> None:
    """A session whose environment is larger than the buffer of a socket starts, and its commands have it."""
    environment = {f"LARGE_{number}": "x" * 100_000 for number in range(10)}
    with processes(visit, tmp_path / "sessions", environment=environment) as here:
        assert here.ran(here.session(), "echo ${#LARGE_0} ${#LARGE_9}") == (0, "100000 100000\n", "")


def test_a_session_that_is_terminated_while_its_supervisor_starts_ends(
    here: Here, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A session that is terminated before its supervisor has its task becomes Terminated, and leaves no directory."""
    popen = client_module.subprocess.Popen

    def popen_after_termination(*arguments: Any, **options: Any) -> Any:
        monkeypatch.undo()
        here.api.terminate(session)
        return popen(*arguments, **options)

    monkeypatch.setattr(client_module.subprocess, "Popen", popen_after_termination)
    session = here.api.create()
    here.api.start(session)
    here.until(session, "Terminated")
    until(lambda: list((tmp_path / "sessions").glob("*")) == [])


def test_a_directory_that_cannot_be_made_is_reported(visit: Any, tmp_path: Path) -> None:
    """A session whose directory cannot be created fails to start, with the reason."""
    place = tmp_path / "file"
    place.touch()
    with processes(visit, place) as here:
        session = here.api.create()
        here.api.start(session)
        reason = here.until(session, "StartupErrored")["state_data"]["startup"]["startup_error"]
        assert reason.startswith(f"Its directory could not be created: Not a directory: {place}")


def test_what_is_left_when_the_supervisor_is_killed_too_is_swept(
    apart: Callable[..., Apart], visit: Any, tmp_path: Path
) -> None:
    """The next sandbox removes what a killed supervisor left, and nothing else, and reports it."""
    here = apart()
    session = here.session()
    _, pids = here.stubborn(session)
    folder = here.folder(session)
    supervisor_id = int(here.ran(session, "echo $PPID")[1])
    sandbox_id = here.api.sandbox.process.pid
    os.kill(sandbox_id, signal.SIGSTOP)
    until(lambda: {state_of(int(thread.name)) for thread in Path(f"/proc/{sandbox_id}/task").iterdir()} == {"T"})
    os.kill(supervisor_id, signal.SIGKILL)
    os.kill(sandbox_id, signal.SIGKILL)
    here.api.sandbox.process.wait()
    until(lambda: not lives(supervisor_id))
    assert all(map(lives, pids))
    foreign = tmp_path / "sessions" / f"{PREFIX}notes"
    foreign.mkdir()
    link = tmp_path / "sessions" / f"{PREFIX}link"
    link.symlink_to(folder)
    with processes(visit, tmp_path / "sessions") as other:
        assert other.api.sandbox.startup_notes == (f"removed the directory of a session that had ended: {folder}",)
        until(lambda: not any(map(lives, pids)))
        other_session = other.session()
        with processes(visit, tmp_path / "sessions", db=tmp_path / "sandbox.db") as after:
            assert after.api.sandbox.startup_notes == (f"sessions whose machines are gone: {session['id']}",)
            assert other.ran(other_session, "echo here") == (0, "here\n", "")
    assert sorted((tmp_path / "sessions").iterdir()) == sorted([foreign, link])
