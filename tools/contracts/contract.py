"""What hand-written modules require of the spec: each package states it in `_requires.py`, by module.

    REQUIRES = {
        "_validation.session_rules": {              # the module _validation/session_rules.py
            "CreateSession": {                      # of a schema:
                "name": "required string",          # it has this field, of this type, and it must be given
                "build_id": "optional string",      # the field may be left out, and has no default
                "idle_timeout": "integer = 120",    # the field may be left out, and this is its default
                "user_service_token": "secret string",  # whether the field may be left out does not matter
                "if": {"uses_app_config": True},    # the conditional rule: under this condition
                "then": ("build_id", "compute_template_id"),  # these must be given and not blank,
                "else": ("cluster_config", "cloud_id"),  # and otherwise these
            },
            "PageQuery": {"count": "integer = 10", "*": "optional"},  # no other field is required
            "UserServiceAccessTypes": ("private", "public"),  # the enum has these values
            "NotBlank": {"type": "string"},         # a schema that is no class has these keywords
            "operations": {
                "get_session": {"session_id": "required string in path", "->": "SessionResponse"},
                "start_session": {"session_id": "required string in path", "body": "StartSessionOptions"},
                "get_session": {"=>": "Session", "*": "anything"},  # what the method returns, without its envelope
                "list_sessions": {"=>": "page of Session", "*": "anything"},  # page by page
                "kill_session_command": {},         # the operation exists
                "delete_session": {"session_id": "string in path", "*": "anything"},  # other arguments may be required
                "create_session": {"body": "CreateSession", "*": "nothing"},  # there is no other argument
            },
        },
    }

Only what types cannot show is stated: names that a module uses as strings, defaults, secrets and the conditional rule.
The rest is found by mypy (tools/contracts/type_check.py). Regeneration fails with one line for each entry that the new
spec does not meet: the module, what it requires, what the spec says, and what to do. The file is literal data, and is
read without importing anything.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from contracts.conditional_rule import Rule, difference
from contracts.type_words import parsed, type_of, words_of
from spec.envelopes import envelopes
from spec.locations import is_mapping
from spec.navigate import JSON, Node, mapping, operations, properties_of, required_of, resolve, sequence

FOLDERS = ("overrides", "sandbox")
FILE = "_requires.py"
CONSTANT = "REQUIRES"
OPERATIONS = "operations"
OTHERS, BODY, RESPONSE, RESULT = "*", "body", "->", "=>"
ANYTHING, NOTHING = "anything", "nothing"
RULE_KEYS = ("if", "then", "else")
ADAPT = f"adapt the module and its entry in {FILE}, or revert the change of the spec"
RENAME = f"use the new name in the module and in {FILE}, or revert the change of the spec"
REMOVE = f"remove it from the module and from {FILE}, or revert the change of the spec"


class Unreadable(Exception):
    """A file of requirements cannot be read; the message says why."""


class Specs(NamedTuple):
    """The spec, and the previous one if known: a name that only the new spec has may replace one that is gone."""

    now: Node
    before: Node


def broken_requirements(root: Path, spec: Node, before: Node | None = None) -> list[str]:
    """A line for each requirement of a hand-written module that the spec does not meet."""
    specs, broken = Specs(spec, before or {}), list[str]()
    for path in sorted(path for folder in FOLDERS for path in root.glob(f"{folder}/*/{FILE}")):
        try:
            for module, requirements in requirements_in(path).items():
                place = _file_of(path.parent, module).relative_to(root).as_posix()
                broken += [
                    f"{place}: {line}" for name in requirements for line in _breaches(specs, name, requirements[name])
                ]
        except Unreadable as error:
            broken.append(f"{path.relative_to(root).as_posix()}: {error}")
    return broken


def requirements_in(path: Path) -> dict[str, dict[str, Any]]:
    """What the modules of a package require, by the module's name within the package.

    Raises:
        Unreadable: the file does not assign a dict of literals.
    """
    try:
        values: list[Any] = [
            getattr(statement, "value", None)
            for statement in ast.parse(path.read_text(encoding="utf-8")).body
            if CONSTANT in {ast.unparse(target) for target in _targets(statement)}
        ]
        (value,) = values
        return {str(module): dict(stated.items()) for module, stated in ast.literal_eval(value).items()}
    except (SyntaxError, ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"{CONSTANT} must be one dict of literals, by module: {error}") from error


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _file_of(package: Path, module: str) -> Path:
    path = package.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    raise Unreadable(f"there is no module {module}")


def _breaches(specs: Specs, name: str, claim: Any) -> Iterator[str]:
    classes = mapping(mapping(specs.now.get("components")).get("schemas"))
    if name == OPERATIONS:
        yield from _operation_breaches(specs, claim)
    elif name not in classes:
        before = mapping(mapping(specs.before.get("components")).get("schemas"))
        yield f"requires the schema {name}, which the spec does not have{_instead(name, classes, before)}"
    elif not is_mapping(claim):
        yield from _name_breaches(specs, name, claim)
    elif properties_of(specs.now, classes[name]):
        yield from _field_breaches(specs, name, claim)
    else:
        yield from _keyword_breaches(name, resolve(specs.now, classes[name]), claim)


def _name_breaches(specs: Specs, name: str, names: Iterable[object]) -> Iterator[str]:
    """Values of an enum, or names of fields whose type does not matter."""
    schema, old = (mapping(mapping(mapping(spec.get("components")).get("schemas")).get(name)) for spec in specs)
    values = sequence(schema.get("enum")) or list(properties_of(specs.now, schema))
    before = sequence(old.get("enum")) or list(properties_of(specs.before, old))
    for value in names:
        if value not in values:
            instead = _instead(str(value), map(str, values), map(str, before))
            yield f"requires {name}.{value}, which the spec does not have{instead}"


def _field_breaches(specs: Specs, name: str, claims: Node) -> Iterator[str]:
    schema, old = (mapping(mapping(mapping(spec.get("components")).get("schemas")).get(name)) for spec in specs)
    fields, required = properties_of(specs.now, schema), required_of(specs.now, schema)
    rule = Rule(mapping(claims.get("if")), tuple(claims.get("then", ())), tuple(claims.get("else", ())))
    stated = {field: claim for field, claim in claims.items() if field not in (*RULE_KEYS, OTHERS)}
    for field, claim in {**dict.fromkeys(rule.fields, "in the rule"), **stated}.items():
        if field not in fields:
            instead = _instead(field, fields, properties_of(specs.before, old))
            yield f'requires {name}.{field} ("{claim}"), which the spec does not have{instead}'
        elif field in stated:
            words = words_of(specs.now, fields[field], required=field in required)
            if not parsed(str(claim)).hold_for(words):
                yield f'requires {name}.{field} to be "{claim}", but the spec says "{words}"; {ADAPT}'
    for field in required if OTHERS in claims else ():
        if field not in claims:
            yield f"requires {name} to have no other required field, but the spec requires {field}; {ADAPT}"
    if rule.fields and set(rule.fields) <= set(fields) and (spec_says := difference(specs.now, schema, rule)):
        yield f'requires {name} to have the rule "{rule}", but the spec says {spec_says}; {ADAPT}'


def _keyword_breaches(name: str, schema: Node, claims: Node) -> Iterator[str]:
    for keyword, claim in claims.items():
        if keyword not in schema or schema[keyword] != claim:
            says = f"says {json.dumps(schema[keyword])}" if keyword in schema else "says nothing"
            yield f"requires {name}.{keyword} to be {json.dumps(claim)}, but the spec {says}; {ADAPT}"


def _operation_breaches(specs: Specs, claims: Any) -> Iterator[str]:
    now, before = ({str(node.get("operationId")): node for *_, node in operations(spec)} for spec in specs)
    for name in claims:
        if name not in now:
            yield f"requires the operation {name}, which the spec does not have{_instead(name, now, before)}"
        elif is_mapping(claims) and claims[name]:
            stated = mapping(claims[name])
            yield from _call_breaches(specs.now, name, now[name], mapping(before.get(name)), stated)
            if RESULT in stated and (result := _result_of(specs.now, name, now[name])) != stated[RESULT]:
                yield f'requires {name} to return "{stated[RESULT]}", but the spec says "{result}"; {ADAPT}'


def _call_breaches(spec: Node, name: str, operation: Node, old: Node, claims: Node) -> Iterator[str]:
    parts = _parts_of(spec, operation)
    for part, claim in claims.items():
        if part in (OTHERS, RESULT):
            continue
        if part not in parts:
            instead = _instead(part, set(parts) - {BODY, RESPONSE}, set(_parts_of(spec, old)))
            yield f'requires {name}({part}) ("{claim}"), which the spec does not have{instead}'
        elif not _is_as_claimed(parts[part], str(claim)):
            what = f"{name} to return" if part == RESPONSE else f"{name}({part}) to be"
            yield f'requires {what} "{claim}", but the spec says "{parts[part]}"; {ADAPT}'
    for part, words in parts.items():
        is_taken_up = part in claims or part == RESPONSE or claims.get(OTHERS) == ANYTHING
        if not is_taken_up and (words.startswith("required ") or claims.get(OTHERS) == NOTHING):
            yield f'requires {name} to have no argument {part}, but the spec says "{words}"; {ADAPT}'


def _is_as_claimed(words: str, claim: str) -> bool:
    actual, _, place = words.rpartition(" in ")
    claimed, _, claimed_place = claim.rpartition(" in ")
    is_same_place = bool(actual and claimed) and place == claimed_place
    return words == claim or (is_same_place and parsed(claimed).hold_for(parsed(actual)))


def _parts_of(spec: Node, operation: Node) -> dict[str, str]:
    """The arguments and the result of an operation, in words."""
    parts: dict[str, str] = {}
    for declared in operation.get("parameters", ()):
        parameter = resolve(spec, declared)
        words = words_of(spec, parameter.get("schema"), required=parameter.get("required") is True)
        parts[str(parameter.get("name"))] = f"{words} in {parameter.get('in')}"
    body = mapping(resolve(spec, operation.get("requestBody")).get("content"))
    if body:
        parts[BODY] = type_of(spec, mapping(body.get(JSON)).get("schema"))
    for status, declared in mapping(operation.get("responses")).items():
        content = mapping(resolve(spec, declared).get("content"))
        if str(status).startswith("2"):
            parts[RESPONSE] = type_of(spec, mapping(content.get(JSON)).get("schema")) if content else "nothing"
    return parts


def _result_of(spec: Node, name: str, operation: Node) -> str:
    """What the method of an operation returns, in words: the response, or what its envelope holds."""
    words = _parts_of(spec, operation).get(RESPONSE, "nothing")
    envelope = envelopes(spec)[0][name]
    if not envelope.field:
        return words
    schema = mapping(mapping(spec["components"]).get("schemas")).get(words)
    words = type_of(spec, properties_of(spec, schema).get(envelope.field))
    return f"page of {words.removeprefix('list of ')}" if envelope.is_page else words


def _instead(name: str, now: Iterable[str], before: Iterable[str]) -> str:
    """A suggestion of the new name, if there is one, and what to do."""
    names, known = set(now), set(before)
    new = names - known if name in known else set[str]()
    found = difflib.get_close_matches(name, sorted(new), 1, 0.3) or difflib.get_close_matches(name, sorted(names), 1)
    return f"; was it renamed to {found[0]}? {RENAME}" if found else f"; {REMOVE}"
