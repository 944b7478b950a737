"""Tests for `cli/terminal.py`: safe text, widths and colours."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions.cli.terminal import (
    MIN_WIDTH,
    can_rewrite_lines,
    chopped,
    colored,
    is_color_wanted,
    padded,
    printable,
    width_of,
    write,
)

from .terminals import FakeTerminal


@given(st.text())
def test_untrusted_text_is_escaped(text: str) -> None:
    """Control characters, line breaks and characters that reorder text are escaped, and all others stay."""
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    assert shown == text or not text.isprintable()


def test_escapes_are_readable() -> None:
    """An escape shows which character it stands for."""
    assert printable("a\x1b[2Jb\n\u202ec\ud800") == "a\\x1b[2Jb\\n\\u202ec\\ud800"


def test_text_is_padded_and_chopped_by_columns() -> None:
    """An East Asian character takes two columns, when a text is padded and when it is chopped."""
    assert padded("a", 3) == "a  "
    assert padded("\u591c", 3) == "\u591c "
    assert chopped("abc", 3) == ["abc"]
    assert chopped("abcd", 3) == ["abc", "d"]
    assert chopped("\u591c\u591c", 3) == ["\u591c", "\u591c"]


def test_width_is_that_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal has a width, of at least the minimum; a file and a closed stream have none."""
    monkeypatch.setenv("COLUMNS", "40")
    assert width_of(FakeTerminal()) == 40
    monkeypatch.setenv("COLUMNS", "3")
    assert width_of(FakeTerminal()) == MIN_WIDTH
    assert width_of(io.StringIO()) is None
    assert width_of(None) is None


@pytest.mark.parametrize(
    ("variables", "is_wanted"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_environment_can_switch_colors_off(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_wanted: bool
) -> None:
    """NO_COLOR and a dumb terminal switch colours off."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_color_wanted() == is_wanted


@pytest.mark.parametrize("has_color", [True, False])
def test_colors_are_for_terminals(has_color: bool) -> None:
    """Colours are written to a terminal, if they are wanted, and never to a file."""
    text = colored("state", "Running", "Running")
    terminal, file = FakeTerminal(), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    write(text, terminal, has_color=has_color)
    assert terminal.getvalue() == (f"{text}\n" if has_color else "Running\n")
    write(text, file, has_color=has_color)
    assert file.buffer.getvalue() == b"Running\n"  # type: ignore[attr-defined]


def test_each_kind_of_state_has_a_color() -> None:
    """Only states have colours, and states that differ in kind have different ones."""
    shown = [colored("state", state, "x") for state in ("Running", "StartingUp", "StartupErrored", "Terminated")]
    assert len(set(shown)) == 4
    assert colored("state", "Stopped", "x") == shown[3]
    assert colored("name", "Running", "x") == "x"


def test_dumb_terminal_cannot_rewrite_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dumb terminal, a file and a closed stream cannot rewrite lines in place."""
    monkeypatch.setenv("TERM", "xterm")
    assert can_rewrite_lines(FakeTerminal())
    assert not can_rewrite_lines(io.StringIO())
    assert not can_rewrite_lines(None)
    monkeypatch.setenv("TERM", "dumb")
    assert not can_rewrite_lines(FakeTerminal())


def test_closed_stream_is_written_nothing() -> None:
    """Writing to a stream that the process was started without is no error."""
    write("a", None)
