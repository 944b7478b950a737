"""The monotonic clock of the machine."""

from __future__ import annotations

import importlib
import time

import pytest

from anyscale_sessions_sandbox import real_time


def test_it_is_the_clock_of_the_machine() -> None:
    """The clock shows the same time as the one of Python."""
    before_s = time.monotonic()
    now_s = real_time.monotonic()
    assert before_s <= now_s <= time.monotonic()


def test_it_is_not_the_function_that_others_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock runs although `time.monotonic` was replaced, also if that was before the import."""
    began_s = real_time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    assert importlib.reload(real_time).monotonic() >= began_s > 0.0
