"""tools/contracts/contract.py: each requirement that the spec does not meet is one line that says what to do."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.contract import broken_requirements, requirements_in

Spec = dict[str, Any]
Change = Callable[[Spec], None]

OURS = "overrides/anyscale_sessions"
ADAPT = "adapt the module and its entry in _requires.py, or revert the change of the spec"
RENAME = "use the new name in the module and in _requires.py, or revert the change of the spec"
REMOVE = "remove it from the module and from _requires.py, or revert the change of the spec"

# What a module states, and what is reported of it.
STATED: dict[str, list[str]] = {
    '{"Session": ("id", "state")}': [],
    '{"Session": {"id": "string", "state": "SessionState", "created_at": "date-time"}}': [],
    '{"Session": {"id": "required string", "idle_timeout": "integer | null = 120"}}': [],
    '{"Session": {"access_token": "secret string", "ssh_authorized_keys": "list of string"}}': [],
    '{"PageQuery": {"count": "integer = 10", "*": "optional"}}': [],
    '{"NotBlank": {"type": "string"}, "ResourceId": {"maxLength": 256}}': [],
    '{"SessionListResponse": {"results": "list of Session"}}': [],
    '{"operations": ("get_session",)}': [],
    '{"operations": {"get_session": {"session_id": "string in path", "->": "SessionResponse"}}}': [],
    '{"operations": {"delete_session": {"session_id": "required string in path", "->": "nothing"}}}': [],
    '{"operations": {"get_session": {}}}': [],
    '{"operations": {"get_session": {"=>": "Session", "*": "anything"}}}': [],
    '{"operations": {"list_sessions": {"=>": "page of Session", "*": "anything"}}}': [],
    '{"operations": {"delete_session": {"=>": "nothing", "*": "anything"}}}': [],
    '{"operations": {"get_session": {"=>": "SessionResponse", "*": "anything"}}}': [
        f'requires get_session to return "SessionResponse", but the spec says "Session"; {ADAPT}'
    ],
    '{"operations": {"list_sessions": {"count": "integer in query", "*": "anything"}}}': [],
    '{"operations": {"get_session": {"session_id": "string in path", "*": "nothing"}}}': [],
    '{"operations": {"list_sessions": {"project_id": "string in query", "*": "nothing"}}}': [
        ("requires list_sessions to have no argument paging_token,"
        f' but the spec says "optional string in query"; {ADAPT}'),
        f'requires list_sessions to have no argument count, but the spec says "optional integer in query"; {ADAPT}',
    ],
    '{"Session": ("id", "status_details_", "wheels")}': [
        f"requires Session.status_details_, which the spec does not have; was it renamed to status_details? {RENAME}",
        f"requires Session.wheels, which the spec does not have; {REMOVE}",
    ],
    '{"Session": {"id": "integer"}}': [
        f'requires Session.id to be "integer", but the spec says "required string"; {ADAPT}'
    ],
    '{"Session": {"id": "optional string"}}': [
        f'requires Session.id to be "optional string", but the spec says "required string"; {ADAPT}'
    ],
    '{"Session": {"id": "secret string"}}': [
        f'requires Session.id to be "secret string", but the spec says "required string"; {ADAPT}'
    ],
    '{"SessionsQuery": {"paging": "optional PageQuery", "state_filter": "list of SessionState = [1]"}}': [
        ('requires SessionsQuery.state_filter to be "list of SessionState = [1]",'
        f' but the spec says "list of SessionState = []"; {ADAPT}')
    ],
    '{"CreateSessionCommand": {"session_id": "required string", "*": "optional"}}': [
        ("requires CreateSessionCommand to have no other required field,"
        f" but the spec requires shell_command; {ADAPT}")
    ],
    '{"SessionState": ("Running", "Runnin")}': [
        f"requires SessionState.Runnin, which the spec does not have; was it renamed to Running? {RENAME}"
    ],
    '{"Sesion": ("id",), "Wheel": {}}': [
        f"requires the schema Sesion, which the spec does not have; was it renamed to Session? {RENAME}",
        f"requires the schema Wheel, which the spec does not have; {REMOVE}",
    ],
    '{"ResourceId": {"maxLength": 255, "format": "x"}}': [
        f"requires ResourceId.maxLength to be 255, but the spec says 256; {ADAPT}",
        f'requires ResourceId.format to be "x", but the spec says nothing; {ADAPT}',
    ],
    '{"operations": ("get_session", "get_sesion", "fly")}': [
        f"requires the operation get_sesion, which the spec does not have; was it renamed to get_session? {RENAME}",
        f"requires the operation fly, which the spec does not have; {REMOVE}",
    ],
    '{"operations": {"get_session": {"session_id": "string in query", "tenant": "string in query"}}}': [
        ('requires get_session(session_id) to be "string in query",'
        f' but the spec says "required string in path"; {ADAPT}'),
        f'requires get_session(tenant) ("string in query"), which the spec does not have; {REMOVE}',
    ],
    '{"operations": {"list_sessions": {"->": "Session"}}}': [
        f'requires list_sessions to return "Session", but the spec says "SessionListResponse"; {ADAPT}',
        f'requires list_sessions to have no argument project_id, but the spec says "required string in query"; {ADAPT}',
    ],
    """{
        "Odd": {"level": '"a" | "b"', "counts": "map of integer", "fixed": "1", "ring": "Ring", "any": "anything"}
    }""": [],
    '{"TextQuery": {"if": {"equals": "a"}, "then": ("contents",), "else": ("not_equal",)}}': [
        ('requires TextQuery.contents ("in the rule"), which the spec does not have;'
        f" was it renamed to contains? {RENAME}")
    ],
}  # fmt: skip

ODD_FIELDS = {
    "level": {"type": "string", "enum": ["a", "b"]},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    "fixed": {"const": 1},
    "any": {},
}

# What `list_sessions` has here, also after another argument was added to the spec.
LIST_ARGUMENTS = {"project_id", "paging_token", "count"}

RULE = '"if": {"uses_app_config": True}, "then": ("build_id", "compute_template_id")'
BOTH_PAIRS = f'{{"CreateSession": {{{RULE}, "else": ("cluster_config", "cloud_id")}}}}'
IN_WORDS = "if uses_app_config is true, then build_id and compute_template_id, else cluster_config and cloud_id"


def write_requirements(root: Path, content: str) -> None:
    """Write a package with one module and this file of requirements."""
    package = root / "overrides" / "package"
    package.mkdir(parents=True, exist_ok=True)
    (package / "module.py").touch()
    (package / "_requires.py").write_text(content, encoding="utf-8")


def lines_for(root: Path, requirements: str, spec: Spec, before: Spec | None = None) -> list[str]:
    """What is reported for a module with these requirements."""
    write_requirements(root, f'REQUIRES = {{"module": {requirements}}}\n')
    lines = broken_requirements(root, spec, before)
    assert all(line.startswith("overrides/package/module.py: ") for line in lines)
    return [line.removeprefix("overrides/package/module.py: ") for line in lines]


def argument_name(spec: Spec, parameter: Spec) -> str:
    """The name of a parameter, which may be a reference to `components`."""
    name = parameter.get("$ref", "").rpartition("/")[2]
    return str((spec["components"]["parameters"][name] if name else parameter)["name"])


@pytest.mark.parametrize("requirements", STATED)
def test_requirement_that_is_not_met_is_one_line(tmp_path: Path, spec: Spec, requirements: str) -> None:
    """A requirement that the spec does not meet is a line with the requirement, what the spec says, and what to do."""
    ring = {"$ref": "#/components/schemas/Ring"}
    spec["components"]["schemas"] |= {"Odd": {"properties": {**ODD_FIELDS, "ring": ring}}, "Ring": {"anyOf": [ring]}}
    listing = spec["paths"]["/sessions/"]["get"]
    listing["parameters"] = [each for each in listing["parameters"] if argument_name(spec, each) in LIST_ARGUMENTS]
    assert lines_for(tmp_path, requirements, spec) == STATED[requirements]


def test_package_without_the_file_requires_nothing(tmp_path: Path, spec: Spec) -> None:
    """A project without a file of requirements requires nothing of the spec."""
    assert broken_requirements(tmp_path, spec) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "OTHER = {}\n",
        "REQUIRES = {}\nREQUIRES = {}\n",
        "REQUIRES = dict(Session=1)\n",
        "REQUIRES = 3\n",
        "REQUIRES: dict[str, object]\n",
        "REQUIRES = {'module': ('Session',)}\n",
        "def f(:\n",
    ],
)
def test_file_that_cannot_be_read_is_one_line(tmp_path: Path, spec: Spec, content: str) -> None:
    """A file that does not assign one dict of literals by module is a line that says so."""
    write_requirements(tmp_path, content)
    (line,) = broken_requirements(tmp_path, spec)
    assert line.startswith("overrides/package/_requires.py: REQUIRES must be one dict of literals, by module: ")


def test_annotated_requirements_are_read(tmp_path: Path) -> None:
    """The assignment may have an annotation, and other assignments may stand beside it."""
    write_requirements(tmp_path, "a = b = 1\nREQUIRES: dict[str, object] = {'module': {'Session': ('id',)}}\n")
    assert requirements_in(tmp_path / "overrides/package/_requires.py") == {"module": {"Session": ("id",)}}


def test_requirements_of_a_module_that_does_not_exist_are_one_line(tmp_path: Path, spec: Spec) -> None:
    """Requirements of a module that was removed or renamed are a line that names the module."""
    write_requirements(tmp_path, "REQUIRES = {'folder.gone': {}}\n")
    assert broken_requirements(tmp_path, spec) == ["overrides/package/_requires.py: there is no module folder.gone"]


def test_requirements_of_a_package_name_its_init(tmp_path: Path, spec: Spec) -> None:
    """A requirement of a folder is reported for the folder's __init__.py."""
    write_requirements(tmp_path, "REQUIRES = {'folder': {'Wheel': {}}}\n")
    (tmp_path / "overrides/package/folder").mkdir()
    (tmp_path / "overrides/package/folder/__init__.py").touch()
    (line,) = broken_requirements(tmp_path, spec)
    assert line.startswith("overrides/package/folder/__init__.py: requires the schema Wheel, ")


