"""The last 1,000 requests of a sandbox with its token, and the last 50 others, with queries and assertions."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ..names import Names
from .entry import MAX_HEAD_CHARACTERS_KEPT, Entry
from .har import to_har
from .redaction import Redactor

MAX_ENTRIES = 1000
# Requests without the token are kept apart, so that they cannot replace the others.
MAX_UNAUTHENTICATED_ENTRIES = 50
# The places that contain only strings.
TEXTS = frozenset({"path", "query"})
# The number of entries in the message of a failed assertion.
MAX_LISTED = 5


class Journal:
    """The last 1,000 requests and their responses. Requests to `/_sandbox/` are not recorded.

    Of requests without the token, and of those for an unknown path, the last 50 are kept, and only their beginning.

    Conditions are the id of an operation, and values by place: `status=409`, `fault="reset; phase=after"`,
    `body__name="x"`, `body__paging__count=5`, `path__session_id="ses_1"`, `query__project_id="p"`,
    `response__result__id=...`.
    """

    def __init__(self, redactor: Redactor, names: Names) -> None:
        self._redactor = redactor
        self._names = names
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._unauthenticated: deque[Entry] = deque(maxlen=MAX_UNAUTHENTICATED_ENTRIES)
        self._number = 0
        # Called with the number of each entry that is new or has changed, and with None after `clear`.
        self.on_change: Callable[[int | None], None] = lambda _: None

    def open(self, time: str, method: str, target: str) -> Entry:
        """An entry for a request that has just arrived. It has to be added."""
        with self._lock:
            self._number += 1
            kept = MAX_HEAD_CHARACTERS_KEPT
            return Entry(self._number, time, method[:kept], target[:kept])

    def add(self, entry: Entry) -> None:
        """Add an entry, when it is known whether its request has the token."""
        with self._lock:
            (self._entries if entry.is_authenticated else self._unauthenticated).append(entry)
        self.on_change(entry.number)

    def finish(self, entry: Entry, duration_s: float) -> None:
        """Complete an entry when its response was sent or its request failed."""
        entry.duration_s = duration_s
        self.on_change(entry.number)

    def clear(self) -> None:
        """Delete all entries. Numbering starts again at 1."""
        with self._lock:
            self._entries.clear()
            self._unauthenticated.clear()
            self._number = 0
        self.on_change(None)

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        with self._lock:
            return sorted((*self._unauthenticated, *self._entries), key=lambda entry: entry.number)

    def entry(self, number: int) -> Entry | None:
        """The entry with this number, if it is kept."""
        return next((entry for entry in self.entries() if entry.number == number), None)

    def find(self, operation: str | None = None, **conditions: Any) -> list[Entry]:
        """The entries that meet all conditions, oldest first.

        Raises UnknownNameError for an operation, a place or a name that the OpenAPI document does not have.
        """
        if operation is not None:
            self._names.check_operation(operation)
        for name in conditions:
            self._names.check_condition(operation, name)
        return [entry for entry in self.entries() if not _unmet(entry, operation, conditions)]

    def count(self, operation: str | None = None, **conditions: Any) -> int:
        """The number of entries that meet all conditions. Raises UnknownNameError as `find` does."""
        return len(self.find(operation, **conditions))

    def nearest(self, operation: str | None = None, **conditions: Any) -> list[tuple[Entry, list[str]]]:
        """The entries of an operation that miss the fewest conditions, five at most, and the values they have instead.

        Secrets in the values are redacted. Raises UnknownNameError as `find` does.
        """
        missed = [(entry, _unmet(entry, operation, conditions)) for entry in self.find(operation)]
        near = sorted((miss for miss in missed if miss[1]), key=lambda miss: len(miss[1]))[:MAX_LISTED]
        return [(entry, [self._shown(name, entry.value(name.split("__"))) for name in unmet]) for entry, unmet in near]

    def assert_called(self, operation: str, *, times: int | None = None, **conditions: Any) -> list[Entry]:
        """The entries that meet all conditions: at least one, or exactly `times`.

        Raises AssertionError otherwise, with the most similar requests and with secrets redacted. Raises
        UnknownNameError as `find` does.
        """
        found = self.find(operation, **conditions)
        if len(found) == times or (times is None and found):
            return found
        expected = "at least once" if times is None else f"{times} times"
        lines = [
            self._redactor.text(f"expected {operation} to be called {expected}"),
            *(f"  with {self._shown(name, value)}" for name, value in conditions.items()),
            f"but it was called {len(found)} times{' like this' if conditions else ''}.",
        ]
        raise AssertionError("\n".join([*lines, *self._nearest(operation, conditions, found)]))

    def assert_not_called(self, operation: str, **conditions: Any) -> None:
        """Raise AssertionError if any entry meets all conditions, and UnknownNameError as `find` does."""
        self.assert_called(operation, times=0, **conditions)

    def to_dicts(self, operation: str | None = None, last: int = MAX_ENTRIES) -> list[dict[str, Any]]:
        """The last entries, of one operation or of all, as JSON values, with secrets redacted."""
        return [entry.to_dict(self._redactor) for entry in self.find(operation)[-last:]]

    def to_har(self) -> dict[str, Any]:
        """All entries as an HTTP archive (HAR 1.2), with secrets redacted."""
        return to_har(self.entries(), self._redactor)

    def text(self, last: int = MAX_ENTRIES) -> str:
        """The last entries, one line each."""
        return "\n".join(self._redactor.text(entry.line()) for entry in self.entries()[-last:])

    def _nearest(self, operation: str, conditions: dict[str, Any], found: list[Entry]) -> list[str]:
        """The lines about the most similar requests."""
        if found:
            return ["These requests were made:", *(f"  {entry.line()}" for entry in found[-MAX_LISTED:])]
        near = self.nearest(operation, **conditions)
        if not near:
            return [
                "No request was similar. The last requests:",
                *(f"  {line}" for line in self.text(MAX_LISTED).splitlines()),
            ]
        lines: list[str] = ["The most similar requests:"]
        for entry, unmet in near:
            lines.append(self._redactor.text(f"  {entry.line()}"))
            lines += [f"    {text}" for text in unmet]
        return lines

    def _shown(self, name: str, value: Any) -> str:
        """A value and its place, redacted if it is secret."""
        last = name.rpartition("__")[2]
        redacted = self._redactor.text(json.dumps({last: value}, default=repr))
        return f"{name.replace('__', '.')}: {redacted.removeprefix('{' + json.dumps(last) + ': ').removesuffix('}')}"


def _unmet(entry: Entry, operation: str | None, conditions: dict[str, Any]) -> list[str]:
    """The names of the conditions that an entry does not meet."""
    unmet = [] if operation in {None, entry.operation} else ["operation"]
    for name, expected in conditions.items():
        place = name.split("__")
        if entry.value(place) != (str(expected) if place[0] in TEXTS else expected):
            unmet.append(name)
    return unmet
