"""The command line of spec_diff, what is no difference, and what cannot be compared."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import spec_diff
from specdiff.finding import is_raised, next_version

ROOT = Path(__file__).resolve().parents[3]
SPEC = ROOT / "openapi.yaml"
Spec = dict[str, Any]
SMALL: Spec = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1.0.0"},
    "paths": {
        "/do": {
            "post": {
                "operationId": "do",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "string"}}}}},
            }
        }
    },
}


@cache
def real_spec() -> Spec:
    """What openapi.yaml holds."""
    return YAML(typ="safe", pure=True).load(SPEC.read_text("utf-8"))


def small(schema: Any, **components: Any) -> Spec:
    """A spec with one operation, which takes and answers the schema."""
    spec = copy.deepcopy(SMALL)
    operation = spec["paths"]["/do"]["post"]
    for holder in (operation["requestBody"], operation["responses"]["200"]):
        holder["content"]["application/json"]["schema"] = schema
    spec["components"] = {"schemas": components}
    return copy.deepcopy(spec)


def kinds(old: Spec, new: Spec) -> list[tuple[str, str]]:
    """What the findings are about, apart from the version."""
    return [(f.kind, f.breaks) for f in spec_diff.differences(old, new) if f.kind != "version"]


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """A function that writes a spec, or any text, to a file."""

    def write(name: str, content: Any) -> str:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    return write


def shuffled(node: Any, rng: random.Random) -> Any:
    """The same data, with the keys of each mapping in another order."""
    if isinstance(node, dict):
        items = list(node.items())
        rng.shuffle(items)
        return {key: shuffled(value, rng) for key, value in items}
    return [shuffled(value, rng) for value in node] if isinstance(node, list) else node


def inlined(spec: Spec, node: Any, within: tuple[str, ...] = ()) -> Any:
    """The same data, with what each reference stands for in its place; recursive ones stay."""
    if isinstance(node, list):
        return [inlined(spec, value, within) for value in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in within:
        target: Any = spec
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return inlined(spec, {**target, **rest}, (*within, reference))
    return {key: inlined(spec, value, within) for key, value in node.items()}


def test_the_spec_does_not_differ_from_itself() -> None:
    """The spec, in another order, or with every reference replaced by what it stands for, is the same spec."""
    spec = copy.deepcopy(real_spec())
    assert spec_diff.differences(spec, copy.deepcopy(spec)) == []
    assert spec_diff.differences(spec, shuffled(spec, random.Random(1))) == []
    flat = {**spec, "paths": inlined(spec, spec["paths"])}
    assert spec_diff.differences(spec, flat) == []
    assert spec_diff.differences(flat, spec) == []


EQUAL = {
    "a nullable type": ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "oneOf with null": ({"type": ["string", "null"]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
    "a constant": ({"const": "a"}, {"type": "string", "enum": ["a"]}),
    "constants": ({"enum": ["a", "b", None]}, {"oneOf": [{"const": "a"}, {"const": "b"}, {"type": "null"}]}),
    "alternatives of types": ({"type": ["string", "integer"]}, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    "true and false": ({"type": "boolean"}, {"enum": [True, False]}),
    "merged parts": (
        {"type": "object", "properties": {"a": {"type": "string", "minLength": 2}}, "required": ["a"]},
        {"allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}}, {"required": ["a"]},
            {"properties": {"a": {"minLength": 2}}},
        ]},
    ),
    "bounds of an integer": ({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}),
    "upper bounds of an integer": ({"type": "integer", "maximum": 4.5}, {"type": "integer", "exclusiveMaximum": 5}),
    "two lower bounds": ({"type": "number", "minimum": 3}, {"type": "number", "minimum": 3, "exclusiveMinimum": 1}),
    "a rule for another type": ({"type": "string"}, {"type": "string", "minimum": 3, "items": {"type": "string"}}),
    "a length of nothing": ({"type": "string"}, {"type": "string", "minLength": 0}),
    "an integer among numbers": ({"type": "number"}, {"type": ["number", "integer"]}),
    "no rule": (True, {}),
    "values of two lists": ({"const": "b"}, {"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}),
    "equal numbers": ({"enum": [1, 2]}, {"enum": [2.0, 1]}),
    "a condition on a field": (
        {"type": "object", "dependentRequired": {"a": ["b"]}},
        {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}},
    ),
    "an overlapping choice": (
        {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]},
        {"oneOf": [{"description": "Whole.", "type": "integer"}, {"type": "number", "minimum": 2}]},
    ),
    "values of any kind": ({"enum": [{"a": [1]}, [1]]}, {"enum": [[1.0], {"a": [1]}]}),
}  # fmt: skip


@pytest.mark.parametrize("pair", EQUAL.values(), ids=EQUAL)
def test_the_same_meaning_is_no_difference(pair: tuple[Any, Any]) -> None:
    """A schema that is written in another way is the same schema."""
    assert kinds(small(pair[0]), small(pair[1])) == []
    assert kinds(small(pair[1]), small(pair[0])) == []


UNLIKE = {
    "a closed mapping and its parts": (
        {"allOf": [{"properties": {"a": {}}, "additionalProperties": False}, {"properties": {"b": {}}}]},
        {"properties": {"a": {}, "b": {}}, "additionalProperties": False},
    ),
    "a rule that is read as it is written": (
        {"type": "object", "unevaluatedProperties": False, "properties": {"a": {"type": "string"}}},
        {"type": "object", "unevaluatedProperties": False, "properties": {"a": {"type": "integer"}}},
    ),
    "patterns of names": (
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
        {"type": "object", "patternProperties": {"^a": {"type": "integer"}}},
    ),
    "items by position": ({"type": "array", "prefixItems": [{}, {}]}, {"type": "array", "prefixItems": [{}]}),
    "a value that is one of one": ({"const": "a"}, {"oneOf": [{"const": "a"}, {"const": "a"}]}),
    "a value among texts": (
        {"anyOf": [{"const": "a"}, {"type": "string", "minLength": 2}]},
        {"anyOf": [{"const": "b"}, {"type": "string", "minLength": 2}]},
    ),
    "data that looks like documentation": (
        {"propertyNames": {"const": {"title": "a"}}},
        {"propertyNames": {"const": {"title": "b"}}},
    ),
    "a name that looks like documentation": (
        {"patternProperties": {"title": {"type": "string"}}},
        {"patternProperties": {"title": {"type": "null"}}},
    ),
    "names of other lengths": ({"propertyNames": {"minLength": 1}}, {"propertyNames": {"maxLength": 1}}),
    "true is not one": ({"const": True}, {"const": 1}),
    "nothing and something": (False, {"type": "string"}),
    "a multiple of another": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}),
    "an unknown keyword": ({"type": "string", "contentEncoding": "base64"}, {"type": "string", "contentEncoding": "x"}),
}


@pytest.mark.parametrize("pair", UNLIKE.values(), ids=UNLIKE)
def test_another_meaning_is_a_difference(pair: tuple[Any, Any]) -> None:
    """Between schemas that mean different things, at least one direction of change is breaking."""
    assert any(who != "nobody" for _, who in kinds(small(pair[0]), small(pair[1])))


def test_recursive_schemas_are_compared() -> None:
    """A schema that holds itself is compared all the way, and a change in it is found once for each direction."""
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Node"}, "size": {"type": "integer"}},
    }
    changed = copy.deepcopy(node)
    changed["properties"]["size"] = {"type": "string"}
    reference = {"$ref": "#/components/schemas/Node"}
    assert kinds(small(reference, Node=node), small(reference, Node=copy.deepcopy(node))) == []
    assert kinds(small(reference, Node=node), small(reference, Node=changed)) == [
        ("type", "callers"),
        ("type", "readers"),
    ]


def test_rules_that_are_read_as_written_may_refer_to_components() -> None:
    """Such a rule is the same when what it refers to is the same, whatever that is called; recursive ones, too."""

    def rule(name: str, kind: str) -> Spec:
        reference = {"$ref": f"#/components/schemas/{name}"}
        node = {"unevaluatedProperties": False, "properties": {"next": reference, "size": {"type": [kind, "null"]}}}
        return small(reference, **{name: {"oneOf": [node, {"required": ["size"]}]}})

    assert kinds(rule("Node", "string"), rule("Item", "string")) == []
    assert kinds(rule("Node", "string"), rule("Item", "integer")) == [("rule", "callers"), ("rule", "readers")]


def test_a_component_without_a_class_may_have_any_name() -> None:
    """Renaming a component that becomes no class is no difference; renaming a class is one, also where it changed."""
    text, thing = {"type": "string", "maxLength": 3}, {"type": "object", "properties": {"a": {"type": "string"}}}
    old = small({"$ref": "#/components/schemas/Text"}, Text=text)
    assert kinds(old, small({"$ref": "#/components/schemas/Words"}, Words=text)) == []
    old = small({"$ref": "#/components/schemas/Thing"}, Thing=thing)
    changed = {**thing, "required": ["a"]}
    assert ("class-renamed", "both") in kinds(old, small({"$ref": "#/components/schemas/Item"}, Item=changed))
    assert ("class-removed", "both") in kinds(old, small({"type": "object"}))
    unused = small(True, Thing=thing), small(True, Other={"type": "object"}, Item=thing)
    assert ("class-renamed", "callers") in kinds(*unused)
    assert ("class-added", "nobody") in kinds(*unused)


def test_extensions_are_documentation() -> None:
    """What no standard knows says nothing about values."""
    assert set(kinds(small({"type": "string"}), small({"type": "string", "x-a": 1}))) == {("documentation", "nobody")}


def test_a_class_is_as_important_as_its_use() -> None:
    """A class that only requests hold breaks callers, one that only responses hold breaks readers."""
    thing = {"type": "object", "properties": {"a": {"type": "string"}}}
    for place, who in (("requestBody", "callers"), ("responses", "readers")):
        old = small(True, Thing=thing)
        operation = old["paths"]["/do"]["post"]
        holder = operation[place] if place == "requestBody" else operation[place]["200"]
        holder["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Thing"}
        new = json.loads(json.dumps(old).replace("Thing", "Item"))
        assert kinds(old, new) == [("class-renamed", who)]


def test_findings_in_the_real_spec_name_every_operation() -> None:
    """A change of a shared schema is reported once, with all operations that it concerns."""
    old = copy.deepcopy(real_spec())
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Session"]["properties"]["build_id"]["type"] = "integer"
    found = [finding for finding in spec_diff.differences(old, new) if finding.breaking]
    assert [(f.location, f.breaks) for f in found] == [("#/components/schemas/Session/properties/build_id", "readers")]
    assert {"create_session", "list_sessions", "get_session", "search_sessions"} <= set(found[0].operations)


REAL_CHANGES: dict[str, tuple[list[str], Any, str, str]] = {
    "build_id is an integer": (
        ["CreateSession", "properties", "build_id"], {"type": "integer"}, "properties/build_id", "callers"
    ),
    "the rule asks for more": (["CreateSession", "then", "required"], ["build_id", "compute_template_id", "cloud_id"],
        "then/properties/cloud_id", "callers"),
    "blank text is given": (["CreateSession", "then", "properties"], {}, "then/properties/build_id", "nobody"),
    "public is no access": (["UserServiceAccessTypes", "enum"], ["private"], "UserServiceAccessTypes", "callers"),
    "the token is shown": (
        ["CreateSession", "properties", "user_service_token"], {"type": "string"}, "user_service_token", "callers"
    ),
    "idle_timeout ends earlier": (
        ["CreateSession", "properties", "idle_timeout", "default"], 60, "properties/idle_timeout", "callers"
    ),
    "an id is not promised": (["SessionCommand", "required"], [], "SessionCommand/properties/id", "readers"),
    "any token is taken": (["CreateSession", "allOf"], [], "allOf/0/else/properties/user_service_token", "nobody"),
}  # fmt: skip


@pytest.mark.parametrize("change", REAL_CHANGES.values(), ids=REAL_CHANGES)
def test_changes_of_the_real_spec_are_found(change: tuple[list[str], Any, str, str]) -> None:
    """Each change of openapi.yaml is found at its place, and breaks whom it breaks."""
    way, value, location, who = change
    old = copy.deepcopy(real_spec())
    new = copy.deepcopy(old)
    node = new["components"]["schemas"]
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    assert (True, who) in {(location in f.location, f.breaks) for f in spec_diff.differences(old, new)}


UNUSABLE = {
    "not YAML": ("a: [", "not YAML"),
    "a day that is none": ("a: 2026-13-45", "not an OpenAPI document"),
    "no mapping": ("- a", "a mapping is needed"),
    "not OpenAPI": ("a: 1", "not an OpenAPI document"),
    "an older OpenAPI": ({**SMALL, "openapi": "2.0"}, "2.0 is declared"),
    "a document that says 3.0 and means 3.1": (
        {**small({"type": ["string", "null"]}), "openapi": "3.0.3"}, "schema.type: null and lists of types"
    ),
    "no paths": ({**SMALL, "paths": []}, "paths: a mapping is needed"),
    "a broken reference": (
        small({"$ref": "#/components/schemas/No"}), "requestBody/content/application~1json/schema: $ref"
    ),
    "a reference to another file": (small({"$ref": "other.yaml#/A"}), "leaves the document"),
    "a reference that is no text": (small({"$ref": 3}), "leaves the document"),
    "a reference past the end": (small({"$ref": "#/tags/0"}), "points nowhere"),
    "references in circles": (
        {**SMALL, "paths": {"/do": {"$ref": "#/paths/~1again"}, "/again": {"$ref": "#/paths/~1do"}}}, "refers to itself"
    ),
    "a schema made of itself": (
        small({"$ref": "#/components/schemas/A"}, A={"allOf": [{"$ref": "#/components/schemas/A"}]}), "made of itself"
    ),
    "a schema that is none": (small({"properties": {"a": []}, "type": "object"}), "a schema is needed, found list"),
    "a part that is a list": (small({"allOf": [[]]}), "allOf/0: a schema is needed, found list"),
    "a schema without a type": (small({"type": "text"}), "no type 'text'"),
    "fields that are a list": (small({"properties": []}), "properties: a mapping is needed, found list"),
    "names that are none": (small({"required": ["a", []]}), "required: a list of names is needed"),
    "a bound that is a text": (small({"minimum": "1"}), "minimum: a number is needed, found str"),
    "nested without end": ("a: &a [*a]", "in a ring of aliases"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_spec_is_one_clear_line(
    content: Any, said: str, written: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A spec that cannot be compared is reported in one line with the place, and the exit status is 2."""
    usable = written("usable.yaml", SMALL)
    for pair in ((written("bad.yaml", content), usable), (usable, written("bad.yaml", content))):
        assert spec_diff.main(list(pair)) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert said in output.err
        assert all(line.startswith("spec_diff: ") for line in output.err.splitlines())