def test_new_name_is_suggested_first(tmp_path: Path, spec: Spec) -> None:
    """A name that the spec has only since the last regeneration is suggested before one that it had already."""
    before = copy.deepcopy(spec)
    fields = spec["components"]["schemas"]["Session"]["properties"]
    fields["image_build"] = fields.pop("build_id")
    requirements = '{"Session": {"build_id": "string | null"}}'
    (known,), (unknown,) = lines_for(tmp_path, requirements, spec, before), lines_for(tmp_path, requirements, spec)
    assert "was it renamed to image_build?" in known
    assert "was it renamed to default_build_id?" in unknown


# The rule.


def rule(spec: Spec) -> Spec:
    """The class that has the rule."""
    found: Spec = spec["components"]["schemas"]["CreateSession"]
    return found


def moved_into_all_of(spec: Spec) -> None:
    """The same rule, in another place."""
    schema = rule(spec)
    schema["allOf"].append({key: schema.pop(key) for key in ("if", "then", "else")})


def upside_down(spec: Spec) -> None:
    """The same rule, turned round."""
    schema = rule(spec)
    schema["if"], schema["then"], schema["else"] = {"not": schema["if"]}, schema["else"], schema["then"]


def other_new_field(spec: Spec) -> None:
    """A field that has nothing to do with the rule has to be given, and another condition holds for others."""
    rule(spec)["properties"]["owner"] = {"type": "string"}
    rule(spec)["required"].append("owner")
    rule(spec)["allOf"].append({"if": {"required": ["ha_job_id"]}, "then": {"required": ["owner"]}})


