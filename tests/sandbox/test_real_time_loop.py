"""The event loop that continues while time is frozen."""

from __future__ import annotations

import asyncio
import time

import pytest

from anyscale_sessions_sandbox.real_time_loop import RealTimeLoop


def test_timers_fire_while_time_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer of the event loop fires although `time.monotonic` was replaced by a clock that stands still."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    with asyncio.Runner(loop_factory=RealTimeLoop) as runner:
        assert runner.run(asyncio.sleep(0.001, "fired")) == "fired"
