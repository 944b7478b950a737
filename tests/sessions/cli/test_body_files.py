"""Tests for `cli/body_files.py`: the body of an operation from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from anyscale_sessions import UpdateSession
from anyscale_sessions.cli import body_files
from anyscale_sessions.cli.body_files import read_body
from anyscale_sessions.cli.errors import CommandError
from anyscale_sessions.cli.mapping_parser import MappingSyntaxError

from .conftest import Run, Write, raise_


@pytest.mark.parametrize("text", ["idle_timeout: 5\n", '{"idle_timeout": 5}', "\ufeffidle_timeout: 5"])
def test_object_is_yaml_or_json(write: Write, text: str) -> None:
    """The fields of an object are YAML or JSON."""
    assert read_body(write(text), UpdateSession) == {"idle_timeout": 5}


def test_other_bodies_are_bytes_or_json(write: Write) -> None:
    """A body of bytes is the content of the file, and any other value is JSON."""
    assert read_body(write(b"\xff\x00"), bytes) == b"\xff\x00"
    assert read_body(write("[1]"), list[int]) == [1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a: 1\na: 2\n", "line 2: a: is set twice"),
        ("a: !x 1\n", "line 1: a: has a value that cannot be parsed"),
        ("- a\n", "line 1: must be a YAML or JSON mapping"),
        ("a:\n\tb: 1", "line 2: must be a YAML or JSON mapping of the body's fields: it has a tab"),
        ("a: \x00", "control character"),
        (b"a: \xff", "must be UTF-8 text"),
    ],
)
def test_invalid_object_is_refused(write: Write, content: str | bytes, problem: str) -> None:
    """A file that does not hold an object is refused with its line."""
    with pytest.raises(CommandError, match=problem.replace("(", r"\(")):
        read_body(write(content), UpdateSession)


def test_invalid_json_is_refused(write: Write) -> None:
    """A value that is not JSON is refused, without quoting it."""
    with pytest.raises(CommandError, match=r"must be JSON$"):
        read_body(write("secret"), list[int])


def test_error_without_a_line(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem that has no line is reported without one."""
    monkeypatch.setattr(body_files, "parse_mapping", lambda _: raise_(MappingSyntaxError("it is empty")))
    with pytest.raises(CommandError, match=r"session.yaml: must be a YAML or JSON mapping.*: it is empty"):
        read_body(write("a: 1"), UpdateSession)


def test_unusable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read, or is too long, is refused."""
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        read_body(str(tmp_path / "missing"), UpdateSession)
    (tmp_path / "long").write_text("a: 1")
    monkeypatch.setattr(body_files, "MAX_FILE_BYTES", 3)
    with pytest.raises(CommandError, match="must be at most 3 bytes"):
        read_body(str(tmp_path / "long"), UpdateSession)


def test_body_from_standard_input(run_apart: Run, tmp_path: Path) -> None:
    """`--body -` reads standard input."""
    (tmp_path / "input").write_text('{"name": "a"}')
    with (tmp_path / "input").open() as stdin:
        ended = run_apart("api", "create_session", "--body", "-", "-o", "json", stdin=stdin)
    assert (ended.code, ended.error["type"]) == (2, "InvalidSessionError")
    with (tmp_path / "input").open("w") as unreadable:
        ended = run_apart("api", "create_session", "--body", "-", stdin=unreadable)
    assert (ended.code, ended.err) == (2, "Error: standard input cannot be read: Bad file descriptor\n")
