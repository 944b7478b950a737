"""Output for people: tables and aligned text. On a terminal, progress is one line that is rewritten in place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO, cast

import click

from .errors import CommandError
from .output import Report
from .query import Query
from .tables import Table, as_text, field_lines
from .terminal import can_rewrite_lines, printable, printable_lines, width_of, write

STEP_NAME_WIDTH = 10
NAMES = ("id", "name", "number")


class TextOutput:
    """Tables and sentences.

    Args:
        query: selects the part of a result to write, if not all of it.
        has_color: whether colours are written to terminals.
    """

    def __init__(self, query: Query | None = None, *, has_color: bool = False) -> None:
        self._query = query
        self._has_color = has_color

    def show(self, fields: Mapping[str, object]) -> None:
        """Write a line for each field."""
        if self._query is None:
            self._write(field_lines(fields, width_of(sys.stdout)), sys.stdout)
        else:
            self.show_value(dict(fields))

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Write a table."""
        if self._query is None:
            self._write_table(rows, columns)
        else:
            self.show_value([dict(row) for row in rows])

    def stream(self, columns: Sequence[str]) -> Callable[[Mapping[str, object]], None]:
        """Return a function that writes the next row of a table. The first row also writes the header."""
        if self._query is not None:
            return lambda row: self.show_value(dict(row))
        table = Table(columns, width_of(sys.stdout))
        is_first = True

        def write_row(row: Mapping[str, object]) -> None:
            nonlocal is_first
            table.fit(row)
            header, is_first = table.header() if is_first else (), False
            self._write([*header, *table.lines(row)], sys.stdout)

        return write_row

    def show_value(self, value: object) -> None:
        """Write a value: an object as its fields, a list of objects as a table, other values on a line each."""
        selected = value if self._query is None else self._query(value)
        match selected:
            case dict():
                self._write(field_lines(cast("dict[str, object]", selected), width_of(sys.stdout)), sys.stdout)
            case [dict(), *_] if all(isinstance(item, dict) for item in selected):  # pyright: ignore[reportUnknownVariableType]
                rows = cast("list[dict[str, object]]", selected)
                self._write_table(rows, list(dict.fromkeys(name for row in rows for name in row)))
            case list():
                self._write(map(as_text, cast("list[object]", selected)), sys.stdout)
            case _:
                self._write([as_text(selected)], sys.stdout)

    def step(self, name: str, sentence: str, fields: Mapping[str, object]) -> None:
        """Write the step's name and the sentence, and below them the fields that fit on a line."""
        first, *rest = printable_lines(sentence)
        margin = " " * STEP_NAME_WIDTH
        short_fields = [f"{name}: {as_text(value)}" for name, value in fields.items() if isinstance(value, str | int)]
        lines = [f"{name:{STEP_NAME_WIDTH}}{first}", *(margin + line for line in (*rest, *short_fields))]
        self._write(lines, sys.stdout)

    def conclude(self, sentence: str, fields: Mapping[str, object]) -> None:
        """Write the sentence, or what the query selects from the fields."""
        if self._query is None:
            self._write(printable_lines(sentence), sys.stdout)
        else:
            self.show_value(dict(fields))

    def note(self, sentence: str, fields: Mapping[str, object]) -> None:  # noqa: ARG002
        """Write the sentence."""
        self._write(printable_lines(sentence), sys.stderr)

    def warn(self, kind: str, message: str) -> None:  # noqa: ARG002
        """Write a line that begins with `Warning:`."""
        self._write_message("Warning:", "yellow", message)

    def fail(self, error: Mapping[str, object]) -> None:
        """Write the message. Its first line begins with `Error:`."""
        self._write_message("Error:", "red", str(error["message"]))

    @contextmanager
    def progress(self) -> Generator[Report]:
        """Rewrite one line in place on a terminal; elsewhere, write a line to standard error for each change."""
        if not can_rewrite_lines(sys.stderr):
            yield _changes_only(lambda text: write(printable(text), sys.stderr))
            return
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner
        from rich.text import Text

        spinner = Spinner("line")  # this one is ASCII
        console = Console(stderr=True, no_color=not self._has_color)
        # Standard output is not redirected, because it may be a file or a pipe.
        with Live(spinner, console=console, transient=True, redirect_stdout=False, redirect_stderr=False):
            yield lambda text: spinner.update(text=Text(printable(text)))

    def _write_table(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        table = Table(columns, width_of(sys.stdout))
        for row in rows:
            table.fit(row)
        self._write([*table.header(), *(line for row in rows for line in table.lines(row))], sys.stdout)

    def _write_message(self, title: str, color: str, message: str) -> None:
        first, *rest = printable_lines(message)
        self._write([f"{click.style(title, fg=color, bold=True)} {first}", *rest], sys.stderr)

    def _write(self, lines: Iterable[str], stream: TextIO | None) -> None:
        text = "\n".join(lines)
        if text:
            write(text, stream, has_color=self._has_color)


class NameOutput(TextOutput):
    """Output that is only the ids of the results, one a line, for use in other commands."""

    def show(self, fields: Mapping[str, object]) -> None:
        """Write the id."""
        if self._query is None:
            self._write([_name_of(fields)], sys.stdout)
        else:
            super().show(fields)

    def show_all(self, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Write the id of each object; nothing if there are none."""
        if self._query is None:
            self._write(map(_name_of, rows), sys.stdout)
        else:
            super().show_all(rows, columns)

    def stream(self, columns: Sequence[str]) -> Callable[[Mapping[str, object]], None]:  # noqa: ARG002
        """Return a function that writes the id of an object."""
        return self.show


def _name_of(fields: Mapping[str, object]) -> str:
    name = next((fields[key] for key in NAMES if key in fields), None)
    if name is None:
        raise CommandError("the result has no id to print; use --output json")
    return printable(str(name))


def _changes_only(report: Report) -> Report:
    last = ""

    def on_change(text: str) -> None:
        nonlocal last
        if text != last:
            last = text
            report(text)

    return on_change
