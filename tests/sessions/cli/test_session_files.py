"""Tests for `cli/session_files.py`: files that describe a session, and the problems of those that do not."""

from __future__ import annotations

import json
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions.cli.session_files import MAX_FILE_BYTES, read_session_file
from anyscale_sessions.create_session import CreateSession

from .conftest import EXAMPLES, Write
from .session_file_problems import (
    APP_CONFIG,
    APP_CONFIG_YAML,
    LINES_OF_APP_CONFIG,
    lone_problem_of,
    problems_of,
)


def test_yaml_is_read(write: Write) -> None:
    """A YAML file gives the session that its fields describe."""
    assert read_session_file(write(APP_CONFIG_YAML)) == CreateSession(**APP_CONFIG)


def test_byte_order_mark_is_skipped(write: Write) -> None:
    """A file may begin with a byte order mark, as some editors write it."""
    assert read_session_file(write("\ufeff" + APP_CONFIG_YAML)) == CreateSession(**APP_CONFIG)
    assert read_session_file(write("\ufeff" + json.dumps(APP_CONFIG))) == CreateSession(**APP_CONFIG)


def test_null_means_not_set(write: Write) -> None:
    """A field with null as its value is not set."""
    assert read_session_file(write(APP_CONFIG_YAML + "cloud_id:\nha_job_id: null\n")) == CreateSession(**APP_CONFIG)


@given(
    fields=st.fixed_dictionaries(
        {
            "name": st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(
                str.strip
            ),
            "project_id": st.text(string.ascii_letters + string.digits, min_size=1, max_size=20),
            "cloud_id": st.text(string.ascii_letters + string.digits, min_size=1, max_size=20),
            "cluster_config": st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
            "idle_timeout": st.integers(-1, 2**63 - 1),
            "allow_public_internet_traffic": st.booleans(),
        }
    ),
    dump=st.sampled_from([json.dumps, yaml.safe_dump]),
)
def test_dumped_fields_are_read(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, Any], dump: Callable[[Any], str]
) -> None:
    """Any fields that a program dumps as JSON or YAML give the same session."""
    file = tmp_path_factory.mktemp("dumped") / "session"
    file.write_text(dump(fields), encoding="utf-8")
    assert read_session_file(str(file)).to_dict() == CreateSession(**fields).to_dict()


@pytest.mark.parametrize("name", ["app-config.yaml", "cluster-config.yaml"])
def test_examples_are_valid(name: str) -> None:
    """The example files describe valid sessions."""
    assert isinstance(read_session_file(str(EXAMPLES / name)), CreateSession)


def test_example_contains_a_cluster_config() -> None:
    """The cluster config of the example is Ray cluster YAML whose head node type is one of its node types."""
    session = read_session_file(str(EXAMPLES / "cluster-config.yaml"))
    cluster = yaml.safe_load(session.cluster_config or "")
    assert cluster["provider"]["type"] == "aws"
    assert cluster["head_node_type"] in cluster["available_node_types"]
    assert len(cluster["available_node_types"]) > 1


def test_all_problems_are_reported_at_once(write: Write) -> None:
    """Unknown names, repeated names, wrong types and missing fields are reported together, in the order of the file."""
    text = (
        "idle_timeuot: 5\nname: a\nuses_app_config: true\nidle_timeout: long\nname: b\nbuild_id: ' '\nproject_id: p\n"
    )
    assert [(line, field) for line, field, _, _ in problems_of(write(text))] == [
        (1, "idle_timeuot"),
        (4, "idle_timeout"),
        (5, "name"),
        (6, "build_id"),
        (None, "compute_template_id"),
    ]


def test_unknown_field_suggests_the_nearest(write: Write) -> None:
    """The problem of an unknown field suggests the nearest known field."""
    line, field, _, remedy = lone_problem_of(write(APP_CONFIG_YAML + "idle_timeuot: 5\n"))
    assert (line, field) == (LINES_OF_APP_CONFIG + 1, "idle_timeuot")
    assert "idle_timeout" in remedy


@pytest.mark.parametrize("name", ["self", "cls", "", "<<", "1", "fields", "of", "__class__"])
def test_special_names_are_unknown_fields(write: Write, name: str) -> None:
    """A name that means something to Python or YAML but is not a field is an unknown field."""
    assert lone_problem_of(write(APP_CONFIG_YAML + f'"{name}": x\n'))[:2] == (LINES_OF_APP_CONFIG + 1, name)


@pytest.mark.parametrize("value", ["2024-01-01", "2024-01-01 10:00:00", "5", "1.5", "true", "no", "0x1F", ".nan"])
def test_text_that_yaml_parses_as_another_type_needs_quotes(write: Write, value: str) -> None:
    """If YAML parses a text field as a date, a number or a boolean, the remedy is to put it in quotes."""
    line, field, _, remedy = lone_problem_of(write(APP_CONFIG_YAML.replace("name: nightly", f"name: {value}")))
    assert (line, field) == (1, "name")
    assert "quotes" in remedy
    assert read_session_file(write(APP_CONFIG_YAML.replace("name: nightly", f'name: "{value}"'))).name == value


