"""What a terminal can show: safe text, its width, and colours."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

import click
from rich.cells import cell_len, chop_cells

DUMB_TERMINALS = ("dumb", "unknown")
MIN_WIDTH = 20  # narrower terminals wrap the lines themselves


def printable(text: str) -> str:
    """Return untrusted text with escapes for all characters that could move the cursor, or hide or reorder text."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def printable_lines(text: str) -> list[str]:
    """Return the lines of a text, each as `printable` returns it."""
    return [printable(line) for line in text.split("\n")]


def write(text: str, stream: TextIO | None, *, has_color: bool = False) -> None:
    """Write lines to a stream. Colours are left out unless the stream is a terminal."""
    if stream is not None:  # a process can be started without standard streams
        encodable = text.encode(stream.encoding, "backslashreplace").decode(stream.encoding)
        # `echo` also flushes: a reader gets each line at once, and an error of a full disk is raised here.
        click.echo(encodable, file=stream, color=has_color and stream.isatty())


def can_rewrite_lines(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that can rewrite a line in place."""
    # rich is not asked, because with FORCE_COLOR it takes every stream for a terminal.
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in DUMB_TERMINALS


def is_color_wanted() -> bool:
    """Whether the environment allows colours. See https://no-color.org for NO_COLOR."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in DUMB_TERMINALS


def width_of(stream: TextIO | None) -> int | None:
    """Return the width of a terminal in columns, or `None` if the stream is not a terminal."""
    if stream is None or not stream.isatty():
        return None
    return max(MIN_WIDTH, shutil.get_terminal_size().columns)


def chopped(text: str, width: int) -> list[str]:
    """Return a text in lines of at most this many columns. An East Asian character can take two."""
    return chop_cells(text, width) if cell_len(text) > width else [text]


def padded(text: str, width: int) -> str:
    """Return a text with spaces at its end, so that it takes this many columns."""
    return text + " " * (width - cell_len(text))


def colored(name: str, value: str, text: str) -> str:
    """Return the text of a field in the colour of its value. Only states have colours."""
    if name != "state":
        return text
    if value.endswith("Errored"):
        return click.style(text, fg="red")
    if value in {"Terminated", "Stopped"}:
        return click.style(text, dim=True)
    return click.style(text, fg="green" if value == "Running" else "yellow")
