"""How commands speak: to people in lines of text, to programs in lines of JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TextIO, TypeAlias

Report: TypeAlias = Callable[[str], None]
"""What progress is reported to: how things stand, as often as you like."""

COLUMN_GAP = "  "
NAME_COLUMNS = 10
DUMB_TERMINALS = ("dumb", "unknown")


class Output(Protocol):
    """What a command says. Results go to standard output, everything else to standard error."""

    def show(self, facts: Mapping[str, object]) -> None:
        """One thing: its facts by name."""
        ...

    def show_all(self, things: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Many things of a kind. People see the facts named in `columns`, programs all of them."""
        ...

    def step(self, name: str, sentence: str, facts: Mapping[str, object]) -> None:
        """Something that was done on the way to a result, for people to follow."""
        ...

    def conclude(self, sentence: str, facts: Mapping[str, object]) -> None:
        """A result that people read as a sentence and programs as facts."""
        ...

    def warn(self, kind: str, message: str) -> None:
        """Something that went well, but not as the user may think."""
        ...

    def fail(self, error: Mapping[str, object]) -> None:
        """Why the command failed: the error's `message`, and for programs what else is known of it."""
        ...

    def progress(self) -> AbstractContextManager[Report]:
        """A place to report to while something takes its time; nothing else is said meanwhile."""
        ...


class JsonOutput:
    """For programs: a result is one line of JSON on standard output, an error or a warning one on standard error."""

    def show(self, facts: Mapping[str, object]) -> None:
        """The facts as one object."""
        _say(json.dumps(facts), sys.stdout)

    def show_all(self, things: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:  # noqa: ARG002
        """The things as one array, with all their facts."""
        _say(json.dumps(things), sys.stdout)

    def step(self, name: str, sentence: str, facts: Mapping[str, object]) -> None:
        """Nothing: the result tells of its steps."""

    def conclude(self, sentence: str, facts: Mapping[str, object]) -> None:  # noqa: ARG002
        """The facts as one object."""
        self.show(facts)

    def warn(self, kind: str, message: str) -> None:
        """An object with the one member `warning`."""
        _say(json.dumps({"warning": {"type": kind, "message": message}}), sys.stderr)

    def fail(self, error: Mapping[str, object]) -> None:
        """An object with the one member `error`."""
        _say(json.dumps({"error": error}), sys.stderr)

    def progress(self) -> AbstractContextManager[Report]:
        """Nowhere."""
        return nullcontext(_nowhere)


class TextOutput:
    """For people: aligned text, and on a terminal progress in one line that moves."""

    def show(self, facts: Mapping[str, object]) -> None:
        """A line for each fact."""
        width = max(map(len, facts), default=0)
        _say("\n".join(f"{name:{width}}{COLUMN_GAP}{as_text(value)}" for name, value in facts.items()), sys.stdout)

    def show_all(self, things: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """A table."""
        rows = [list(columns), *([as_text(thing.get(column)) for column in columns] for thing in things)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (COLUMN_GAP.join(map(str.ljust, row, widths)).rstrip() for row in rows)
        _say("\n".join(lines), sys.stdout)

    def step(self, name: str, sentence: str, facts: Mapping[str, object]) -> None:
        """The step's name and the sentence, and below them the facts that take no more than a line."""
        first, *rest = printable_lines(sentence)
        margin = " " * NAME_COLUMNS
        facts_shown = [f"{name}: {as_text(value)}" for name, value in facts.items() if isinstance(value, str | int)]
        lines = [f"{name:{NAME_COLUMNS}}{first}", *(margin + line for line in (*rest, *facts_shown))]
        _say("\n".join(lines), sys.stdout)

    def conclude(self, sentence: str, facts: Mapping[str, object]) -> None:  # noqa: ARG002
        """The sentence."""
        _say("\n".join(printable_lines(sentence)), sys.stdout)

    def warn(self, kind: str, message: str) -> None:  # noqa: ARG002
        """A line that begins with `Warning:`."""
        _say("\n".join(printable_lines(f"Warning: {message}")), sys.stderr)

    def fail(self, error: Mapping[str, object]) -> None:
        """The message; its first line begins with `Error:`."""
        _say("\n".join(printable_lines(f"Error: {error['message']}")), sys.stderr)

    @contextmanager
    def progress(self) -> Generator[Report]:
        """On a terminal a line that moves, elsewhere a line on standard error for each change."""
        if not _can_move_lines(sys.stderr):
            yield _changes_only(lambda text: _say(printable(text), sys.stderr))
            return
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner
        from rich.text import Text

        spinner = Spinner("line")  # ASCII alone
        # Standard output is left alone: it may lead somewhere else.
        with Live(spinner, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False):
            yield lambda text: spinner.update(text=Text(printable(text)))


def output_for(form: str) -> Output:
    """The output that `--output` asks for."""
    return JsonOutput() if form == "json" else TextOutput()


def as_text(value: object) -> str:
    """A fact as people read it, on one line."""
    match value:
        case None:
            return "-"
        case str():
            return printable(value) or '""'
        case _:
            return json.dumps(value)


def printable(text: str) -> str:
    """The text, which may be anyone's, with escapes for whatever could move the cursor, or hide or reorder text."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def printable_lines(text: str) -> list[str]:
    """The same for a text that may have several lines."""
    return [printable(line) for line in text.split("\n")]


def _can_move_lines(stream: TextIO | None) -> bool:
    # Not what rich thinks: FORCE_COLOR makes a terminal of everything for it.
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in DUMB_TERMINALS


def _say(text: str, stream: TextIO | None) -> None:
    if stream is not None:  # it is where the process was started without it
        # At once, so that a reader gets each line when it is written, and a full disk shows here.
        print(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding), file=stream, flush=True)


def _changes_only(report: Report) -> Report:
    last = ""

    def on_change(text: str) -> None:
        nonlocal last
        if text != last:
            last = text
            report(text)

    return on_change


def _nowhere(text: str) -> None:
    """Report nothing."""
