"""The clocks of a sandbox: real time that can be advanced, and a clock that only moves when it is advanced."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from .real_time import monotonic

__all__ = ["AdjustableClock", "Clock", "ManualClock", "SystemClock", "from_text", "to_text"]

MANUAL_START = datetime(2026, 1, 1, tzinfo=UTC)
# The latest time that Python can represent. A clock stops there.
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
MAX_SPEED = 1_000_000  # a year passes in half a minute


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


class _Reading(NamedTuple):
    """The time of a clock at a time of the monotonic clock, and how fast it has run since then."""

    time: datetime
    start_s: float
    speed: float

    def now(self) -> datetime:
        try:
            return self.time + timedelta(seconds=(monotonic() - self.start_s) * self.speed)
        except OverflowError:
            return END_OF_TIME


class AdjustableClock:
    """A clock that starts at a given time, runs `speed` times as fast as real time, and can be advanced and set."""

    def __init__(self, start: datetime, speed: float) -> None:
        # It is replaced as a whole, so that it can be read without the lock.
        self._reading = _Reading(start.astimezone(UTC), monotonic(), speed)
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def speed(self) -> float:
        """How many seconds pass in one second of real time."""
        return self._reading.speed

    def now(self) -> datetime:
        """The current time."""
        return self._reading.now()

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        """Advance the clock; see `Clock.advance`."""
        parts = (seconds, minutes, hours)
        if not all(math.isfinite(part) and part >= 0 for part in parts):
            raise ValueError("a clock can only be advanced by a finite duration that is not negative")
        try:
            with self._lock:
                time = self._reading.time + timedelta(seconds=seconds, minutes=minutes, hours=hours)
                self._reading = self._reading._replace(time=time)
        except OverflowError:
            raise ValueError("a clock cannot be advanced beyond the year 9999") from None
        self._notify()
        return self.now()

    def set_time(self, time: datetime) -> None:
        """Set the clock, which continues from there."""
        with self._lock:
            self._reading = _Reading(time.astimezone(UTC), monotonic(), self.speed)

    def set_speed(self, speed: float) -> None:
        """Let the clock run so many times as fast as real time from now on; 0 stops it.

        Raises ValueError for a speed that is negative or above 1,000,000.
        """
        if not 0 <= speed <= MAX_SPEED:
            raise ValueError(f"the speed of a clock must be 0 or more, and at most {MAX_SPEED:,}")
        with self._lock:
            self._reading = _Reading(self.now(), monotonic(), speed)
        self._notify()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every advance and every change of the speed, until the returned function is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()


class ManualClock(AdjustableClock):
    """A clock that moves only when `advance` is called, for tests that control time."""

    def __init__(self, start: datetime = MANUAL_START) -> None:
        super().__init__(start, 0.0)


class SystemClock(AdjustableClock):
    """Real time, which `advance` can move forward.

    It starts at `start`, or at the current time, and runs `speed` times as fast as real time. Changes of the machine's
    wall clock do not affect it, and neither does a test that freezes the time of the process. Raises ValueError for a
    speed that is not above 0 or is above 1,000,000.
    """

    def __init__(self, start: datetime | None = None, *, speed: float = 1.0) -> None:
        if not 0 < speed <= MAX_SPEED:
            raise ValueError(f"the speed of a clock must be above 0, and at most {MAX_SPEED:,}")
        super().__init__(start or datetime.now(UTC), speed)


def to_text(time: datetime) -> str:
    """A time as responses and the store have it: in UTC and always of the same length, so that texts sort by time."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """The time that an RFC 3339 text names. Raises ValueError if Python cannot represent it."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is outside the years 1 to 9999") from None
