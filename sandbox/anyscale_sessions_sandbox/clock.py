"""The time that a sandbox lives by: real time that can be pushed ahead, or a clock that stands still until told."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock", "from_text", "to_text"]

MANUAL_START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What a sandbox asks of its clock. It goes back for nothing but `turn_to`."""

    def now(self) -> datetime:
        """The present moment, with its time zone."""
        ...

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        """Push the clock ahead and return the new present, once all that came due has happened.

        Raises ValueError for a time that is negative or not finite, or leads beyond the year 9999.
        """
        ...

    def turn_to(self, moment: datetime) -> None:
        """Show a moment, be it in the past: for a sandbox that is put back to what it was then."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every push, until the function returned is called."""
        ...


class _PushableClock:
    """A clock that starts at a moment and can be pushed ahead."""

    def __init__(self, start: datetime) -> None:
        self._time = start
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._time

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        parts = (seconds, minutes, hours)
        if not all(math.isfinite(part) and part >= 0 for part in parts):
            raise ValueError("a clock is advanced by a time that is finite and not negative")
        try:
            with self._lock:
                self._time += timedelta(seconds=seconds, minutes=minutes, hours=hours)
        except OverflowError:
            raise ValueError("a clock is not advanced beyond the year 9999") from None
        for listener in tuple(self._listeners):
            listener()
        return self.now()

    def turn_to(self, moment: datetime) -> None:
        with self._lock:
            self._time = moment.astimezone(UTC)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe


class ManualClock(_PushableClock):
    """A clock that stands still until `advance` is called, for tests that own the time."""

    def __init__(self, start: datetime = MANUAL_START) -> None:
        super().__init__(start.astimezone(UTC))


class SystemClock(_PushableClock):
    """Time that passes by itself, and that `advance` can push ahead.

    It begins at `start`, or at the present, and passes `speed` times as fast as real time. Changes of the machine's
    wall clock do not reach it. Raises ValueError for a speed that is not finite, or not above 0.
    """

    def __init__(self, start: datetime | None = None, *, speed: float = 1.0) -> None:
        if not 0 < speed < math.inf:
            raise ValueError("the speed of a clock is finite and above 0")
        super().__init__((start or datetime.now(UTC)).astimezone(UTC))
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The present moment."""
        return super().now() + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    def turn_to(self, moment: datetime) -> None:
        """Show a moment, and go on from there."""
        super().turn_to(moment)
        self._began = time.monotonic()


def to_text(moment: datetime) -> str:
    """A moment as it stands in responses and in the store: in UTC and of one length, so that texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """The moment that an RFC 3339 text names. Raises ValueError for one that Python cannot hold."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment lies outside the years 1 to 9999") from None