def test_a_missing_file_is_said(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is named."""
    assert spec_diff.main(["missing.yaml", written("usable.yaml", SMALL)]) == 2
    assert capsys.readouterr().err == "spec_diff: missing.yaml: cannot be read: No such file or directory\n"


def test_references_in_data_mean_nothing(written: Any) -> None:
    """A `$ref` in an example, a default or a value is data; a field may have such a name, too."""
    data = {"$ref": "nowhere"}
    schema = {
        "default": data,
        "examples": [data],
        "properties": {"default": {"type": "string"}, "$ref": {"example": data}},
    }
    path = written("spec.yaml", small({**schema, "type": "object"}))
    assert spec_diff.main([path, path]) == 0


def test_references_into_lists_and_names_with_odd_letters_are_followed() -> None:
    """A reference may lead to a place in a list, and to a path whose name has slashes and braces."""
    spec = small({"type": "string"})
    spec["paths"]["/do/{a}"] = {"$ref": "#/paths/~1make~1%7Ba%7D"}
    parameter = {"name": "a", "in": "path", "required": True, "schema": {"type": "string"}}
    spec["paths"]["/make/{a}"] = {"parameters": [parameter], "get": {"parameters": [{"$ref": "#/components/x/0"}]}}
    spec["components"]["x"] = [
        {"name": "X-A", "in": "header", "content": {"text/plain": {"schema": {"type": "string"}}}}
    ]
    new = copy.deepcopy(spec)
    new["components"]["x"][0]["content"]["text/plain"]["schema"] = {"type": "integer"}
    (found,) = [finding for finding in spec_diff.differences(spec, new) if finding.breaking]
    assert found.location == "#/components/x/0/content/text~1plain/schema"
    assert found.operations == ("GET /do/{a}", "GET /make/{a}")


@pytest.fixture
def breaking(written: Any) -> list[str]:
    """Two specs of which the second one breaks callers and has the version that says so; it is 0.x."""
    old, new = small({"type": "string"}), small({"type": "string", "maxLength": 3})
    old["info"]["version"], new["info"]["version"] = "0.1.0", "0.2.0"
    return [written("old.yaml", old), written("new.yaml", new)]


def test_exit_status_says_whether_something_breaks(breaking: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """1 when something breaks, 0 when not, and 0 where the version says it and that is accepted."""
    old, new = breaking
    assert spec_diff.main([old, new]) == 1
    assert spec_diff.main([old, new, "--accept-raised-version"]) == 0
    assert spec_diff.main([new, old, "--accept-raised-version"]) == 1
    assert spec_diff.main([old, old]) == 0
    assert capsys.readouterr().out.endswith("No difference.\n")


def test_text_names_place_whom_and_advice(breaking: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The text has two lines for each finding, and the advice at its end."""
    spec_diff.main(breaking)
    assert capsys.readouterr().out.splitlines() == [
        "#/paths/~1do/post/requestBody/content/application~1json/schema: maxLength tightened from none to 3",
        "    BREAKING for callers; requests; major; in do",
        "#/paths/~1do/post/responses/200/content/application~1json/schema: maxLength tightened from none to 3",
        "    not breaking; responses; minor; in do",
        (
            "2 findings, 1 breaking. Advice: major: after 0.1.0 comes 0.2.0 or higher "
            "(before 1.0.0, the second number is raised for what breaks)."
        ),
    ]


def test_json_holds_the_findings(breaking: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has each finding's fields, and the advice."""
    spec_diff.main([*breaking, "--format", "json"])
    report_data = json.loads(capsys.readouterr().out)
    assert (report_data["breaking"], report_data["advice"], report_data["next_version"]) == (True, "major", "0.2.0")
    assert report_data["findings"][0] == {
        "location": "#/paths/~1do/post/requestBody/content/application~1json/schema",
        "kind": "limit",
        "what": "maxLength tightened from none to 3",
        "concerns": "requests",
        "breaking": True,
        "breaks": "callers",
        "advice": "major",
        "operations": ["do"],
    }


def test_markdown_is_a_table_that_no_text_can_break(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Markdown has a row for each finding, whatever is written in the spec."""
    old, new = small({"type": "string", "pattern": "a"}), small({"type": "string", "pattern": "<b>|\n"})
    spec_diff.main([written("old.yaml", old), written("new.yaml", new), "--format", "markdown"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# What changed from 1.0.0 to 1.0.0"
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == 3
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
    assert "&lt;b>" in rows[0]
    spec_diff.main([written("old.yaml", old), written("old.yaml", old), "--format", "markdown"])
    assert capsys.readouterr().out.endswith("No difference.\n")


def test_odd_letters_do_not_stop_the_report(written: Any) -> None:
    """A report with letters that the terminal does not know is written all the same."""
    old, new = small({"enum": ["a"]}), small({"enum": ["a", "\u2603"]})
    command = [sys.executable, str(ROOT / "tools" / "spec_diff.py"), written("old.yaml", old), written("new.yaml", new)]
    finished = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert b"\\u2603" in finished.stdout


VERSIONS = [
    ("1.2.3", "major", "2.0.0"),
    ("1.2.3", "minor", "1.3.0"),
    ("1.2.3", "patch", "1.2.4"),
    ("1.2.3", "none", "1.2.3"),
    ("0.2.3", "major", "0.3.0"),
    ("0.2.3", "minor", "0.2.4"),
    ("0.2.3", "patch", "0.2.4"),
    ("one", "major", None),
]


@pytest.mark.parametrize(("old", "wanted", "lowest"), VERSIONS)
def test_the_next_version_follows_from_the_advice(old: str, wanted: str, lowest: str | None) -> None:
    """Before 1.0.0 the second number says what breaks, after it the first."""
    assert next_version(old, wanted) == lowest
    assert is_raised(old, lowest or "9.9.9", wanted) == (lowest is not None)


def version_finding(old: str, new: str, *, changed: bool = True) -> list[str]:
    """The findings about the version."""
    specs = small({"type": "string"}), small({"type": "integer"} if changed else {"type": "string"})
    for spec, version in zip(specs, (old, new), strict=True):
        spec["info"]["version"] = version
    return [f.what for f in spec_diff.differences(*specs) if f.kind == "version"]


def test_a_version_that_does_not_say_what_changed_is_a_finding() -> None:
    """The version must be raised as the findings ask, may be raised further, and never falls."""
    assert version_finding("1.0.0", "1.0.0") == ["info.version is still 1.0.0: the findings ask for 2.0.0 or higher"]
    assert version_finding("1.0.0", "1.5.0") == [
        "info.version went from 1.0.0 to 1.5.0: the findings ask for 2.0.0 or higher"
    ]
    assert version_finding("1.0.0", "2.1.0") == []
    assert version_finding("0.1.0", "0.2.0") == []
    assert version_finding("one", "two") == ["info.version went from one to two: X.Y.Z is needed to tell what follows"]
    assert version_finding("1.1.0", "1.1.1", changed=False) == []
    assert version_finding("1.1.0", "1.0.0", changed=False) == [
        "info.version went from 1.1.0 to 1.0.0: the findings ask for 1.1.0 or higher"
    ]


def test_a_version_of_another_form_gets_advice_without_a_number(
    written: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the old version has another form, the advice is a word."""
    old, new = small({"type": "string"}), small({"type": "string", "description": "It."})
    old["info"]["version"] = new["info"]["version"] = "one"
    assert spec_diff.main([written("old.yaml", old), written("new.yaml", new)]) == 0
    assert capsys.readouterr().out.endswith("3 findings, 0 breaking. Advice: patch.\n")


def test_a_spec_of_openapi_30_is_compared_by_its_meaning(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A spec that goes from OpenAPI 3.0 to 3.1 and keeps its meaning does not differ."""
    old = small({"type": "number", "nullable": True, "minimum": 1, "exclusiveMinimum": True}) | {"openapi": "3.0.3"}
    new = small({"type": ["number", "null"], "exclusiveMinimum": 1})
    assert spec_diff.main([written("old.yaml", old), written("new.yaml", new)]) == 0
    assert capsys.readouterr().out == "No difference.\n"
