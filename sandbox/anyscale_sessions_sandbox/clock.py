"""The clocks of a sandbox: real time that can be advanced, and a clock that only moves when it is advanced."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from .real_time import monotonic

__all__ = ["Clock", "ManualClock", "SystemClock", "from_text", "to_text"]

MANUAL_START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What a sandbox needs of its clock. Time never goes back, except by `set_time`."""

    def now(self) -> datetime:
        """The current time, with a time zone."""
        ...

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        """Advance the clock and return the new time, after everything that was due has happened.

        Raises ValueError for a duration that is negative, not finite, or leads beyond the year 9999.
        """
        ...

    def set_time(self, time: datetime) -> None:
        """Set the clock, also to a time in the past. It is used when a snapshot is restored."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every advance, until the returned function is called."""
        ...


class _AdjustableClock:
    """A clock that starts at a given time and can be advanced and set."""

    def __init__(self, start: datetime) -> None:
        self._time = start
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._time

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        parts = (seconds, minutes, hours)
        if not all(math.isfinite(part) and part >= 0 for part in parts):
            raise ValueError("a clock can only be advanced by a finite duration that is not negative")
        try:
            with self._lock:
                self._time += timedelta(seconds=seconds, minutes=minutes, hours=hours)
        except OverflowError:
            raise ValueError("a clock cannot be advanced beyond the year 9999") from None
        for listener in tuple(self._listeners):
            listener()
        return self.now()

    def set_time(self, time: datetime) -> None:
        with self._lock:
            self._time = time.astimezone(UTC)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe


class ManualClock(_AdjustableClock):
    """A clock that moves only when `advance` is called, for tests that control time."""

    def __init__(self, start: datetime = MANUAL_START) -> None:
        super().__init__(start.astimezone(UTC))


class SystemClock(_AdjustableClock):
    """Real time, which `advance` can move forward.

    It starts at `start`, or at the current time, and runs `speed` times as fast as real time. Changes of the machine's
    wall clock do not affect it, and neither does a test that freezes the time of the process. Raises ValueError for a
    speed that is not finite or not above 0.
    """

    def __init__(self, start: datetime | None = None, *, speed: float = 1.0) -> None:
        if not 0 < speed < math.inf:
            raise ValueError("the speed of a clock must be finite and above 0")
        super().__init__((start or datetime.now(UTC)).astimezone(UTC))
        self._speed = speed
        self._start_s = monotonic()

    def now(self) -> datetime:
        """The current time."""
        return super().now() + timedelta(seconds=(monotonic() - self._start_s) * self._speed)

    def set_time(self, time: datetime) -> None:
        """Set the clock, which continues from there."""
        super().set_time(time)
        self._start_s = monotonic()


def to_text(time: datetime) -> str:
    """A time as responses and the store have it: in UTC and always of the same length, so that texts sort by time."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """The time that an RFC 3339 text names. Raises ValueError if Python cannot represent it."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is outside the years 1 to 9999") from None
