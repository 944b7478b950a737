"""Tests for `cli/output.py`: how results, errors and progress are written."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions.cli.output import TextOutput, output_for, printable

from .conftest import Run, answering, response_of


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


def test_every_kind_of_output_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """Values are escaped in objects, tables, steps, results, warnings, errors and progress."""
    output = TextOutput()
    bell = "a\ab"
    output.show({"name": bell})
    output.show_all([{"name": bell}], ["name"])
    output.step("step", bell, {"name": bell})
    output.conclude(bell, {})
    output.warn("Kind", bell)
    output.fail({"message": bell})
    with output.progress() as report:
        report(bell)
    captured = capsys.readouterr()
    assert "\a" not in captured.out + captured.err
    assert (captured.out + captured.err).count("a\\x07b") == 8


def test_error_of_several_lines_is_written_in_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of several lines is written in several lines."""
    TextOutput().fail({"message": "two problems\n  - one\n  - two"})
    assert capsys.readouterr().err == "Error: two problems\n  - one\n  - two\n"


def test_progress_without_a_terminal_is_a_line_for_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal, progress is one line for each change."""
    with TextOutput().progress() as report:
        for text in ("one", "one", "two", "two", "one"):
            report(text)
    assert capsys.readouterr().err == "one\ntwo\none\n"


def test_json_output_has_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON output has no progress."""
    with output_for("json").progress() as report:
        report("one")
    assert capsys.readouterr() == ("", "")


def test_character_outside_of_the_encoding_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that the encoding of standard output does not have is escaped."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    TextOutput().show({"name": "nächtlich"})
    assert stream.buffer.getvalue() == b"name  n\\xe4chtlich\n"  # type: ignore[attr-defined]


def test_empty_table_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without rows is its header."""
    TextOutput().show_all([], ["id", "name"])
    assert capsys.readouterr().out == "id  name\n"


def test_missing_and_empty_values_are_visible(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing value is shown as a dash and an empty text as empty quotes, so that no column is blank."""
    TextOutput().show_all([{"id": "ses_1"}, {"id": None, "name": ""}], ["id", "name"])
    assert capsys.readouterr().out == 'id     name\nses_1  -\n-      ""\n'


@pytest.mark.usefixtures("token_for_any_host")
def test_text_of_a_server_cannot_control_a_terminal(run: Run) -> None:
    """The text of a server, in a session or in an error, cannot control a terminal."""
    session = {"id": "ses_1", "name": "a\x1b[2J\nb", "state": "New\a", "activity_details": {"\x1b": "\x1b"}}
    with answering(response_of(json.dumps({"result": session}).encode())) as host:
        ended = run("get", "ses_1", "--host", host)
        assert (ended.code, set(ended.out) & {"\x1b", "\a"}) == (0, set())
        assert "a\\x1b[2J\\nb" in ended.out
        assert run("get", "ses_1", "--host", host, "--output", "json").result["name"] == session["name"]
    detail = [{"loc": ["body", "name"], "msg": "bad \x1b[31m", "type": "x"}]
    with answering(response_of(json.dumps({"detail": detail}).encode(), "422 Unprocessable Entity")) as host:
        ended = run("get", "ses_1", "--host", host)
        assert (ended.code, "\x1b" in ended.err, "bad \\x1b[31m" in ended.err) == (3, False, True)
