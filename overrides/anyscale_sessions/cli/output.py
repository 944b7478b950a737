"""How commands speak: to people in lines of text, to programs in lines of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TextIO, TypeAlias

Report: TypeAlias = Callable[[str], None]
"""What progress is reported to: one line on how things stand, the same one as often as you like."""

COLUMN_GAP = "  "


class Output(Protocol):
    """What a command says. Results go to standard output, everything else to standard error."""

    def show(self, facts: Mapping[str, object]) -> None:
        """One thing: its facts by name."""
        ...

    def show_all(self, things: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Many things of a kind. People see the facts named in `columns`, programs all of them."""
        ...

    def note(self, text: str) -> None:
        """Something for people that programs have no use for."""
        ...

    def warn(self, kind: str, message: str) -> None:
        """Something that went well, but not as the user may think."""
        ...

    def fail(self, error: Mapping[str, object]) -> None:
        """Why the command failed: the error's `message`, for programs with what else is known of it."""
        ...

    def progress(self) -> AbstractContextManager[Report]:
        """A place to report to while something takes its time."""
        ...


class JsonOutput:
    """For programs: each result is one line of JSON on standard output, each error or warning one on standard error."""

    def show(self, facts: Mapping[str, object]) -> None:
        """The facts as one object."""
        _say(json.dumps(facts), sys.stdout)

    def show_all(self, things: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:  # noqa: ARG002 - all facts
        """The things as one array."""
        _say(json.dumps(things), sys.stdout)

    def note(self, text: str) -> None:
        """Nothing."""

    def warn(self, kind: str, message: str) -> None:
        """An object with the one member `warning`."""
        _say(json.dumps({"warning": {"type": kind, "message": message}}), sys.stderr)

    def fail(self, error: Mapping[str, object]) -> None:
        """An object with the one member `error`."""
        _say(json.dumps({"error": error}), sys.stderr)

    def progress(self) -> AbstractContextManager[Report]:
        """Nowhere."""
        return nullcontext(_nothing)


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

    def note(self, text: str) -> None:
        """The text, on standard error."""
        _say(printable(text), sys.stderr)

    def warn(self, kind: str, message: str) -> None:  # noqa: ARG002 - the message says it all to people
        """A line that begins with `Warning:`."""
        _say(f"Warning: {printable(message)}", sys.stderr)

    def fail(self, error: Mapping[str, object]) -> None:
        """The message; its first line begins with `Error:`."""
        lines = str(error["message"]).splitlines()
        _say("\n".join(printable(line) for line in [f"Error: {lines[0]}", *lines[1:]]), sys.stderr)

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """On a terminal a line that moves, elsewhere a line for each change."""
        from rich.console import Console

        console = Console(stderr=True)
        if console.is_terminal:
            from rich.text import Text

            with console.status("") as status:
                yield lambda text: status.update(Text(printable(text)))
        else:
            yield _changes_only(self.note)


def output_for(form: str) -> Output:
    """The output that `--output` asks for."""
    return JsonOutput() if form == "json" else TextOutput()


def as_text(value: object) -> str:
    """A fact as people read it, on one line."""
    match value:
        case None:
            return "-"
        case str():
            return printable(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def printable(text: str) -> str:
    """The text with what could move the cursor, hide or reorder other text written as an escape: it may come from anyone."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _say(text: str, stream: TextIO) -> None:
    # At once, so that a reader on a pipe gets each line when it is written, and a full disk is noticed here.
    encoding = stream.encoding
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _changes_only(report: Report) -> Report:
    last: list[str] = []

    def on_change(text: str) -> None:
        if last != [text]:
            last[:] = [text]
            report(text)

    return on_change


def _nothing(text: str) -> None:
    """Report nothing."""
