"""Output for programs: JSON and YAML."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from .output import Report
from .query import Query
from .terminal import write


class DataOutput:
    """A document for each result on standard output, and for each error, warning or note on standard error.

    Args:
        dump: writes a value as text.
        query: selects the part of a result to write, if not all of it.
        separator: what stands before each document on one stream, if there can be several.
    """

    def __init__(self, dump: Callable[[object], str], query: Query | None = None, separator: str = "") -> None:
        self._dump = dump
        self._query = query
        self._separator = separator

    def show(self, fields: Mapping[str, object]) -> None:
        """Write the fields as one object."""
        self.show_value(dict(fields))

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:  # noqa: ARG002
        """Write the objects as one array, each with all its fields."""
        self.show_value([dict(row) for row in rows])

    def stream(self, columns: Sequence[str]) -> Callable[[Mapping[str, object]], None]:  # noqa: ARG002
        """Return a function that writes one document for each object."""
        return lambda row: self._write(self._selected(dict(row)), sys.stdout, self._separator)

    def show_value(self, value: object) -> None:
        """Write a value as one document."""
        self._write(self._selected(value), sys.stdout)

    def step(self, name: str, sentence: str, fields: Mapping[str, object]) -> None:
        """Write nothing. The result contains the steps."""

    def conclude(self, sentence: str, fields: Mapping[str, object]) -> None:  # noqa: ARG002
        """Write the fields as one object."""
        self.show(fields)

    def note(self, sentence: str, fields: Mapping[str, object]) -> None:
        """Write an object with the one member `note`."""
        self._write({"note": {"message": sentence, **fields}}, sys.stderr, self._separator)

    def warn(self, kind: str, message: str) -> None:
        """Write an object with the one member `warning`."""
        self._write({"warning": {"type": kind, "message": message}}, sys.stderr, self._separator)

    def fail(self, error: Mapping[str, object]) -> None:
        """Write an object with the one member `error`."""
        self._write({"error": dict(error)}, sys.stderr, self._separator)

    def progress(self) -> AbstractContextManager[Report]:
        """Show no progress."""
        return nullcontext(_ignore)

    def _selected(self, value: object) -> object:
        return value if self._query is None else self._query(value)

    def _write(self, value: object, stream: TextIO | None, before: str = "") -> None:
        write(before + self._dump(value), stream)


def json_output(query: Query | None = None) -> DataOutput:
    """Return an output that writes each document as one line of JSON."""
    return DataOutput(json.dumps, query)


def yaml_output(query: Query | None = None) -> DataOutput:
    """Return an output that writes YAML. A line of dashes stands before each document of a stream."""
    return DataOutput(_yaml_text, query, "---\n")


def _yaml_text(value: object) -> str:
    from yaml import safe_dump

    # Without `allow_unicode`, all characters that could control a terminal are escaped.
    text: str = safe_dump(value, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _ignore(text: str) -> None:
    """Ignore a report of progress."""