@pytest.mark.parametrize("change", [lambda _: None, moved_into_all_of, upside_down, other_new_field])
def test_rule_may_be_written_in_any_way(tmp_path: Path, spec: Spec, change: Change) -> None:
    """A rule that admits the same sessions is accepted, however the spec writes it."""
    change(spec)
    assert lines_for(tmp_path, BOTH_PAIRS, spec) == []


def without_rule(spec: Spec) -> None:
    """Drop the rule."""
    for key in ("if", "then", "else"):
        del rule(spec)[key]


def without_required_in_if(spec: Spec) -> None:
    """A condition that an absent field meets."""
    del rule(spec)["if"]["required"]


def third_field(spec: Spec) -> None:
    """Fewer fields are needed."""
    rule(spec)["then"]["required"].remove("build_id")


def blank_counts(spec: Spec) -> None:
    """Blank text counts as given."""
    del rule(spec)["else"]["properties"]


def swapped(spec: Spec) -> None:
    """The other way round."""
    rule(spec)["if"]["properties"]["uses_app_config"] = {"const": False}


def not_a_pattern(spec: Spec) -> None:
    """A pattern that is none."""
    spec["components"]["schemas"]["NotBlank"]["pattern"] = "["


BROKEN_RULES: list[tuple[Change, str]] = [
    (without_rule, '"if user_service_access is "private", else rules for user_service_token", and accepts {}'),
    (
        without_required_in_if,
        (
            '"if uses_app_config is true, then build_id and compute_template_id, else cluster_config and cloud_id;'
            ' if user_service_access is "private", else rules for user_service_token",'
            ' and refuses {"cluster_config": "x", "cloud_id": "x"}'
        ),
    ),
    (third_field, '"if uses_app_config is true, then compute_template_id, else '),
    (blank_counts, 'and accepts {"cluster_config": " ", "cloud_id": " "}'),
    (swapped, '"if uses_app_config is false, then build_id'),
    (not_a_pattern, "something that cannot be evaluated: "),
]


