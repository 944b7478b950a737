"""`create -f`: files that describe a session, and what is said of those that do not."""

from __future__ import annotations

import json
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions.cli.mapping_parser import MAX_NESTING
from anyscale_sessions.cli.session_files import (
    MAX_FILE_BYTES,
    FileProblem,
    InvalidSessionFileError,
    read_session_file,
)
from anyscale_sessions.create_session import CreateSession

Write: TypeAlias = Callable[[str | bytes], str]

EXAMPLES = Path(__file__).parents[3] / "examples"
APP_CONFIG: dict[str, Any] = {
    "name": "nightly",
    "project_id": "prj_1",
    "uses_app_config": True,
    "build_id": "bld_1",
    "compute_template_id": "cpt_1",
}
APP_CONFIG_YAML = yaml.safe_dump(APP_CONFIG, sort_keys=False)
LINES_OF_APP_CONFIG = len(APP_CONFIG)


def nested(value: Any, levels: int) -> Any:
    """Lists or mappings, like the innermost `value`, of that many levels more."""
    for _ in range(levels - 1):
        value = [value] if isinstance(value, list) else {"a": value}
    return value


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file with this content; return its name."""

    def write_file(content: str | bytes) -> str:
        file = tmp_path / "session.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return write_file


def problems_of(file: str) -> list[tuple[int | None, str, str, str]]:
    """The line, field, rule and remedy of each problem with a file."""
    with pytest.raises(InvalidSessionFileError) as caught:
        read_session_file(file)
    problems = [problem for problem in caught.value.problems if isinstance(problem, FileProblem)]
    assert len(problems) == len(caught.value.problems)
    assert {problem.file for problem in problems} == {file}
    assert str(caught.value).startswith(f"{file}: {len(problems)} problem")
    assert all(str(problem) in str(caught.value) for problem in problems)
    return [(problem.line, problem.field, problem.rule, problem.remedy) for problem in problems]


def lone_problem_of(file: str) -> tuple[int | None, str, str, str]:
    """The line, field, rule and remedy of the only problem with a file."""
    (problem,) = problems_of(file)
    return problem


def test_yaml_is_read(write: Write) -> None:
    """A YAML file gives the session that its fields describe."""
    assert read_session_file(write(APP_CONFIG_YAML)) == CreateSession(**APP_CONFIG)


@pytest.mark.parametrize("indent", [None, 2, "\t"], ids=["one line", "spaces", "tabs"])
def test_json_is_read(write: Write, indent: int | str | None) -> None:
    """A JSON file gives the session that its fields describe, tabs, escaped slashes and emojis included."""
    fields = APP_CONFIG | {"name": "nightly 🌒/1"}
    text = json.dumps(fields, indent=indent).replace("/", "\\/")
    assert "\\ud83c" in text
    assert read_session_file(write(text)) == CreateSession(**fields)


def test_flow_mapping_is_read_as_yaml(write: Write) -> None:
    """A file in braces that is not JSON may still be YAML."""
    text = "{name: nightly, project_id: prj_1, uses_app_config: true, build_id: bld_1, compute_template_id: cpt_1}"
    assert read_session_file(write(text)) == CreateSession(**APP_CONFIG)


def test_byte_order_mark_is_skipped(write: Write) -> None:
    """A file may begin with a byte order mark, as some editors write it."""
    assert read_session_file(write("\ufeff" + APP_CONFIG_YAML)) == CreateSession(**APP_CONFIG)
    assert read_session_file(write("\ufeff" + json.dumps(APP_CONFIG))) == CreateSession(**APP_CONFIG)


def test_null_means_not_given(write: Write) -> None:
    """A field without a value is one that is not given."""
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
def test_what_is_dumped_is_read(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, Any], dump: Callable[[Any], str]
) -> None:
    """Whatever the fields, JSON and YAML as programs write them give the same session."""
    file = tmp_path_factory.mktemp("dumped") / "session"
    file.write_text(dump(fields), encoding="utf-8")
    assert read_session_file(str(file)).to_dict() == CreateSession(**fields).to_dict()


@pytest.mark.parametrize("name", ["app-config.yaml", "cluster-config.yaml"])
def test_examples_are_valid(name: str) -> None:
    """The examples are sessions."""
    assert isinstance(read_session_file(str(EXAMPLES / name)), CreateSession)


def test_example_holds_a_cluster_yaml() -> None:
    """The cluster config of the example is Ray cluster YAML, whose head is one of its node types."""
    session = read_session_file(str(EXAMPLES / "cluster-config.yaml"))
    cluster = yaml.safe_load(session.cluster_config or "")
    assert cluster["provider"]["type"] == "aws"
    assert cluster["head_node_type"] in cluster["available_node_types"]
    assert len(cluster["available_node_types"]) > 1


def test_all_problems_are_told_at_once(write: Write) -> None:
    """Unknown names, names given twice, wrong types and missing fields are told together, in the order of the file."""
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


def test_unknown_name_is_answered_with_the_nearest(write: Write) -> None:
    """For an unknown field the nearest known one is suggested."""
    line, field, _, remedy = lone_problem_of(write(APP_CONFIG_YAML + "idle_timeuot: 5\n"))
    assert (line, field) == (LINES_OF_APP_CONFIG + 1, "idle_timeuot")
    assert "idle_timeout" in remedy


@pytest.mark.parametrize("name", ["self", "cls", "", "<<", "1", "fields", "of", "__class__"])
def test_any_other_name_is_unknown(write: Write, name: str) -> None:
    """No name but a field's is taken, whatever it means to Python or YAML."""
    assert lone_problem_of(write(APP_CONFIG_YAML + f'"{name}": x\n'))[:2] == (LINES_OF_APP_CONFIG + 1, name)