@pytest.mark.parametrize("text", ["a: 1\n", json.dumps({"a": {"b": [1]}})])
def test_cluster_config_as_a_mapping_has_its_own_remedy(write: Write, text: str) -> None:
    """If the cluster config is a mapping, the remedy says how to write it as text; other fields get another remedy."""
    start = "name: {a: 1}\nproject_id: prj_1\ncloud_id: cld_1\ncluster_config:\n  "
    remedies = {field: remedy for _, field, _, remedy in problems_of(write(start + text))}
    assert set(remedies) == {"name", "cluster_config"}
    assert "cluster_config: |" in remedies["cluster_config"]
    assert "|" not in remedies["name"]


def test_json_number_that_must_be_text_needs_quotes(write: Write) -> None:
    """If a text field is a number in JSON, the remedy is to put it in quotes."""
    line, field, _, remedy = lone_problem_of(write(json.dumps(APP_CONFIG | {"name": 5}, indent=2)))
    assert (line, field) == (2, "name")
    assert "quotes" in remedy


@pytest.mark.parametrize("given_value", ["user_service_token: 12", "idle_timeout: 2024-01-01", "name: [a]", "name:"])
def test_quotes_are_not_suggested_where_text_is_invalid_too(write: Write, given_value: str) -> None:
    """The remedy does not suggest quotes if the value would be invalid as text too."""
    field, _, _ = given_value.partition(":")
    text = "".join(line for line in APP_CONFIG_YAML.splitlines(keepends=True) if not line.startswith(f"{field}:"))
    _, refused, _, remedy = lone_problem_of(write(text + given_value + "\n"))
    assert refused == field
    assert "quotes" not in remedy


def test_repeated_name_is_the_only_problem_of_a_valid_file(write: Write) -> None:
    """A repeated name is the only problem of a file that is valid otherwise."""
    assert lone_problem_of(write(APP_CONFIG_YAML + "name: b\n"))[:2] == (LINES_OF_APP_CONFIG + 1, "name")


def test_new_field_of_the_spec_is_read(write: Write) -> None:
    """A field that is added to the spec is read from files without a change to this package."""
    code = """
import sys
import attrs
from anyscale_sessions_api.models import create_session
from anyscale_sessions_api.types import Secret

@attrs.define(kw_only=True, weakref_slot=False)
class CreateSession(create_session.CreateSession):
    __module__ = create_session.__name__
    priority: int | None = None

class CheckedCreateSession(CreateSession):
    __slots__ = ()

    def __init__(self, **fields):
        self._validate_slow(Secret(((), fields)))

create_session.CreateSession, create_session.CheckedCreateSession = CreateSession, CheckedCreateSession
from anyscale_sessions.cli.session_files import read_session_file
print(read_session_file(sys.argv[1]).to_dict()["priority"])
"""
    command = [sys.executable, "-c", code, write(APP_CONFIG_YAML + "priority: 7\n")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.stderr, ended.stdout) == ("", "7\n")


@pytest.mark.parametrize("content", [b"name: a\nx: \xff", "name: a\nx".encode("utf-16"), b"\n\x80"])
def test_file_that_is_not_utf_8_is_refused(write: Write, content: bytes) -> None:
    """A file that is not UTF-8 is refused with the line of the first invalid byte."""
    line, _, rule, _ = lone_problem_of(write(content))
    assert line == content[: content.find(max(content))].count(b"\n") + 1
    assert "UTF-8" in rule


def test_file_above_the_limit_is_refused(write: Write) -> None:
    """A file may have as many bytes as the limit allows, and one more is refused."""
    text = APP_CONFIG_YAML + "#"
    largest = text + "x" * (MAX_FILE_BYTES - len(text))
    assert read_session_file(write(largest)) == CreateSession(**APP_CONFIG)
    assert f"{MAX_FILE_BYTES:,}" in lone_problem_of(write(largest + "x"))[2]


def test_endless_file_is_read_up_to_the_limit() -> None:
    """An endless file is read up to the limit and refused."""
    assert f"{MAX_FILE_BYTES:,}" in lone_problem_of("/dev/zero")[2]


def test_missing_file_and_directory_are_refused(tmp_path: Path) -> None:
    """A missing file and a directory are refused with the operating system's reason."""
    assert "No such file" in lone_problem_of(str(tmp_path / "none.yaml"))[2]
    assert "directory" in lone_problem_of(str(tmp_path))[2]


def test_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A file that cannot be opened is refused with the operating system's reason."""
    link = tmp_path / "link.yaml"
    link.symlink_to(link)
    assert "symbolic links" in lone_problem_of(str(link))[2]


@given(st.text(max_size=60) | st.text("{}[]:,\"'\n\t-&*!#|>%@ \\abnametrue0123", max_size=60))
def test_any_text_is_a_session_or_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Any text in a file gives a session or an error with its problems."""
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    assert problems_of(str(file))
