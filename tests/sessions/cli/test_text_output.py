"""Tests for `cli/text_output.py`: how results, errors and progress are written for people."""

from __future__ import annotations

import io
import json
import sys

import pytest

from anyscale_sessions.cli.errors import CommandError
from anyscale_sessions.cli.query import parse_query
from anyscale_sessions.cli.text_output import NameOutput, TextOutput

from .conftest import Run, answering, response_of


def test_every_kind_of_output_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """Values are escaped in objects, tables, steps, results, warnings, errors and progress."""
    output = TextOutput()
    bell = "a\ab"
    output.show({"name": bell})
    output.show_all([{"name": bell}], ["name"])
    output.step("step", bell, {"name": bell})
    output.stream(["name"])({"name": bell})
    output.show_value(bell)
    output.conclude(bell, {})
    output.note(bell, {})
    output.warn("Kind", bell)
    output.fail({"message": bell})
    with output.progress() as report:
        report(bell)
    captured = capsys.readouterr()
    assert "\a" not in captured.out + captured.err
    assert (captured.out + captured.err).count("a\\x07b") == 11


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


QUERIED = [
    ("id", {"id": "ses_1"}, "ses_1\n"),
    ("@", {"id": "ses_1", "n": 1}, "id  ses_1\nn   1\n"),
    ("[].id", [{"id": "a"}, {"id": "b"}], "a\nb\n"),
    ("[]", [{"id": "a"}, {"id": "b", "n": 1}], "id  n\na   -\nb   1\n"),
    ("[]", [], ""),
    ("missing", {"id": "ses_1"}, "-\n"),
]


@pytest.mark.parametrize(("query", "value", "shown"), QUERIED)
def test_result_of_a_query(capsys: pytest.CaptureFixture[str], query: str, value: object, shown: str) -> None:
    """The result of a query is shown as fields, as a table, as a line for each item, or as itself."""
    output = TextOutput(parse_query(query))
    output.show_value(value)
    assert capsys.readouterr().out == shown


def test_query_applies_to_every_result(capsys: pytest.CaptureFixture[str]) -> None:
    """A query applies to an object, to each object of a stream, and to the fields of a sentence."""
    for output in (TextOutput(parse_query("id")), NameOutput(parse_query("id"))):
        output.show({"id": "a"})
        output.stream(["id"])({"id": "b"})
        output.conclude("a sentence", {"id": "c"})
        assert capsys.readouterr().out == "a\nb\nc\n"
    for output in (TextOutput(parse_query("[].id")), NameOutput(parse_query("[].id"))):
        output.show_all([{"id": "a"}, {"id": "b"}], ["id"])
        assert capsys.readouterr().out == "a\nb\n"


def test_stream_writes_its_header_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A stream writes its header with its first row."""
    write = TextOutput().stream(["id", "name"])
    assert capsys.readouterr().out == ""
    write({"id": "ses_1", "name": "a"})
    write({"id": "ses_12", "name": "b"})
    assert capsys.readouterr().out == "id     name\nses_1  a\nses_12  b\n"


def test_names_are_the_ids(capsys: pytest.CaptureFixture[str]) -> None:
    """`NameOutput` writes the ids of the results, one a line, and a sentence as it is."""
    output = NameOutput()
    output.show({"id": "ses_1", "name": "a"})
    output.show_all([{"id": "ses_2"}, {"name": "b"}, {"number": 3}], ["id"])
    output.stream(["id"])({"id": "ses_4"})
    output.show_all([], ["id"])
    output.conclude("Deleted.", {"id": "ses_5"})
    assert capsys.readouterr().out == "ses_1\nses_2\nb\n3\nses_4\nDeleted.\n"


def test_result_without_an_id_is_refused_as_a_name() -> None:
    """A result without an id cannot be written by `NameOutput`, and the message names another output."""
    with pytest.raises(CommandError, match="--output json"):
        NameOutput().show({"timestamp": "now"})
