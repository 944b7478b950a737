"""tools/contracts/contract.py: whatever an override relies on and the spec does not give is one line that says what to do."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.contract import broken_reliances, relied_on

Spec = dict[str, Any]
Change = Callable[[Spec], None]

OURS = "overrides/anyscale_sessions"
ADAPT = "adapt this module and its REQUIRES, or take the change back"
RENAME = "use the new name in this module and its REQUIRES, or take the change back"
REMOVE = "do without it in this module and its REQUIRES, or take the change back"

# What a module states, and what is told of it.
STATED: dict[str, list[str]] = {
    "": [],
    "x = y = 1": [],
    'OTHER = {"Session": ("a",)}': [],
    'REQUIRES = {"Session": ("id", "state")}': [],
    'REQUIRES: dict[str, object] = {"Session": ("id",)}': [],
    'REQUIRES = {"Session": {"id": "string", "state": "SessionState", "created_at": "date-time"}}': [],
    'REQUIRES = {"Session": {"id": "required string", "idle_timeout": "integer | null = 120"}}': [],
    'REQUIRES = {"Session": {"access_token": "secret string", "ssh_authorized_keys": "list of string"}}': [],
    'REQUIRES = {"PageQuery": {"count": "integer = 10", "*": "optional"}}': [],
    'REQUIRES = {"NotBlank": {"type": "string"}, "ResourceId": {"maxLength": 256}}': [],
    'REQUIRES = {"SessionListResponse": {"results": "list of Session"}}': [],
    'REQUIRES = {"operations": ("get_session",)}': [],
    'REQUIRES = {"operations": {"get_session": {"session_id": "string in path", "->": "SessionResponse"}}}': [],
    'REQUIRES = {"operations": {"delete_session": {"session_id": "required string in path", "->": "nothing"}}}': [],
    'REQUIRES = {"operations": {"get_session": {}}}': [],
    'REQUIRES = {"operations": {"list_sessions": {"count": "integer in query", "*": "anything"}}}': [],
    'REQUIRES = {"operations": {"get_session": {"session_id": "string in path", "*": "nothing"}}}': [],
    'REQUIRES = {"operations": {"list_sessions": {"project_id": "string in query", "*": "nothing"}}}': [
        f'relies on list_sessions taking no argument paging_token, the spec says "optional string in query"; {ADAPT}',
        f'relies on list_sessions taking no argument count, the spec says "optional integer in query"; {ADAPT}',
    ],
    'REQUIRES = {"Session": ("id", "status_details_", "wheels")}': [
        f"relies on Session.status_details_, which the spec does not have; is it status_details now? {RENAME}",
        f"relies on Session.wheels, which the spec does not have; {REMOVE}",
    ],
    'REQUIRES = {"Session": {"id": "integer"}}': [
        f'relies on Session.id as "integer", the spec says "required string"; {ADAPT}'
    ],
    'REQUIRES = {"Session": {"id": "optional string"}}': [
        f'relies on Session.id as "optional string", the spec says "required string"; {ADAPT}'
    ],
    'REQUIRES = {"Session": {"id": "secret string"}}': [
        f'relies on Session.id as "secret string", the spec says "required string"; {ADAPT}'
    ],
    'REQUIRES = {"SessionsQuery": {"paging": "optional PageQuery", "state_filter": "list of SessionState = [1]"}}': [
        ('relies on SessionsQuery.state_filter as "list of SessionState = [1]",'
        f' the spec says "list of SessionState = []"; {ADAPT}')
    ],
    'REQUIRES = {"CreateSessionCommand": {"session_id": "required string", "*": "optional"}}': [
        ("relies on CreateSessionCommand having nothing else that is required,"
        f" the spec requires shell_command; {ADAPT}")
    ],
    'REQUIRES = {"SessionState": ("Running", "Runnin")}': [
        f"relies on SessionState.Runnin, which the spec does not have; is it Running now? {RENAME}"
    ],
    'REQUIRES = {"Sesion": ("id",), "Wheel": {}}': [
        f"relies on the schema Sesion, which the spec does not have; is it Session now? {RENAME}",
        f"relies on the schema Wheel, which the spec does not have; {REMOVE}",
    ],
    'REQUIRES = {"ResourceId": {"maxLength": 255, "format": "x"}}': [
        f"relies on ResourceId.maxLength as 255, the spec says 256; {ADAPT}",
        f'relies on ResourceId.format as "x", the spec says nothing; {ADAPT}',
    ],
    'REQUIRES = {"operations": ("get_session", "get_sesion", "fly")}': [
        f"relies on the operation get_sesion, which the spec does not have; is it get_session now? {RENAME}",
        f"relies on the operation fly, which the spec does not have; {REMOVE}",
    ],
    'REQUIRES = {"operations": {"get_session": {"session_id": "string in query", "tenant": "string in query"}}}': [
        f'relies on get_session(session_id) as "string in query", the spec says "required string in path"; {ADAPT}',
        f'relies on get_session(tenant) ("string in query"), which the spec does not have; {REMOVE}',
    ],
    'REQUIRES = {"operations": {"list_sessions": {"->": "Session"}}}': [
        f'relies on list_sessions -> "Session", the spec says "SessionListResponse"; {ADAPT}',
        f'relies on list_sessions taking no argument project_id, the spec says "required string in query"; {ADAPT}',
    ],
    """REQUIRES = {
        "Odd": {"level": '"a" | "b"', "counts": "map of integer", "fixed": "1", "ring": "Ring", "any": "anything"}
    }""": [],
    'REQUIRES = {"TextQuery": {"if": {"equals": "a"}, "then": ("contents",), "else": ("not_equal",)}}': [
        ('relies on TextQuery.contents ("in the rule"), which the spec does not have;'
        f" is it contains now? {RENAME}")
    ],
    "REQUIRES = dict(Session=1)": [
        "REQUIRES must be a dict of literals: it is read without running the module"
    ],
    "REQUIRES = 3": ["REQUIRES must be a dict of literals: it is read without running the module"],
    "REQUIRES: dict[str, object]": ["REQUIRES must be a dict of literals: it is read without running the module"],
    "def f(:": ["is no Python: invalid syntax (<unknown>, line 1)"],
}  # fmt: skip

ODD_FIELDS = {
    "level": {"type": "string", "enum": ["a", "b"]},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    "fixed": {"const": 1},
    "any": {},
}

RULE = '"if": {"uses_app_config": True}, "then": ("build_id", "compute_template_id")'
BOTH_PAIRS = f'REQUIRES = {{"CreateSession": {{{RULE}, "else": ("cluster_config", "cloud_id")}}}}'
IN_WORDS = "if uses_app_config is true, then build_id and compute_template_id, else cluster_config and cloud_id"


def lines_for(root: Path, code: str, spec: Spec, before: Spec | None = None) -> list[str]:
    """What is told of a module with this code."""
    module = root / "overrides" / "client" / "module.py"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(f"{code}\n", encoding="utf-8")
    lines = broken_reliances(root, spec, before)
    assert all(line.startswith("overrides/client/module.py: ") for line in lines)
    return [line.removeprefix("overrides/client/module.py: ") for line in lines]


@pytest.mark.parametrize("code", STATED)
def test_what_does_not_hold_is_told(tmp_path: Path, spec: Spec, code: str) -> None:
    """Each thing that a module relies on in vain is one line: what it relies on, what the spec says, what to do."""
    ring = {"$ref": "#/components/schemas/Ring"}
    spec["components"]["schemas"] |= {"Odd": {"properties": {**ODD_FIELDS, "ring": ring}}, "Ring": {"anyOf": [ring]}}
    assert lines_for(tmp_path, code, spec) == STATED[code]


def test_no_overrides_rely_on_nothing(tmp_path: Path, spec: Spec) -> None:
    """A project without overrides relies on nothing."""
    assert broken_reliances(tmp_path, spec) == []


def test_new_name_is_sought_among_what_is_new(tmp_path: Path, spec: Spec) -> None:
    """What took the place of a name since the last regeneration is suggested before what was always there."""
    before = copy.deepcopy(spec)
    fields = spec["components"]["schemas"]["Session"]["properties"]
    fields["image_build"] = fields.pop("build_id")
    code = 'REQUIRES = {"Session": {"build_id": "string | null"}}'
    (known,), (unknown,) = lines_for(tmp_path, code, spec, before), lines_for(tmp_path, code, spec)
    assert "is it image_build now?" in known
    assert "is it default_build_id now?" in unknown


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
def test_rule_may_be_spelt_in_any_way(tmp_path: Path, spec: Spec, change: Change) -> None:
    """What counts is which sessions the spec admits, not how it says so."""
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
    (without_rule, '"if user_service_access is "private", else rules for user_service_token", and takes {}'),
    (
        without_required_in_if,
        (
            '"if uses_app_config is true, then build_id and compute_template_id, else cluster_config and cloud_id;'
            ' if user_service_access is "private", else rules for user_service_token",'
            ' and refuses {"cluster_config": "x", "cloud_id": "x"}'
        ),
    ),
    (third_field, '"if uses_app_config is true, then compute_template_id, else '),
    (blank_counts, 'and takes {"cluster_config": " ", "cloud_id": " "}'),
    (swapped, '"if uses_app_config is false, then build_id'),
    (not_a_pattern, "what cannot be understood: "),
]


@pytest.mark.parametrize(("change", "said"), BROKEN_RULES)
def test_other_rule_is_told(tmp_path: Path, spec: Spec, change: Change, said: str) -> None:
    """A spec whose rule is another than the override's is told with both, and with a session that shows it."""
    change(spec)
    (line,) = lines_for(tmp_path, BOTH_PAIRS, spec)
    assert line.startswith(f'has the rule "{IN_WORDS}" for CreateSession, the spec says ')
    assert said in line
    assert line.endswith(f"; {ADAPT}")


