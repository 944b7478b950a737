"""The faults of one sandbox: which one hits a call, and how often each was used."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from .fault import RETRY_AFTER_S, Fault, Target

# The end of a throttle that would last beyond the year 9999.
MAX_TIME = datetime.max.replace(tzinfo=UTC)


class Hit(NamedTuple):
    """A fault that hits a call. For a throttle, `until` is the time until which calls are refused."""

    fault: Fault
    until: datetime | None = None


class Entry:
    """A fault with its counts: how many calls it selected (`seen`), and how many it hit (`used`)."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.seen = 0
        self.used = 0
        # A fault that is switched off selects no call.
        self.is_on = True
        self._activations = 0
        self._until: datetime | None = None
        self._random = random.Random(fault.seed)  # noqa: S311 - the same seed must give the same faults

    def hit(self, now: datetime) -> Hit | None:
        """Count a selected call, and return the hit if the fault hits it."""
        self.seen += 1
        if self._until and now < self._until:
            self.used += 1
            return Hit(self.fault, self._until)
        fault = self.fault
        is_drawn = fault.probability is None or self._random.random() < fault.probability
        if self.seen < fault.nth or (fault.times is not None and self._activations >= fault.times) or not is_drawn:
            return None
        self._activations += 1
        self.used += 1
        hit = hit_now(fault, now)
        self._until = hit.until
        return hit

    @property
    def is_used_up(self) -> bool:
        """Whether it was used as often as intended."""
        return self._activations >= (self.fault.times or 1)

    def to_dict(self) -> dict[str, Any]:
        """The fault with its number and its counts."""
        return {"id": self.number, **self.fault.to_dict(), "seen": self.seen, "used": self.used, "on": self.is_on}


def hit_now(fault: Fault, now: datetime) -> Hit:
    """The hit of a fault at this time."""
    if fault.kind != "throttle":
        return Hit(fault)
    retry_after = RETRY_AFTER_S if fault.retry_after is None else fault.retry_after
    try:
        return Hit(fault, now + timedelta(seconds=retry_after))
    except OverflowError:
        return Hit(fault, MAX_TIME)


class Faults:
    """The faults of a sandbox. If several select a call, the first one that is due hits it."""

    def __init__(self, initial: Iterable[Fault] = (), check: Callable[[Fault], None] = lambda _: None) -> None:
        """`check` raises ValueError for a fault that cannot hit any call."""
        self._initial = tuple(initial)
        self.check = check
        self._lock = threading.Lock()
        self._number = 0
        # All faults in their order. The tuple is replaced as a whole, so that it can be read without the lock.
        self.entries: tuple[Entry, ...] = ()
        # Called after each change, also of the counts.
        self.on_change: Callable[[], None] = lambda: None
        self.reset()

    def add(self, fault: Fault | str, **fields: Any) -> Entry:
        """Add a fault at the end: a `Fault`, or its kind and its fields. Raises ValueError.

        The returned entry counts its uses.
        """
        fault = Fault.from_dict({"kind": fault, **fields}) if isinstance(fault, str) else fault
        self.check(fault)
        with self._lock:
            self._number += 1
            entry = Entry(self._number, fault)
            self.entries += (entry,)
        self.on_change()
        return entry

    def remove(self, number: int) -> None:
        """Remove a fault. Raises LookupError if no fault has this number."""
        with self._lock:
            kept = tuple(entry for entry in self.entries if entry.number != number)
            if len(kept) == len(self.entries):
                raise LookupError(f"there is no fault {number}")
            self.entries = kept
        self.on_change()

    def switch(self, number: int, *, on: bool) -> None:
        """Switch a fault on or off. Its counts stay. Raises LookupError if no fault has this number."""
        for entry in self.entries:
            if entry.number == number:
                entry.is_on = on
                self.on_change()
                return
        raise LookupError(f"there is no fault {number}")

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self.entries = ()
        self.on_change()

    def reset(self) -> None:
        """Restore the faults that the sandbox was created with, with their counts at 0."""
        self.clear()
        for fault in self._initial:
            self.add(fault)

    def take(self, target: Target, now: datetime) -> Hit | None:
        """The fault that hits a call, if there is one. It counts as a use."""
        with self._lock:
            selected = (entry for entry in self.entries if entry.is_on and entry.fault.selects(target))
            hit = next((hit for entry in selected if (hit := entry.hit(now))), None)
        self.on_change()
        return hit

    def assert_all_used(self) -> None:
        """Raise AssertionError, naming the faults, if any was used less often than intended."""
        unused = [entry for entry in self.entries if not entry.is_used_up]
        if unused:
            lines = [f"{entry.fault} (seen: {entry.seen}, used: {entry.used})" for entry in unused]
            raise AssertionError("\n".join(["unused faults:", *lines]))
