"""Tests for `cli/data_output.py`: JSON and YAML."""

from __future__ import annotations

import json

import pytest
import yaml

from anyscale_sessions.cli.data_output import DataOutput, json_output, yaml_output
from anyscale_sessions.cli.query import Query, parse_query

FIELDS = {"id": "ses_1", "name": "n\u00e4chtlich\x1b"}


@pytest.mark.parametrize("make", [json_output, yaml_output])
def test_each_result_is_one_document(capsys: pytest.CaptureFixture[str], make: type[DataOutput]) -> None:
    """Each result is one document on standard output, without characters that could control a terminal."""
    output = make()
    for write, expected in (
        (lambda: output.show(FIELDS), FIELDS),
        (lambda: output.show_all([FIELDS], ["id"]), [FIELDS]),
        (lambda: output.show_value("a"), "a"),
        (lambda: output.conclude("A sentence.", FIELDS), FIELDS),
    ):
        write()
        captured = capsys.readouterr()
        assert yaml.safe_load(captured.out) == expected
        assert "\x1b" not in captured.out
        assert captured.err == ""


def test_stream_is_a_document_for_each_object(capsys: pytest.CaptureFixture[str]) -> None:
    """A stream is a line of JSON for each object, or a YAML document."""
    write = json_output().stream(["id"])
    write({"id": 1})
    write({"id": 2})
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"id": 1}, {"id": 2}]
    write = yaml_output().stream(["id"])
    write({"id": 1})
    write({"id": 2})
    assert list(yaml.safe_load_all(capsys.readouterr().out)) == [{"id": 1}, {"id": 2}]


def test_errors_warnings_and_notes_are_objects_with_one_member(capsys: pytest.CaptureFixture[str]) -> None:
    """An error, a warning and a note are objects with one member on standard error; a step is nothing."""
    output = json_output()
    output.step("create", "A sentence.", FIELDS)
    output.fail({"message": "bad"})
    output.warn("Kind", "careful")
    output.note("started", {"command_id": "scd_1"})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [json.loads(line) for line in captured.err.splitlines()] == [
        {"error": {"message": "bad"}},
        {"warning": {"type": "Kind", "message": "careful"}},
        {"note": {"message": "started", "command_id": "scd_1"}},
    ]


def test_there_is_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs are not shown progress."""
    with json_output().progress() as report:
        report("one")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("query", [parse_query("id")])
def test_query_selects_what_is_written(capsys: pytest.CaptureFixture[str], query: Query) -> None:
    """A query selects the part of each result that is written, and nothing of an error."""
    output = json_output(query)
    output.show(FIELDS)
    output.stream(["id"])(FIELDS)
    output.conclude("A sentence.", FIELDS)
    output.fail({"message": "bad"})
    captured = capsys.readouterr()
    assert captured.out == '"ses_1"\n' * 3
    assert json.loads(captured.err) == {"error": {"message": "bad"}}