def test_stricter_rule_is_told(tmp_path: Path, spec: Spec) -> None:
    """A spec that refuses what the override lets through is told with what it refuses."""
    rule(spec)["dependentRequired"] = {"cloud_id": ["build_id"]}
    (line,) = lines_for(tmp_path, BOTH_PAIRS, spec)
    assert 'and refuses {"cluster_config": "x", "cloud_id": "x"}; ' in line


def test_condition_on_a_text(tmp_path: Path, spec: Spec) -> None:
    """A rule's condition may be on any value."""
    code = (
        'REQUIRES = {"CreateSession": {"if": {"user_service_access": "private"},'
        ' "then": ("cloud_id",), "else": ("build_id",)}}'
    )
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
        " and takes {}" in line
    )


def test_condition_without_a_test_is_told_as_such(tmp_path: Path, spec: Spec) -> None:
    """A condition that says nothing, with a branch that asks for nothing, is told in words, too."""
    rule(spec).update({"if": {}, "then": {}, "allOf": []})
    (line,) = lines_for(tmp_path, BOTH_PAIRS, spec)
    assert 'the spec says "if anything, then nothing, else cluster_config and cloud_id", and takes {}' in line


# Our own overrides.


def test_our_overrides_rely_on_what_there_is(repository: Path, spec: Spec) -> None:
    """Everything that our own overrides rely on is in the spec."""
    assert broken_reliances(repository, spec) == []


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
    del spec["paths"]["/sessions/{session_id}"]["get"]


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
        ('create_session.py: relies on CreateSession.build_id ("optional string"), which the spec does not have;'
        f" is it cluster_build_id now? {RENAME}"),
    ),
    "idle_timeout a string": (
        put(*IN_CREATE, "properties", "idle_timeout", value={"type": "string", "default": "120"}),
        ('create_session.py: relies on CreateSession.idle_timeout as "integer = 120",'
        f' the spec says "string = "120""; {ADAPT}'),
    ),
    "another default": (
        put(*IN_CREATE, "properties", "idle_timeout", "default", value=60),
        ('create_session.py: relies on CreateSession.idle_timeout as "integer = 120",'
        f' the spec says "integer = 60"; {ADAPT}'),
    ),
    "public gone": (
        put("components", "schemas", "UserServiceAccessTypes", "enum", value=["private"]),
        f"create_session.py: relies on UserServiceAccessTypes.public, which the spec does not have; {REMOVE}",
    ),
    "CreateSession gone": (
        rename_class,
        ("create_session.py: relies on the schema CreateSession, which the spec does not have;"
        f" is it NewSession now? {RENAME}"),
    ),
    "cloud_id required": (
        put(*IN_CREATE, "required", value=["name", "project_id", "cloud_id"]),
        ('create_session.py: relies on CreateSession.cloud_id as "optional string",'
        f' the spec says "required string"; {ADAPT}'),
    ),
    "cluster_config no longer secret": (
        put(*IN_CREATE, "properties", "cluster_config", value={"type": "string"}),
        ('create_session.py: relies on CreateSession.cluster_config as "optional secret string",'
        f' the spec says "optional string"; {ADAPT}'),
    ),
    "another rule": (
        put(*IN_CREATE, "then", "required", value=["build_id"]),
        f'create_session.py: has the rule "{IN_WORDS}" for CreateSession, the spec says "if uses_app_config is true,',
    ),
    "an operation gone": (
        drop_operation,
        "waiting.py: relies on the operation get_session, which the spec does not have; is it ",
    ),
    "a parameter moved": (
        move_parameter,
        ('waiting.py: relies on get_session(session_id) as "required string in path",'
        f' the spec says "required string in query"; {ADAPT}'),
    ),
    "a new required parameter": (
        put("paths", "/sessions/", "parameters", value=[
            {"name": "tenant", "in": "query", "required": True, "schema": {"type": "string"}}
        ]),
        ("cli/sessions.py: relies on list_sessions taking no argument tenant,"
        f' the spec says "required string in query"; {ADAPT}'),
    ),
    "a new parameter of what is called in a form of our own": (
        put("paths", "/sessions/", "post", "parameters", value=[
            {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}}
        ]),
        ("client.py: relies on create_session taking no argument dry_run,"
        f' the spec says "optional boolean in query"; {ADAPT}'),
    ),
    "another result": (
        put("components", "schemas", "SessionOperation", "properties", "completed", value={"type": "string"}),
        f'waiting.py: relies on SessionOperation.completed as "boolean", the spec says "required string"; {ADAPT}',
    ),
}  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_breaking_change_names_our_override(repository: Path, spec: Spec, breakage: str) -> None:
    """A change of the spec that breaks an override of ours is one line: override, field, what the spec says, remedy."""
    before = copy.deepcopy(spec)
    change, line = BREAKAGES[breakage]
    change(spec)
    lines = broken_reliances(repository, spec, before)
    assert sum(told.startswith(f"{OURS}/{line}") for told in lines) == 1, lines
    assert len(lines) == len(set(lines))


