"""The last thousand requests of a sandbox, and what can be asked and asserted of them."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..clock import to_text
from .entry import Entry
from .har import to_har
from .redaction import Masking

MOST_ENTRIES = 1000
# Where conditions can look, by the first part of their name, and which of these places hold nothing but text.
PLACES = frozenset({"method", "target", "path", "query", "body", "response", "status", "fault"})
TEXTS = frozenset({"path", "query"})
# How many entries a failed assertion tells of.
MOST_TOLD = 5


class Journal:
    """What was asked and answered; the last 1,000 requests. Requests to `/_sandbox/` are not in it.

    Conditions are the name of an operation, and values by place: `status=409`, `fault="reset; phase=after"`,
    `body__name="x"`, `body__paging__count=5`, `path__session_id="ses_1"`, `query__project_id="p"`,
    `response__result__id=...`.
    """

    def __init__(self, now: Callable[[], datetime], masking: Masking) -> None:
        self._now = now
        self._masking = masking
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._number = 0

    def open(self, method: str, target: str) -> Entry:
        """A new entry, for a request that has just come in."""
        with self._lock:
            self._number += 1
            entry = Entry(self._number, to_text(self._now()), method, target)
            self._entries.append(entry)
            return entry

    def clear(self) -> None:
        """Forget everything; the next request is the first."""
        with self._lock:
            self._entries.clear()
            self._number = 0

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        with self._lock:
            return [*self._entries]

    def find(self, operation: str | None = None, **conditions: Any) -> list[Entry]:
        """The entries that meet all conditions, oldest first. Raises TypeError for a place that no entry has."""
        _check(conditions)
        return [entry for entry in self.entries() if not _missed(entry, operation, conditions)]

    def count(self, operation: str | None = None, **conditions: Any) -> int:
        """How many entries meet all conditions."""
        return len(self.find(operation, **conditions))

    def assert_called(self, operation: str, *, times: int | None = None, **conditions: Any) -> list[Entry]:
        """The entries that meet all conditions: at least one, or as many as `times` says.

        Raises AssertionError otherwise, telling of the requests that came nearest, with secrets masked.
        """
        found = self.find(operation, **conditions)
        if len(found) == times or (times is None and found):
            return found
        wanted = "at least once" if times is None else f"{times} times"
        asked = [f"{name}={value!r}" for name, value in conditions.items()]
        lines = [
            self._masking.text(f"{operation} was to be called {wanted}"),
            *(f"  with {self._shown(name, value)}" for name, value in conditions.items()),
            f"and was called {len(found)} times{' so' if asked else ''}.",
        ]
        raise AssertionError("\n".join([*lines, *self._nearest(operation, conditions, found)]))

    def assert_not_called(self, operation: str, **conditions: Any) -> None:
        """Raise AssertionError if any entry meets all conditions."""
        self.assert_called(operation, times=0, **conditions)

    def to_dicts(self) -> list[dict[str, Any]]:
        """All entries as JSON-ready values, with secrets masked."""
        return [entry.to_dict(self._masking) for entry in self.entries()]

    def to_har(self) -> dict[str, Any]:
        """All entries as an HTTP archive (HAR 1.2), with secrets masked."""
        return to_har(self.entries(), self._masking)

    def text(self, last: int = MOST_ENTRIES) -> str:
        """The last entries, a line each."""
        return "\n".join(self._masking.text(entry.line()) for entry in self.entries()[-last:])

    def _nearest(self, operation: str, conditions: dict[str, Any], found: list[Entry]) -> list[str]:
        """What there is to tell of the requests that came nearest."""
        if found:
            return ["These were:", *(f"  {entry.line()}" for entry in found[-MOST_TOLD:])]
        ranked = sorted(self.entries(), key=lambda entry: len(_missed(entry, operation, conditions)))
        near = [entry for entry in ranked if entry.operation == operation][:MOST_TOLD]
        if not near:
            return [
                "No request came near. These came last:",
                *(f"  {line}" for line in self.text(MOST_TOLD).splitlines()),
            ]
        lines: list[str] = ["These came nearest:"]
        for entry in near:
            lines.append(self._masking.text(f"  {entry.line()}"))
            missed = _missed(entry, operation, conditions)
            lines += [f"    {self._shown(name, entry.value(name.split('__')))}" for name in missed]
        return lines

    def _shown(self, name: str, value: Any) -> str:
        """A value by its place, masked if it is a secret."""
        last = name.rpartition("__")[2]
        masked = self._masking.text(json.dumps({last: value}, default=repr))
        return f"{name.replace('__', '.')}: {masked.removeprefix('{' + json.dumps(last) + ': ').removesuffix('}')}"


def _check(conditions: dict[str, Any]) -> None:
    for name in conditions:
        if name.partition("__")[0] not in PLACES:
            raise TypeError(f"a condition begins with one of {', '.join(sorted(PLACES))}, and {name!r} does not")


def _missed(entry: Entry, operation: str | None, conditions: dict[str, Any]) -> list[str]:
    """The conditions that an entry does not meet."""
    missed = [] if operation in {None, entry.operation} else ["operation"]
    for name, wanted in conditions.items():
        place = name.split("__")
        if entry.value(place) != (str(wanted) if place[0] in TEXTS else wanted):
            missed.append(name)
    return missed
