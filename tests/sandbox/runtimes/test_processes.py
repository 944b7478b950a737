"""Finding and ending processes, in cases that tests of the runtime do not reach."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from anyscale_sessions_sandbox.runtimes import processes


def test_where_the_system_tells_nothing_nothing_is_found(tmp_path: Path) -> None:
    """A missing or empty procfs is no error, and no process is found."""
    for proc in (tmp_path, tmp_path / "none"):
        assert processes.marked("A=1", proc) == set()
        assert processes.ProcfsScanner(1, proc).of_session([2], "A=1") == set()


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
