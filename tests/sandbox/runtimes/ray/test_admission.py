"""The limits of Ray clusters on a machine."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from anyscale_sessions_sandbox.runtimes.ray.admission import MEGABYTE, Admission, RayLimits, free_memory


def never() -> bool:
    """The session is not ended."""
    return False


def test_a_session_beyond_the_limit_is_refused_until_another_one_leaves() -> None:
    """A session is refused if there are as many as the limit, and admitted when one of them has left."""
    admission = Admission(RayLimits(sessions=1), lambda: None)
    assert admission.enter("a", never) == ""
    assert admission.enter("b", never) == "The sandbox has 1 Ray sessions, which is its limit; terminate one first."
    admission.leave("a")
    assert admission.enter("b", never) == ""


def test_a_session_waits_for_those_that_are_starting() -> None:
    """A session waits while as many as the limit are starting, and enters when one of them has started."""
    admission = Admission(RayLimits(starting=1), lambda: None)
    admission.enter("a", never)
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(admission.enter("b", never)))
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    admission.started("a")
    thread.join(10)
    assert answers == [""]


def test_a_session_that_is_ended_does_not_wait() -> None:
    """A session that is terminated while it waits does not wait any longer, and is not refused for lack of memory."""
    admission = Admission(RayLimits(starting=1), lambda: 0)
    assert admission.enter("a", lambda: True) == ""
    assert admission.enter("b", lambda: True) == ""


@pytest.mark.parametrize(("free_mb", "is_admitted"), [(1399, False), (1400, True)])
def test_a_session_needs_memory_besides_those_that_are_starting(free_mb: int, is_admitted: bool) -> None:
    """A session is admitted if there is memory for it and for each of those that are starting."""
    memory = [None, free_mb * MEGABYTE]
    admission = Admission(RayLimits(), lambda: memory.pop(0))
    assert admission.enter("a", never) == ""
    refusal = "1399 MB of memory are free; this Ray cluster and 1 others that are starting need 1400 MB."
    assert admission.enter("b", never) == ("" if is_admitted else refusal)


def written(path: Path, **files: str) -> Path:
    """A directory with files."""
    path.mkdir()
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(text)
    return path


def test_free_memory_is_that_of_the_machine_or_of_its_container(tmp_path: Path) -> None:
    """Free memory is the smaller of what the machine has and what the container may still take."""
    proc = written(tmp_path / "proc", meminfo="MemTotal: 9 kB\nMemAvailable: 4 kB\n")
    limited = written(tmp_path / "limited", memory_max="3000\n", memory_current="1000\n")
    unlimited = written(tmp_path / "unlimited", memory_max="max\n")
    assert free_memory(proc, limited) == 2000
    assert free_memory(proc, unlimited) == free_memory(proc, tmp_path) == 4096
    assert free_memory(tmp_path, tmp_path) is None