@pytest.mark.parametrize(("change", "said"), BROKEN_RULES)
def test_other_rule_is_reported(tmp_path: Path, spec: Spec, change: Change, said: str) -> None:
    """A spec with another rule is reported with both rules, and with a session on which they differ."""
    change(spec)
    (line,) = lines_for(tmp_path, BOTH_PAIRS, spec)
    assert line.startswith(f'requires CreateSession to have the rule "{IN_WORDS}", but the spec says ')
    assert said in line
    assert line.endswith(f"; {ADAPT}")


def test_stricter_rule_is_reported(tmp_path: Path, spec: Spec) -> None:
    """A spec that refuses what the override accepts is reported with what it refuses."""
    rule(spec)["dependentRequired"] = {"cloud_id": ["build_id"]}
    (line,) = lines_for(tmp_path, BOTH_PAIRS, spec)
    assert 'and refuses {"cluster_config": "x", "cloud_id": "x"}; ' in line


def test_condition_on_a_text(tmp_path: Path, spec: Spec) -> None:
    """A rule's condition may be on any value."""
    code = '{"CreateSession": {"if": {"user_service_access": "private"}, "then": ("cloud_id",), "else": ("build_id",)}}'
    without_rule(spec)
    rule(spec)["allOf"] = [
        {
            "if": {"properties": {"user_service_access": {"enum": ["private"]}}, "required": ["user_service_access"]},
            "then": {"$ref": "#/components/schemas/NeedsCloud"},
            "else": {"properties": {"build_id": {"minLength": 2}}},
        }
    ]
    spec["components"]["schemas"]["NeedsCloud"] = {"required": ["cloud_id"]}
    (line,) = lines_for(tmp_path, code, spec)
    assert (
        'the spec says "if user_service_access is {"enum": ["private"]}, then cloud_id, else rules for build_id",'
        " and accepts {}" in line
    )