@pytest.mark.parametrize("text", ["name: a\nname: a\n", '{"name": "a",\n "name": "a"}', "{name: a,\n name: a}"])
def test_name_given_twice_is_refused(write: Write, text: str) -> None:
    """A field that is given twice is refused, even with the same value; both lines are named."""
    line, field, rule, _ = next(problem for problem in problems_of(write(text)) if problem[0] is not None)
    assert (line, field) == (2, "name")
    assert "line 1" in rule


@pytest.mark.parametrize("value", ["2024-01-01", "2024-01-01 10:00:00", "5", "1.5", "true", "no", "0x1F", ".nan"])
def test_text_that_yaml_reads_otherwise_needs_quotes(write: Write, value: str) -> None:
    """Where YAML makes a date, a number or a truth value of what must be text, the remedy is to put it in quotes."""
    line, field, _, remedy = lone_problem_of(write(APP_CONFIG_YAML.replace("name: nightly", f"name: {value}")))
    assert (line, field) == (1, "name")
    assert "quotes" in remedy
    assert read_session_file(write(APP_CONFIG_YAML.replace("name: nightly", f'name: "{value}"'))).name == value


@pytest.mark.parametrize("field", ["name", "idle_timeout", "nmae"])
@pytest.mark.parametrize("word", ["012", "-012", "1_000", "1:30", "0b11", "0x1_F", "[5, {a: 012}]"])
def test_number_that_versions_of_yaml_read_differently_is_refused(write: Write, field: str, word: str) -> None:
    """What is one number to YAML 1.1, and another one or text to YAML 1.2, is refused, since it is clear to nobody."""
    text = "".join(line for line in APP_CONFIG_YAML.splitlines(keepends=True) if not line.startswith(f"{field}:"))
    problems = problems_of(write(text + f"{field}: {word}\n"))
    assert {refused for _, refused, _, _ in problems} == {field}
    (rule,) = [rule for _, _, rule, remedy in problems if "quotes" in remedy]
    assert "YAML 1.2" in rule