IN_SANDBOX: list[tuple[Change, list[str]]] = [
    (drop_update, ["handlers.py: relies on the operation update_session, which the spec does not have; is it "]),
    (
        rename_delete,
        [
            (
                'lifecycle.py: relies on TerminateSessionOptions.delete ("boolean"), which the spec does not have;'
                f" is it delete_it now? {RENAME}"
            )
        ],
    ),
    (drop_updating, ["flows.py: relies on SessionEventTypes.updating, which the spec does not have; "]),
    (
        rename_log_levels,
        [
            'events.py: relies on SessionEvent.log_level as "LogLevelTypes", the spec says "required EventSeverity"; ',
            "events.py: relies on the schema LogLevelTypes, which the spec does not have; is it EventSeverity now? ",
            'handlers.py: relies on get_session_event_log(log_level_types) as "list of LogLevelTypes in query", the ',
            "seeding.py: relies on the schema LogLevelTypes, which the spec does not have; is it EventSeverity now? ",
        ],
    ),
]


@pytest.mark.parametrize(("change", "said"), IN_SANDBOX)
def test_breaking_change_names_the_sandbox(repository: Path, spec: Spec, change: Change, said: list[str]) -> None:
    """A change of the spec that would make a part of the sandbox fail, or do nothing, is a line for each place."""
    before, place = copy.deepcopy(spec), "sandbox/anyscale_sessions_sandbox/"
    change(spec)
    lines = [line for line in broken_reliances(repository, spec, before) if line.startswith(place)]
    assert len(lines) == len(said), lines
    assert all(line.startswith(place + start) for line, start in zip(lines, said, strict=True)), lines


def modules(repository: Path) -> list[Path]:
    """Every hand-written module of the client."""
    return sorted((repository / OURS).rglob("*.py"))


def imported(path: Path) -> list[str]:
    """The generated classes and operations that a module imports when it runs."""
    statements = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    places = ("anyscale_sessions_api.models", "anyscale_sessions_api.api")
    return [alias.name for node in statements if str(node.module).startswith(places) for alias in node.names]


def test_what_overrides_import_is_stated(repository: Path) -> None:
    """A module that imports a generated class or operation states what it needs of it."""
    missing = [
        f"{path.relative_to(repository)}: {name}"
        for path in modules(repository)
        for stated in [relied_on(path)]
        for name in imported(path)
        if name.removesuffix("OtherFields") not in {*stated, *stated.get("operations", ())}
    ]
    assert missing == []


def test_overrides_state_types(repository: Path, spec: Spec) -> None:
    """Of the fields of a class, a module states the types, not only the names."""
    names_only = [
        f"{path.relative_to(repository)}: {name}"
        for path in modules(repository)
        for name, claim in relied_on(path).items()
        if name != "operations" and not isinstance(claim, dict) and "enum" not in schemas(spec)[name]
    ]
    assert names_only == []
