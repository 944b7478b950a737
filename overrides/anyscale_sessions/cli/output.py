"""The output of commands: text for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TextIO, TypeAlias

Report: TypeAlias = Callable[[str], None]
"""A function that takes the present progress as text. It may be called at any rate."""

COLUMN_GAP = "  "
STEP_NAME_WIDTH = 10
DUMB_TERMINALS = ("dumb", "unknown")


class Output(Protocol):
    """Where a command writes. Results go to standard output, everything else to standard error."""

    def show(self, fields: Mapping[str, object]) -> None:
        """Write one object as its fields."""
        ...

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Write several objects of one kind: the fields in `columns` for people, all fields for programs."""
        ...

    def step(self, name: str, sentence: str, fields: Mapping[str, object]) -> None:
        """Write a step on the way to a result, for people only."""
        ...

    def conclude(self, sentence: str, fields: Mapping[str, object]) -> None:
        """Write the result: the sentence for people, the fields for programs."""
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


class JsonOutput:
    """Output for programs: one line of JSON for a result (standard output), an error or a warning (standard error)."""

    def show(self, fields: Mapping[str, object]) -> None:
        """Write the fields as one object."""
        _write(json.dumps(fields), sys.stdout)

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:  # noqa: ARG002
        """Write the objects as one array, each with all its fields."""
        _write(json.dumps(rows), sys.stdout)

    def step(self, name: str, sentence: str, fields: Mapping[str, object]) -> None:
        """Write nothing. The result contains the steps."""

    def conclude(self, sentence: str, fields: Mapping[str, object]) -> None:  # noqa: ARG002
        """Write the fields as one object."""
        self.show(fields)

    def warn(self, kind: str, message: str) -> None:
        """Write an object with the one member `warning`."""
        _write(json.dumps({"warning": {"type": kind, "message": message}}), sys.stderr)

    def fail(self, error: Mapping[str, object]) -> None:
        """Write an object with the one member `error`."""
        _write(json.dumps({"error": error}), sys.stderr)

    def progress(self) -> AbstractContextManager[Report]:
        """Show no progress."""
        return nullcontext(_ignore)


class TextOutput:
    """Output for people: aligned text. On a terminal, progress is one line that is rewritten in place."""

    def show(self, fields: Mapping[str, object]) -> None:
        """Write a line for each field."""
        width = max(map(len, fields), default=0)
        _write("\n".join(f"{name:{width}}{COLUMN_GAP}{as_text(value)}" for name, value in fields.items()), sys.stdout)

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Write a table."""
        cells = [list(columns), *([as_text(row.get(column)) for column in columns] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = (COLUMN_GAP.join(map(str.ljust, row, widths)).rstrip() for row in cells)
        _write("\n".join(lines), sys.stdout)

    def step(self, name: str, sentence: str, fields: Mapping[str, object]) -> None:
        """Write the step's name and the sentence, and below them the fields that fit on a line."""
        first, *rest = printable_lines(sentence)
        margin = " " * STEP_NAME_WIDTH
        short_fields = [f"{name}: {as_text(value)}" for name, value in fields.items() if isinstance(value, str | int)]
        lines = [f"{name:{STEP_NAME_WIDTH}}{first}", *(margin + line for line in (*rest, *short_fields))]
        _write("\n".join(lines), sys.stdout)

    def conclude(self, sentence: str, fields: Mapping[str, object]) -> None:  # noqa: ARG002
        """Write the sentence."""
        _write("\n".join(printable_lines(sentence)), sys.stdout)

    def warn(self, kind: str, message: str) -> None:  # noqa: ARG002
        """Write a line that begins with `Warning:`."""
        _write("\n".join(printable_lines(f"Warning: {message}")), sys.stderr)

    def fail(self, error: Mapping[str, object]) -> None:
        """Write the message. Its first line begins with `Error:`."""
        _write("\n".join(printable_lines(f"Error: {error['message']}")), sys.stderr)

    @contextmanager
    def progress(self) -> Generator[Report]:
        """Rewrite one line in place on a terminal; elsewhere, write a line to standard error for each change."""
        if not _can_rewrite_lines(sys.stderr):
            yield _changes_only(lambda text: _write(printable(text), sys.stderr))
            return
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner
        from rich.text import Text

        spinner = Spinner("line")  # this one is ASCII
        # Standard output is not redirected, because it may be a file or a pipe.
        with Live(spinner, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False):
            yield lambda text: spinner.update(text=Text(printable(text)))


def output_for(output_format: str) -> Output:
    """Return the output for the value of `--output`."""
    return JsonOutput() if output_format == "json" else TextOutput()


def as_text(value: object) -> str:
    """Return a value as text for people, on one line."""
    match value:
        case None:
            return "-"
        case str():
            return printable(value) or '""'
        case _:
            return json.dumps(value)


def printable(text: str) -> str:
    """Return untrusted text with escapes for all characters that could move the cursor, or hide or reorder text."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def printable_lines(text: str) -> list[str]:
    """Return the lines of a text, each as `printable` returns it."""
    return [printable(line) for line in text.split("\n")]


def _can_rewrite_lines(stream: TextIO | None) -> bool:
    # rich is not asked, because with FORCE_COLOR it takes every stream for a terminal.
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in DUMB_TERMINALS


def _write(text: str, stream: TextIO | None) -> None:
    if stream is not None:  # a process can be started without standard streams
        # Flush now: a reader gets each line at once, and an error of a full disk is raised here.
        print(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding), file=stream, flush=True)


def _changes_only(report: Report) -> Report:
    last = ""

    def on_change(text: str) -> None:
        nonlocal last
        if text != last:
            last = text
            report(text)

    return on_change


def _ignore(text: str) -> None:
    """Ignore a report of progress."""
