"""The faults of one sandbox: which of them hits a call, and how often each was used."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from .fault import RETRY_AFTER_S, Fault, Target

# What a wait that leads beyond the last year ends with.
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)


class Hit(NamedTuple):
    """A fault that hits a call; for a throttle, the moment until which calls are refused."""

    fault: Fault
    until: datetime | None = None


class Entry:
    """A fault, and what has come of it: how many calls it was for (`seen`), and how many it hit (`used`)."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.seen = 0
        self.used = 0
        self._turns = 0
        self._until: datetime | None = None
        self._random = random.Random(fault.seed)  # noqa: S311 - a fault that comes by chance must come again

    def hit(self, now: datetime) -> Hit | None:
        """Let the fault hit a call that it is for, if it is its turn."""
        self.seen += 1
        if self._until and now < self._until:
            self.used += 1
            return Hit(self.fault, self._until)
        fault = self.fault
        by_chance = fault.probability is None or self._random.random() < fault.probability
        if self.seen < fault.nth or (fault.times is not None and self._turns >= fault.times) or not by_chance:
            return None
        self._turns += 1
        self.used += 1
        hit = hit_by(fault, now)
        self._until = hit.until
        return hit

    @property
    def is_used_up(self) -> bool:
        """Whether it did all that it was meant to."""
        return self._turns >= (self.fault.times or 1)

    def to_dict(self) -> dict[str, Any]:
        """The fault with its number and its counts."""
        return {"id": self.number, **self.fault.to_dict(), "seen": self.seen, "used": self.used}


def hit_by(fault: Fault, now: datetime) -> Hit:
    """A fault that hits a call now."""
    if fault.kind != "throttle":
        return Hit(fault)
    retry_after = RETRY_AFTER_S if fault.retry_after is None else fault.retry_after
    try:
        return Hit(fault, now + timedelta(seconds=retry_after))
    except OverflowError:
        return Hit(fault, LAST_MOMENT)


class Faults:
    """The faults that a sandbox shows. Of several that are for a call, the first whose turn it is hits it."""

    def __init__(self, given: Iterable[Fault] = ()) -> None:
        self._given = tuple(given)
        self._lock = threading.Lock()
        self._number = 0
        self._entries: list[Entry] = []
        self.reset()

    def add(self, fault: Fault | str, **settings: Any) -> Entry:
        """Add a fault after the others: a `Fault`, or its kind and settings. Raises ValueError.

        What is returned counts its uses.
        """
        fault = Fault.from_dict({"kind": fault, **settings}) if isinstance(fault, str) else fault
        with self._lock:
            self._number += 1
            entry = Entry(self._number, fault)
            self._entries.append(entry)
            return entry

    def listed(self) -> list[Entry]:
        """The faults in their order, with their counts."""
        with self._lock:
            return [*self._entries]

    def remove(self, number: int) -> None:
        """Take a fault back. Raises LookupError if there is none of this number."""
        with self._lock:
            kept = [entry for entry in self._entries if entry.number != number]
            if len(kept) == len(self._entries):
                raise LookupError(f"there is no fault {number}")
            self._entries = kept

    def clear(self) -> None:
        """Take all faults back."""
        with self._lock:
            self._entries = []

    def reset(self) -> None:
        """Have the faults that the sandbox began with, with their counts at 0."""
        self.clear()
        for fault in self._given:
            self.add(fault)

    def take(self, target: Target, now: datetime) -> Hit | None:
        """The fault that hits a call, if one does; this counts as a use."""
        with self._lock:
            for entry in self._entries:
                if entry.fault.is_for(target) and (hit := entry.hit(now)):
                    return hit
        return None

    @property
    def is_empty(self) -> bool:
        """Whether there are none at all."""
        return not self._entries

    def assert_all_used(self) -> None:
        """Raise AssertionError, naming them, if faults were used less often than they were meant to be."""
        unused = [entry for entry in self.listed() if not entry.is_used_up]
        if unused:
            lines = [f"{entry.fault} (calls it is for: {entry.seen}, used: {entry.used})" for entry in unused]
            raise AssertionError("\n".join(["faults that were not used up:", *lines]))
