"""How results, errors and progress are written."""

from __future__ import annotations

import io
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import OperationResult, Session, SessionOperation
from anyscale_sessions.cli.fields import visible_fields, secret_field_names
from anyscale_sessions.cli.output import TextOutput, output_for, printable
from anyscale_sessions_api import models
from anyscale_sessions_api.types import Model


@given(st.text())
def test_text_of_others_cannot_steer_a_terminal(text: str) -> None:
    """Control characters, line breaks and marks that reorder text are written as escapes; the rest stays."""
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    assert shown == text or not text.isprintable()


def test_escapes_are_readable() -> None:
    """An escape says which character it stands for."""
    assert printable("a\x1b[2Jb\n\u202ec\ud800") == "a\\x1b[2Jb\\n\\u202ec\\ud800"


def test_server_texts_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """Values in facts, tables, steps, warnings and errors are escaped."""
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


def test_lines_of_an_error_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of several lines is told in several lines."""
    TextOutput().fail({"message": "two problems\n  - one\n  - two"})
    assert capsys.readouterr().err == "Error: two problems\n  - one\n  - two\n"


def test_progress_elsewhere_tells_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal, progress is a line for each change."""
    with TextOutput().progress() as report:
        for text in ("one", "one", "two", "two", "one"):
            report(text)
    assert capsys.readouterr().err == "one\ntwo\none\n"


def test_progress_is_nothing_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs are not told of progress."""
    with output_for("json").progress() as report:
        report("one")
    assert capsys.readouterr() == ("", "")


def test_what_an_encoding_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that standard output cannot carry is written as an escape."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    TextOutput().show({"name": "nächtlich"})
    assert stream.buffer.getvalue() == b"name  n\\xe4chtlich\n"  # type: ignore[attr-defined]


def test_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without things is its header."""
    TextOutput().show_all([], ["id", "name"])
    assert capsys.readouterr().out == "id  name\n"


def test_values_that_are_missing_or_empty(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing value is shown as a dash, and empty text as empty quotes, so that no column is blank."""
    TextOutput().show_all([{"id": "ses_1"}, {"id": None, "name": ""}], ["id", "name"])
    assert capsys.readouterr().out == 'id     name\nses_1  -\n-      ""\n'


def test_every_field_that_the_spec_marks_is_secret() -> None:
    """A field is secret if the generated code keeps it out of `repr`, in whichever model; these are known ones."""
    assert {
        "access_token",
        "anyscaled_config",
        "cluster_config",
        "connect_url",
        "ssh_private_key",
        "user_service_token",
        "webterminal_auth_url",
    } <= secret_field_names()
    assert {"id", "name", "state", "user_service_url"}.isdisjoint(secret_field_names())


@pytest.mark.parametrize("show_token", [False, True])
def test_no_secret_of_any_model_is_a_fact(show_token: bool) -> None:
    """Whatever the model, the facts leave its secrets out, but for a user service token that is asked for."""
    secret = "planted"
    for name in models.__all__:
        kind = getattr(models, name)
        if not (isinstance(kind, type) and issubclass(kind, Model)):
            continue
        secrets = {field.name: secret for field in attrs.fields(kind) if not field.repr}
        needed = {field.name: "a" for field in attrs.fields(kind) if field.default is attrs.NOTHING}
        facts = visible_fields(kind(**needed | secrets), show_token=show_token)
        shown = {field for field, value in facts.items() if value == secret}
        assert shown == ({"user_service_token"} & set(secrets) if show_token else set())


def test_secrets_in_open_objects_are_left_out() -> None:
    """Secrets inside of objects and lists whose shape the spec leaves open are left out by their names."""
    data = {"id": "ses_1", "access_token": "planted", "nodes": [{"ssh_private_key": "planted", "ip": "10.0.0.1"}, 3]}
    operation = SessionOperation(id="op_1", result=OperationResult(data=data))
    facts = visible_fields(operation)
    assert "planted" not in str(facts)
    assert facts["result"] == {"data": {"id": "ses_1", "nodes": [{"ip": "10.0.0.1"}, 3]}}


def test_facts_are_those_of_the_wire() -> None:
    """Fields carry the names and values of the wire, and leave out what is not given."""
    assert visible_fields(Session.from_dict({"id": "ses_1", "created_at": "2026-01-02T03:04:05Z", "state": "New"})) == {
        "id": "ses_1",
        "created_at": "2026-01-02T03:04:05Z",
        "state": "New",
        "idle_timeout": 120,
        "uses_app_config": False,
        "allow_public_internet_traffic": False,
    }
