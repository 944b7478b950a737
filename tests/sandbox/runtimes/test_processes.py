"""How the processes of a session are found and ended, where that is not seen from outside."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from anyscale_sessions_sandbox.runtimes import processes


def test_where_the_system_tells_nothing_nothing_is_found(tmp_path: Path) -> None:
    """A directory for processes that is empty, or not there, is no error."""
    for proc in (tmp_path, tmp_path / "none"):
        assert processes.marked("A=1", proc) == set()
        assert processes.ProcCensus(1, proc).of_session([2], "A=1") == set()


def test_what_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that even force does not end, such as one that hangs in the kernel, is not waited for for ever."""
    monkeypatch.setattr(processes, "PATIENCE_S", 0.05)
    collected: list[None] = []
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
        processes.end(lambda: {ended.pid}, lambda: collected.append(None), grace_s=0.02)
    assert len(collected) > 2


def test_a_process_group_is_found_until_the_last_of_it_has_ended() -> None:
    """By the id of the process that began it."""
    census = processes.GroupCensus()
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as process:
        assert census.of_session([process.pid], "A=1") == census.of_command(process.pid, "A=1", set()) == {-process.pid}
        processes.end(lambda: census.of_session([process.pid], "A=1"), lambda: process.poll() and None)
        assert census.of_session([process.pid], "A=1") == set()
        assert process.returncode == -15
