"""The output of commands: tables and text for people; JSON, YAML and ids for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

Report: TypeAlias = Callable[[str], None]
"""A function that takes the present progress as text. It may be called at any rate."""

OUTPUT_FORMATS = ("table", "json", "yaml", "name")


class Output(Protocol):
    """Where a command writes. Results go to standard output, everything else to standard error."""

    def show(self, fields: Mapping[str, object]) -> None:
        """Write one object as its fields."""
        ...

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Write several objects of one kind: the fields in `columns` for people, all fields for programs."""
        ...

    def stream(self, columns: Sequence[str]) -> Callable[[Mapping[str, object]], None]:
        """Return a function that writes the next of several objects at once."""
        ...

    def show_value(self, value: object) -> None:
        """Write any value that JSON has."""
        ...

    def step(self, name: str, sentence: str, fields: Mapping[str, object]) -> None:
        """Write a step on the way to a result, for people only."""
        ...

    def conclude(self, sentence: str, fields: Mapping[str, object]) -> None:
        """Write the result: the sentence for people, the fields for programs."""
        ...

    def note(self, sentence: str, fields: Mapping[str, object]) -> None:
        """Write to standard error what is useful before the result is known: the sentence, or the fields."""
        ...

    def warn(self, kind: str, message: str) -> None:
        """Write a warning: the command goes on, but the result may not be what the user expects."""
        ...

    def fail(self, error: Mapping[str, object]) -> None:
        """Write why the command failed: the `message` for people, all fields of the error for programs."""
        ...

    def progress(self) -> AbstractContextManager[Report]:
        """Show progress inside a `with` block. Write nothing else in that block."""
        ...