def test_condition_without_a_test_is_shown_in_words(tmp_path: Path, spec: Spec) -> None:
    """An empty condition and an empty branch are shown in words as well."""
    rule(spec).update({"if": {}, "then": {}, "allOf": []})
    (line,) = lines_for(tmp_path, BOTH_PAIRS, spec)
    assert 'the spec says "if anything, then nothing, else cluster_config and cloud_id", and accepts {}' in line


# Our own overrides.


def test_our_overrides_rely_on_what_there_is(repository: Path, spec: Spec) -> None:
    """Everything that our own overrides rely on is in the spec."""
    assert broken_requirements(repository, spec) == []


def schemas(spec: Spec) -> Spec:
    """The schemas of a spec."""
    found: Spec = spec["components"]["schemas"]
    return found


def rename_build_id(spec: Spec) -> None:
    """Rename a field of the rule, wherever the rule names it."""
    session = rule(spec)
    session["properties"]["cluster_build_id"] = session["properties"].pop("build_id")
    session["then"]["properties"]["cluster_build_id"] = session["then"]["properties"].pop("build_id")
    session["then"]["required"] = ["cluster_build_id", "compute_template_id"]


def rename_class(spec: Spec) -> None:
    """Rename a class."""
    schemas(spec)["NewSession"] = schemas(spec).pop("CreateSession")


def put(*keys: str, value: Any) -> Change:
    """A change that puts a value in a place."""

    def change(spec: Spec) -> None:
        for key in keys[:-1]:
            spec = spec[key]
        spec[keys[-1]] = value

    return change


def drop_operation(spec: Spec) -> None:
    """Drop an operation."""
    del spec["paths"]["/sessions/{session_id}/start"]


def move_parameter(spec: Spec) -> None:
    """A parameter that stood in the path stands in the query."""
    spec["components"]["parameters"]["SessionIdInPath"]["in"] = "query"


def drop_update(spec: Spec) -> None:
    """Drop an operation that no override has anything to do with."""
    del spec["paths"]["/sessions/{session_id}"]["put"]


def rename_delete(spec: Spec) -> None:
    """Rename a field of a request that is only looked at if it is there."""
    fields = schemas(spec)["TerminateSessionOptions"]["properties"]
    fields["delete_it"] = fields.pop("delete")


def drop_updating(spec: Spec) -> None:
    """Drop a value of an enum in responses."""
    schemas(spec)["SessionEventTypes"]["enum"].remove("updating")


def rename_log_levels(spec: Spec) -> None:
    """Rename a schema that values are checked by."""
    text = json.dumps(spec).replace("LogLevelTypes", "EventSeverity")
    spec.clear()
    spec.update(json.loads(text))


