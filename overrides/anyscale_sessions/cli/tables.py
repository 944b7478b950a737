"""Tables and lists of fields that fit the width of a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import click
from rich.cells import cell_len

from .terminal import chopped, colored, padded, printable

COLUMN_GAP = "  "
MIN_VALUE_WIDTH = 12


class Table:
    """A table whose rows may come one by one. A row that is wider than the terminal is written as lines of fields."""

    def __init__(self, columns: Sequence[str], width: int | None) -> None:
        self._columns = list(columns)
        self._width = width
        self._widths = list(map(cell_len, columns))

    def fit(self, row: Mapping[str, object]) -> None:
        """Make the columns wide enough for a row."""
        self._widths = list(map(max, self._widths, (cell_len(as_text(row.get(name))) for name in self._columns)))

    def header(self) -> Iterator[str]:
        """Yield the line above the rows. There is none if the rows are written as lines of fields."""
        if self._is_narrow_enough():
            line = COLUMN_GAP.join(map(padded, self._columns, self._widths)).rstrip()
            yield click.style(line, bold=True)

    def lines(self, row: Mapping[str, object]) -> Iterator[str]:
        """Yield the lines of a row."""
        if not self._is_narrow_enough():
            yield from field_lines({name: row.get(name) for name in self._columns}, self._width)
            yield ""
            return
        texts = [as_text(row.get(name)) for name in self._columns]
        cells = map(padded, texts, self._widths)
        yield COLUMN_GAP.join(map(colored, self._columns, texts, cells)).rstrip()

    def _is_narrow_enough(self) -> bool:
        return self._width is None or sum(self._widths) + len(COLUMN_GAP) * (len(self._widths) - 1) <= self._width


def field_lines(fields: Mapping[str, object], width: int | None) -> Iterator[str]:
    """Yield a line for each field, or several lines for a value that is too wide."""
    texts = {printable(name): as_text(value) for name, value in fields.items()}
    name_width = max(map(cell_len, texts), default=0)
    indent = name_width + len(COLUMN_GAP)
    for name, text in texts.items():
        if width is None or width - indent >= MIN_VALUE_WIDTH:
            first, *rest = [text] if width is None else chopped(text, width - indent)
            yield f"{padded(name, name_width)}{COLUMN_GAP}{colored(name, text, first)}".rstrip()
            yield from (" " * indent + line for line in rest)
        else:  # the name has a line of its own
            yield from chopped(name, width)
            yield from (COLUMN_GAP + colored(name, text, line) for line in chopped(text, width - len(COLUMN_GAP)))


def as_text(value: object) -> str:
    """Return a value as text for people, on one line."""
    match value:
        case None:
            return "-"
        case str():
            return printable(value) or '""'
        case _:
            return json.dumps(value)
