"""Finding and ending processes, in cases that tests of the runtime do not reach."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anyscale_sessions_sandbox.runtimes import processes


def test_where_the_system_tells_nothing_nothing_is_found(tmp_path: Path) -> None:
    """A missing or empty procfs is no error, and no process is found."""
    for proc in (tmp_path, tmp_path / "none"):
        assert processes.marked("A=1", proc) == set()
        assert processes.working_in(tmp_path, proc) == set()
        assert processes.ProcfsScanner(1, proc).of_session([2], "A=1") == set()


@pytest.mark.parametrize("is_deleted", [False, True])
def test_processes_are_found_by_their_working_directory(tmp_path: Path, is_deleted: bool) -> None:
    """A process is found if its working directory is in the directory, also after that was deleted."""
    folder = tmp_path / "session" / "home" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "session-2").mkdir()
    with (
        subprocess.Popen(["sleep", "300"], cwd=folder, env={}) as inside,
        subprocess.Popen(["sleep", "300"], cwd=tmp_path / "session-2", env={}) as beside,
    ):
        try:
            if is_deleted:
                shutil.rmtree(tmp_path / "session")
            assert processes.working_in(tmp_path / "session") == {inside.pid}
        finally:
            inside.kill()
            beside.kill()


def test_a_process_with_a_terminal_is_not_found_by_its_working_directory(tmp_path: Path) -> None:
    """A shell that a person has opened in the directory is not found, and neither is this process."""
    terminal, theirs = pty.openpty()
    program = "import fcntl, termios, time; fcntl.ioctl(0, termios.TIOCSCTTY, 0); print(flush=True); time.sleep(300)"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, start_new_session=True
    ) as shell:
        try:
            assert shell.stdout
            shell.stdout.readline()
            assert processes.working_in(tmp_path) == set()
        finally:
            shell.kill()
    for end in (terminal, theirs):
        os.close(end)
    assert os.getpid() not in processes.working_in(Path.cwd())


def test_what_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a process that even SIGKILL does not end stops after a timeout."""
    monkeypatch.setattr(processes, "KILL_TIMEOUT_S", 0.05)
    collected: list[None] = []
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
        processes.end(lambda: {ended.pid}, lambda: collected.append(None), grace_s=0.02)
    assert len(collected) > 2


def test_a_process_group_is_found_until_the_last_of_it_has_ended() -> None:
    """A process group is found by the id of its first process until its last process has ended."""
    scanner = processes.GroupScanner()
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as process:
        assert (
            scanner.of_session([process.pid], "A=1") == scanner.of_command(process.pid, "A=1", set()) == {-process.pid}
        )
        processes.end(lambda: scanner.of_session([process.pid], "A=1"), lambda: process.poll() and None)
        assert scanner.of_session([process.pid], "A=1") == set()
        assert process.returncode == -15
