"""Tests for `cli/mapping_parser.py`: YAML and JSON are parsed with lines, and never quoted in errors."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from anyscale_sessions.cli.mapping_parser import MAX_NESTING
from anyscale_sessions.cli.session_files import InvalidSessionFileError, read_session_file
from anyscale_sessions.create_session import CreateSession

from .conftest import Write
from .session_file_problems import (
    APP_CONFIG,
    APP_CONFIG_YAML,
    LINES_OF_APP_CONFIG,
    lone_problem_of,
    problems_of,
)


def nested(value: Any, levels: int) -> Any:
    """Return `value` inside lists or mappings, so that it is that many levels deep."""
    for _ in range(levels - 1):
        value = [value] if isinstance(value, list) else {"a": value}
    return value


@pytest.mark.parametrize("indent", [None, 2, "\t"], ids=["one line", "spaces", "tabs"])
def test_json_is_parsed(write: Write, indent: int | str | None) -> None:
    """A JSON file gives the session that its fields describe, including tabs, escaped slashes and emojis."""
    fields = APP_CONFIG | {"name": "nightly 🌒/1"}
    text = json.dumps(fields, indent=indent).replace("/", "\\/")
    assert "\\ud83c" in text
    assert read_session_file(write(text)) == CreateSession(**fields)


def test_flow_mapping_is_parsed_as_yaml(write: Write) -> None:
    """A file in braces that is not JSON is parsed as YAML."""
    text = "{name: nightly, project_id: prj_1, uses_app_config: true, build_id: bld_1, compute_template_id: cpt_1}"
    assert read_session_file(write(text)) == CreateSession(**APP_CONFIG)


@pytest.mark.parametrize("text", ["name: a\nname: a\n", '{"name": "a",\n "name": "a"}', "{name: a,\n name: a}"])
def test_repeated_name_is_refused(write: Write, text: str) -> None:
    """A field that is set twice is refused, even with the same value, and both lines are named."""
    line, field, rule, _ = next(problem for problem in problems_of(write(text)) if problem[0] is not None)
    assert (line, field) == (2, "name")
    assert "line 1" in rule


@pytest.mark.parametrize("field", ["name", "idle_timeout", "nmae"])
@pytest.mark.parametrize("word", ["012", "-012", "1_000", "1:30", "0b11", "0x1_F", "[5, {a: 012}]"])
def test_ambiguous_number_is_refused(write: Write, field: str, word: str) -> None:
    """A number that YAML 1.1 and YAML 1.2 read differently is refused."""
    text = "".join(line for line in APP_CONFIG_YAML.splitlines(keepends=True) if not line.startswith(f"{field}:"))
    problems = problems_of(write(text + f"{field}: {word}\n"))
    assert {refused for _, refused, _, _ in problems} == {field}
    (rule,) = [rule for _, _, rule, remedy in problems if "quotes" in remedy]
    assert "YAML 1.2" in rule


@pytest.mark.parametrize(("word", "minutes"), [("0", 0), ("-1", -1), ("+5", 5), ("90", 90), ("0x1F", 31)])
def test_unambiguous_number_is_parsed(write: Write, word: str, minutes: int) -> None:
    """A number that all versions of YAML read alike is parsed."""
    assert read_session_file(write(APP_CONFIG_YAML + f"idle_timeout: {word}\n")).idle_timeout == minutes


@pytest.mark.parametrize("word", ["true", "True", "on", "yes"])
def test_yaml_booleans_are_parsed(write: Write, word: str) -> None:
    """The words of YAML 1.1 for true are parsed as booleans."""
    text = APP_CONFIG_YAML.replace("uses_app_config: true", f"uses_app_config: {word}")
    assert text.count(word) >= 1
    assert read_session_file(write(text)) == CreateSession(**APP_CONFIG)


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:os.system [true]",
        "!mine a",
        "!!int a",
        "!!bool maybe",
        "!!timestamp a",
        "2024-13-45",
        "!!binary a",
    ],
)
def test_unparsable_value_is_one_problem(write: Write, value: str) -> None:
    """A value that YAML cannot parse safely is reported once with its line, beside the other problems of the file."""
    text = APP_CONFIG_YAML.replace("name: nightly", f"name: {value}") + "nmae: x\n"
    assert [(line, field) for line, field, _, _ in problems_of(write(text))] == [
        (1, "name"),
        (LINES_OF_APP_CONFIG + 1, "nmae"),
    ]


def test_unknown_name_with_an_unparsable_value(write: Write) -> None:
    """An unknown field with a value that cannot be parsed has two problems."""
    assert [(line, field) for line, field, _, _ in problems_of(write(APP_CONFIG_YAML + "nmae: !mine x\n"))] == [
        (LINES_OF_APP_CONFIG + 1, "nmae")
    ] * 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: a\nproject_id: [b\n", 3),
        ("- a\nname: b", 2),
        ("name: a\nproject_id: *b", 2),
        ("a: b: c", 1),
        ("name: a\n---\nname: b", 2),
        ("name: a\nx: \x01", 2),
        ('{"name": "a",\n "project_id" "b"}', 2),
        ('{"name": "a",\n\t"project_id": "b"', 2),
        ("{name: a,\n project_id: [b", 2),
        ("? [a]\n: b", 1),
        ("", 1),
        ("# nothing", 1),
        ("[a]", 1),
        ("name", 1),
        ("3", 1),
        ("null", 1),
    ],
)
def test_malformed_file_is_refused_with_its_line(write: Write, text: str, line: int) -> None:
    """A file that is not a mapping in YAML or JSON is refused with the line of the error."""
    assert lone_problem_of(write(text))[:2] == (line, "")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        '{"a":' * 100_000,
        "a: " + "{b: " * 5000,
        "name: " + "[" * MAX_NESTING + "]" * MAX_NESTING,
        json.dumps({"name": nested([], MAX_NESTING)}),
        json.dumps({"name": nested({}, MAX_NESTING)}),
    ],
)
def test_deep_nesting_is_refused(write: Write, text: str) -> None:
    """Nesting that is too deep or never ends is refused."""
    assert "nesting" in lone_problem_of(write(text))[2]


def test_nesting_within_the_limit_is_parsed(write: Write) -> None:
    """Nesting within the limit is parsed, and refused only by the type of the field."""
    value = "[" * (MAX_NESTING - 2) + "]" * (MAX_NESTING - 2)
    for text in (f"name: {value}", f'{{"name": {value}}}'):
        assert "name" in {field for _, field, _, _ in problems_of(write(text))}


@pytest.mark.parametrize(
    "lines",
    [
        ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)), "name: *a19"],
        ["a0: &a0 {x: y}", *(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12))],
        ["a: b", "name: &a [*a]"],
        ["a: &b {c: d}", "<<: *b"],
    ],
    ids=["lists", "merged mappings", "a list of itself", "merged into the session"],
)
def test_alias_of_a_collection_is_refused(write: Write, lines: list[str]) -> None:
    """An alias of a list or a mapping is refused, so that no small file becomes a large value."""
    line, field, rule, _ = lone_problem_of(write("\n".join(lines)))
    assert (line, field) == (2, "")
    assert "alias" in rule


def test_alias_of_a_scalar_is_parsed(write: Write) -> None:
    """An alias of a single value has that value."""
    text = APP_CONFIG_YAML.replace("bld_1", "&one one").replace("cpt_1", "*one")
    assert read_session_file(write(text)).compute_template_id == "one"


def test_base_60_number_is_not_computed(write: Write) -> None:
    """A long number in base 60 (YAML 1.1) is refused without computing its value."""
    lone = "1" + ":1" * 400_000
    assert problems_of(write(f"name: {lone}\n"))[0][:2] == (1, "name")


def test_number_with_too_many_digits_is_refused(write: Write) -> None:
    """A number with more digits than Python converts is refused with its line."""
    digits = "1" * (sys.get_int_max_str_digits() + 1)
    text = json.dumps(APP_CONFIG, indent=1).replace("{", '{\n"idle_timeout": ' + digits + ",")
    assert lone_problem_of(write(text))[:2] == (2, "idle_timeout")


SECRET = "Zk9" * 14 + "A"


@pytest.mark.parametrize(
    "text",
    [
        f"user_service_token: *{SECRET}",
        f"user_service_token: !{SECRET} a",
        f"user_service_token: !{SECRET}!x a",
        f"user_service_token: &{SECRET}\nname: &{SECRET} b",
        f'user_service_token: "{SECRET}\\q"',
        f"user_service_token: {SECRET}: {SECRET}",
        f"user_service_token {SECRET}\nname: a",
        f"- {SECRET}",
        SECRET,
        f"user_service_token: !!int {SECRET}",
        f"user_service_token: !!float {SECRET}",
        f"user_service_token: !!timestamp {SECRET}",
        f"user_service_token: [{SECRET}]",
        f"user_service_token: {SECRET}-",
        f"user_service_access: {SECRET}",
        f"idle_timeout: {SECRET}",
        f'{{"user_service_token": "{SECRET}" "x"}}',
        f'{{"user_service_token": ["{SECRET}"]}}',
        f"%{SECRET}\n--- a",
        f"%TAG !{SECRET}! a\n%TAG !{SECRET}! b\n--- a",
        f"user_service_token: {SECRET}\x01",
        f"user_service_token: |{SECRET}",
        f"cluster_config: {{access: {SECRET}}}",
    ],
)
def test_errors_never_quote_values(write: Write, text: str) -> None:
    """An error never quotes a value of the file, because the value may be a secret in the wrong field."""
    with pytest.raises(InvalidSessionFileError) as caught:
        read_session_file(write(text))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\n\tb: 2\n", 2), ("a:\n  - 1\n\t- 2\n", 3), ("a:\tb\nc: \td: e", 1), ("\ta: 1", 1), ("a: 1\n \tb: 2\n", 2)],
)
def test_tab_is_reported_as_a_tab(write: Write, text: str, line: int) -> None:
    """A tab where YAML allows only spaces is reported as a tab, with its line."""
    found, _, rule, _ = lone_problem_of(write(text))
    assert (found, rule.rpartition(": ")[2]) == (line, "it has a tab where YAML allows only spaces")