@pytest.mark.parametrize(("word", "minutes"), [("0", 0), ("-1", -1), ("+5", 5), ("90", 90), ("0x1F", 31)])
def test_plain_number_is_read(write: Write, word: str, minutes: int) -> None:
    """A number that every version of YAML reads alike is read."""
    assert read_session_file(write(APP_CONFIG_YAML + f"idle_timeout: {word}\n")).idle_timeout == minutes


@pytest.mark.parametrize("word", ["true", "True", "on", "yes"])
def test_truth_value_is_read(write: Write, word: str) -> None:
    """YAML's words for true are read where a truth value is wanted."""
    text = APP_CONFIG_YAML.replace("uses_app_config: true", f"uses_app_config: {word}")
    assert text.count(word) >= 1
    assert read_session_file(write(text)) == CreateSession(**APP_CONFIG)


@pytest.mark.parametrize("text", ["a: 1\n", json.dumps({"a": {"b": [1]}})])
def test_cluster_config_that_is_no_text_is_told_how_to_become_it(write: Write, text: str) -> None:
    """Where cluster YAML stands as it is, the remedy says how to make text of it; no other field gets that remedy."""
    start = "name: {a: 1}\nproject_id: prj_1\ncloud_id: cld_1\ncluster_config:\n  "
    remedies = {field: remedy for _, field, _, remedy in problems_of(write(start + text))}
    assert set(remedies) == {"name", "cluster_config"}
    assert "cluster_config: |" in remedies["cluster_config"]
    assert "|" not in remedies["name"]


def test_json_number_that_must_be_text_needs_quotes(write: Write) -> None:
    """The same remedy is told for JSON."""
    line, field, _, remedy = lone_problem_of(write(json.dumps(APP_CONFIG | {"name": 5}, indent=2)))
    assert (line, field) == (2, "name")
    assert "quotes" in remedy


@pytest.mark.parametrize("given_value", ["user_service_token: 12", "idle_timeout: 2024-01-01", "name: [a]", "name:"])
def test_quotes_are_no_remedy_where_text_is_wrong_too(write: Write, given_value: str) -> None:
    """Quotes are not suggested where they would not help."""
    field, _, _ = given_value.partition(":")
    text = "".join(line for line in APP_CONFIG_YAML.splitlines(keepends=True) if not line.startswith(f"{field}:"))
    _, refused, _, remedy = lone_problem_of(write(text + given_value + "\n"))
    assert refused == field
    assert "quotes" not in remedy


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
def test_value_that_cannot_be_read_is_one_problem(write: Write, value: str) -> None:
    """A value that YAML cannot read safely is told with its line, once, beside the file's other problems."""
    text = APP_CONFIG_YAML.replace("name: nightly", f"name: {value}") + "nmae: x\n"
    assert [(line, field) for line, field, _, _ in problems_of(write(text))] == [
        (1, "name"),
        (LINES_OF_APP_CONFIG + 1, "nmae"),
    ]


def test_unknown_name_with_a_value_that_cannot_be_read(write: Write) -> None:
    """A member may have two problems."""
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
def test_malformed_file_is_told_with_its_line(write: Write, text: str, line: int) -> None:
    """A file that is neither YAML nor JSON, or no mapping, is refused with the line in which that shows."""
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
def test_nesting_too_deep(write: Write, text: str) -> None:
    """Nesting that is too deep, or without end, is refused."""
    assert "nesting" in lone_problem_of(write(text))[2]


def test_deep_nesting_is_read(write: Write) -> None:
    """Nesting that is not too deep for the file is refused only where the field wants none."""
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
def test_alias_that_could_multiply_is_refused(write: Write, lines: list[str]) -> None:
    """An alias of a list or a mapping is refused, so that no small file becomes a large value."""
    line, field, rule, _ = lone_problem_of(write("\n".join(lines)))
    assert (line, field) == (2, "")
    assert "alias" in rule


def test_alias_of_a_single_value_is_read(write: Write) -> None:
    """An alias of a text stands for the text."""
    text = APP_CONFIG_YAML.replace("bld_1", "&one one").replace("cpt_1", "*one")
    assert read_session_file(write(text)).compute_template_id == "one"