IN_CREATE = ("components", "schemas", "CreateSession")
BREAKAGES: dict[str, tuple[Change, str]] = {
    "build_id renamed": (
        rename_build_id,
        ('_validation/session_rules.py: requires CreateSession.build_id ("in the rule"), which the spec does not have;'
        f" was it renamed to cluster_build_id? {RENAME}"),
    ),
    "idle_timeout a string": (
        put(*IN_CREATE, "properties", "idle_timeout", value={"type": "string", "default": "120"}),
        ('_validation/session_rules.py: requires CreateSession.idle_timeout to be "integer = 120",'
        f' but the spec says "string = "120""; {ADAPT}'),
    ),
    "another default": (
        put(*IN_CREATE, "properties", "idle_timeout", "default", value=60),
        ('_validation/session_rules.py: requires CreateSession.idle_timeout to be "integer = 120",'
        f' but the spec says "integer = 60"; {ADAPT}'),
    ),
    "public gone": (
        put("components", "schemas", "UserServiceAccessTypes", "enum", value=["private"]),
        f"_validation/session_rules.py: requires UserServiceAccessTypes.public, which the spec does not have; {REMOVE}",
    ),
    "CreateSession gone": (
        rename_class,
        ("_validation/session_rules.py: requires the schema CreateSession, which the spec does not have;"
        f" was it renamed to NewSession? {RENAME}"),
    ),
    "cloud_id required": (
        put(*IN_CREATE, "required", value=["name", "project_id", "cloud_id"]),
        f'_validation/session_rules.py: requires CreateSession to have the rule "{IN_WORDS}", but the spec says ',
    ),
    "another field required": (
        put(*IN_CREATE, "required", value=["name", "project_id", "ha_job_id"]),
        ("cli/demo.py: requires CreateSession to have no other required field,"
        f" but the spec requires ha_job_id; {ADAPT}"),
    ),
    "cluster_config no longer secret": (
        put(*IN_CREATE, "properties", "cluster_config", value={"type": "string"}),
        ('_validation/session_rules.py: requires CreateSession.cluster_config to be "optional secret string",'
        f' but the spec says "optional string"; {ADAPT}'),
    ),
    "another rule": (
        put(*IN_CREATE, "then", "required", value=["build_id"]),
        (f'_validation/session_rules.py: requires CreateSession to have the rule "{IN_WORDS}",'
        ' but the spec says "if uses_app_config is true,'),
    ),
    "an operation gone": (
        drop_operation,
        "_sansio/policies.py: requires the operation start_session, which the spec does not have; was it renamed to ",
    ),
    "a parameter moved": (
        move_parameter,
        ('_sansio/policies.py: requires start_session(session_id) to be "required string in path",'
        f' but the spec says "required string in query"; {ADAPT}'),
    ),
    "a new parameter of what is called in a form of our own": (
        put("paths", "/sessions/", "post", "parameters", value=[
            {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}}
        ]),
        ("client/__init__.py: requires create_session to have no argument dry_run,"
        f' but the spec says "optional boolean in query"; {ADAPT}'),
    ),
    "another result": (
        put("components", "schemas", "SessionOperation", "properties", "completed", value={"type": "string"}),
        ('_sansio/waiters.py: requires SessionOperation.completed to be "boolean",'
        f' but the spec says "required string"; {ADAPT}'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_breaking_change_names_our_override(repository: Path, spec: Spec, breakage: str) -> None:
    """A change of the spec that breaks an override of ours is one line: override, field, what the spec says, remedy."""
    before = copy.deepcopy(spec)
    change, line = BREAKAGES[breakage]
    change(spec)
    lines = broken_requirements(repository, spec, before)
    assert sum(one.startswith(f"{OURS}/{line}") for one in lines) == 1, lines
    assert len(lines) == len(set(lines))


IN_SANDBOX: list[tuple[Change, list[str]]] = [
    (
        drop_update,
        ["api/handlers.py: requires the operation update_session, which the spec does not have; was it renamed to "],
    ),
    (
        rename_delete,
        [
            (
                'engine/lifecycle.py: requires TerminateSessionOptions.delete ("boolean"), which the spec does not'
                f" have; was it renamed to delete_it? {RENAME}"
            )
        ],
    ),
    (drop_updating, ["engine/flows.py: requires SessionEventTypes.updating, which the spec does not have; "]),
    (
        rename_log_levels,
        [
            'api/handlers.py: requires get_session_event_log(log_level_types) to be "list of LogLevelTypes in query", ',
            "control/seed.py: requires the schema LogLevelTypes, which the spec does not have; was it ",
            'engine/events.py: requires SessionEvent.log_level to be "LogLevelTypes", but the spec says "required Ev',
            "engine/events.py: requires the schema LogLevelTypes, which the spec does not have; was it ",
        ],
    ),
]


@pytest.mark.parametrize(("change", "said"), IN_SANDBOX)
def test_breaking_change_names_the_sandbox(repository: Path, spec: Spec, change: Change, said: list[str]) -> None:
    """A change of the spec that would make a part of the sandbox fail, or do nothing, is a line for each place."""
    before, place = copy.deepcopy(spec), "sandbox/anyscale_sessions_sandbox/"
    change(spec)
    lines = [line for line in broken_requirements(repository, spec, before) if line.startswith(place)]
    assert len(lines) == len(said), lines
    assert all(line.startswith(place + start) for line, start in zip(lines, said, strict=True)), lines
