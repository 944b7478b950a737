"""tools/codegen/stopwatch.py: the CPU of generating and of checking is counted apart, with that of children."""

from __future__ import annotations

import os

import pytest

from codegen import stopwatch
from codegen.stopwatch import Stopwatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The CPU seconds that the process has used so far, to be set by the test."""
    used = [2.0]
    monkeypatch.setattr(stopwatch, "cpu_s", lambda: used[0])
    return used


def test_everything_but_checks_is_generating(clock: list[float]) -> None:
    """What was used before and beside the checks counts as generating."""
    watch = Stopwatch()
    with watch.checking():
        clock[0] = 5.0
    clock[0] = 5.5
    with watch.checking():
        clock[0] = 6.25
    assert str(watch) == "generated in 2.5 s of CPU, checked in 3.8 s"


def test_failed_check_counts(clock: list[float]) -> None:
    """A check that fails counts as checking, too."""
    watch = Stopwatch()

    def check() -> None:
        with watch.checking():
            clock[0] = 3.0
            raise KeyError

    with pytest.raises(KeyError):
        check()
    assert watch.checking_s == 1.0


def test_children_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of children that have ended is counted."""
    times = os.times_result((1.0, 2.0, 4.0, 8.0, 16.0))
    monkeypatch.setattr(os, "times", lambda: times)
    assert stopwatch.cpu_s() == 15.0