def test_number_in_sixties_is_not_reckoned(write: Write) -> None:
    """A number that YAML 1.1 writes in base sixty, of any length, is refused without working it out."""
    lone = "1" + ":1" * 400_000
    assert problems_of(write(f"name: {lone}\n"))[0][:2] == (1, "name")


def test_valid_file_that_gives_a_name_twice(write: Write) -> None:
    """A name given twice is the only problem of a file that is right but for it."""
    assert lone_problem_of(write(APP_CONFIG_YAML + "name: b\n"))[:2] == (LINES_OF_APP_CONFIG + 1, "name")


def test_new_field_of_the_spec_is_read(write: Write) -> None:
    """A field that the spec gains is read from files without a change to this package."""
    code = """
import sys
import attrs
from anyscale_sessions_api.models import create_session

@attrs.define(kw_only=True, weakref_slot=False)
class CreateSession(create_session.CreateSession):
    __module__ = create_session.__name__
    priority: int | None = None

create_session.CreateSession = CreateSession
from anyscale_sessions.cli.session_files import read_session_file
print(read_session_file(sys.argv[1]).to_dict()["priority"])
"""
    command = [sys.executable, "-c", code, write(APP_CONFIG_YAML + "priority: 7\n")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.stderr, ended.stdout) == ("", "7\n")


def test_number_too_long(write: Write) -> None:
    """A number of more digits than Python reads is refused with its line."""
    digits = "1" * (sys.get_int_max_str_digits() + 1)
    text = json.dumps(APP_CONFIG, indent=1).replace("{", '{\n"idle_timeout": ' + digits + ",")
    assert lone_problem_of(write(text))[:2] == (2, "idle_timeout")


@pytest.mark.parametrize("content", [b"name: a\nx: \xff", "name: a\nx".encode("utf-16"), b"\n\x80"])
def test_file_that_is_not_utf_8(write: Write, content: bytes) -> None:
    """A file that is not UTF-8 is refused with the line of the first byte that is not."""
    line, _, rule, _ = lone_problem_of(write(content))
    assert line == content[: content.find(max(content))].count(b"\n") + 1
    assert "UTF-8" in rule


def test_largest_file(write: Write) -> None:
    """A file may have as many bytes as the limit says, and no more."""
    text = APP_CONFIG_YAML + "#"
    largest = text + "x" * (MAX_FILE_BYTES - len(text))
    assert read_session_file(write(largest)) == CreateSession(**APP_CONFIG)
    assert f"{MAX_FILE_BYTES:,}" in lone_problem_of(write(largest + "x"))[2]


def test_endless_file_is_not_read_to_its_end() -> None:
    """Of a file without end no more than the limit is read."""
    assert f"{MAX_FILE_BYTES:,}" in lone_problem_of("/dev/zero")[2]


def test_missing_file(tmp_path: Path) -> None:
    """A file that does not exist, and a directory, are refused with the system's reason."""
    assert "No such file" in lone_problem_of(str(tmp_path / "none.yaml"))[2]
    assert "directory" in lone_problem_of(str(tmp_path))[2]


def test_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """A file that cannot be opened for any other reason is refused with the system's."""
    link = tmp_path / "link.yaml"
    link.symlink_to(link)
    assert "symbolic links" in lone_problem_of(str(link))[2]


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
def test_values_are_never_quoted(write: Write, text: str) -> None:
    """No value of the file is quoted in what is said of it: it may be a secret in the wrong place."""
    with pytest.raises(InvalidSessionFileError) as caught:
        read_session_file(write(text))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value.problems)


@given(st.text(max_size=60) | st.text("{}[]:,\"'\n\t-&*!#|>%@ \\abnametrue0123", max_size=60))
def test_any_text_is_a_session_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever a file holds, it gives a session or is refused with its problems."""
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    assert problems_of(str(file))
