"""What the hand-written modules rely on in the spec: each says so itself, in a constant named `REQUIRES`.

    REQUIRES = {
        "CreateSession": {
            "name": "required string",       # it is there, has this type, and must be given
            "build_id": "optional string",   # it may be left out, and has no default
            "idle_timeout": "integer = 120", # it may be left out, and this is its default
            "user_service_token": "secret string",  # whether it may be left out does not matter here
            "if": {"uses_app_config": True}, # the rule: under this condition,
            "then": ("build_id", "compute_template_id"),  # these must be given, and not be blank,
            "else": ("cluster_config", "cloud_id"),  # and these otherwise
        },
        "PageQuery": {"count": "integer = 10", "*": "optional"},  # nothing else has to be given
        "UserServiceAccessTypes": ("private", "public"),  # these values are among those of the enum
        "NotBlank": {"type": "string"},  # of what is no class, any keyword of its schema
        "operations": {
            "get_session": {"session_id": "required string in path", "->": "SessionResponse"},
            "start_session": {"session_id": "required string in path", "body": "StartSessionOptions"},
            "kill_session_command": {},  # only that it is there
            "delete_session": {"session_id": "string in path", "*": "anything"},  # whatever else must be given
            "create_session": {"body": "CreateSession", "*": "nothing"},  # no other argument, optional or not
        },
    }

It is literal data, and nothing is imported to read it. A change of the spec that takes away or alters any of this fails
regeneration with a line for each: which override, what it relies on, what the spec now says, what to do.
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
from spec.locations import is_mapping
from spec.navigate import JSON, Node, mapping, operations, properties_of, required_of, resolve, sequence

FOLDERS = ("overrides", "sandbox")
CONSTANT = "REQUIRES"
OPERATIONS = "operations"
OTHERS, BODY, RESPONSE = "*", "body", "->"
ANYTHING, NOTHING = "anything", "nothing"
RULE_KEYS = ("if", "then", "else")
ADAPT = f"adapt this module and its {CONSTANT}, or take the change back"
RENAME = f"use the new name in this module and its {CONSTANT}, or take the change back"
REMOVE = f"do without it in this module and its {CONSTANT}, or take the change back"


class Unreadable(Exception):
    """A module does not say what it relies on in a way that can be read."""


class Specs(NamedTuple):
    """The spec, and the one before it as far as it is known: what is new since may be the new name of what is gone."""

    now: Node
    before: Node


def broken_reliances(root: Path, spec: Node, before: Node | None = None) -> list[str]:
    """A line for whatever a hand-written module relies on and the spec does not, or no longer, give."""
    specs, broken = Specs(spec, before or {}), list[str]()
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        place = path.relative_to(root).as_posix()
        try:
            stated = relied_on(path)
            broken += [f"{place}: {line}" for name in stated for line in _breaches(specs, name, stated[name])]
        except Unreadable as error:
            broken.append(f"{place}: {error}")
    return broken


def relied_on(path: Path) -> dict[str, Any]:
    """What a module states. Raises `Unreadable`."""
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"is no Python: {error}") from error
    stated: dict[str, Any] = {}
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", statement)]
        if [ast.unparse(target) for target in targets] == [CONSTANT]:
            try:
                stated |= {str(name): claim for name, claim in ast.literal_eval(getattr(statement, "value")).items()}  # noqa: B009
            except (ValueError, TypeError, AttributeError) as error:
                raise Unreadable(
                    f"{CONSTANT} must be a dict of literals: it is read without running the module"
                ) from error
    return stated


def _breaches(specs: Specs, name: str, claim: Any) -> Iterator[str]:
    classes = mapping(mapping(specs.now.get("components")).get("schemas"))
    if name == OPERATIONS:
        yield from _operation_breaches(specs, claim)
    elif name not in classes:
        before = mapping(mapping(specs.before.get("components")).get("schemas"))
        yield f"relies on the schema {name}, which the spec does not have{_instead(name, classes, before)}"
    elif not is_mapping(claim):
        yield from _name_breaches(specs, name, claim)
    elif properties_of(specs.now, classes[name]):
        yield from _field_breaches(specs, name, claim)
    else:
        yield from _keyword_breaches(name, resolve(specs.now, classes[name]), claim)


def _name_breaches(specs: Specs, name: str, names: Iterable[object]) -> Iterator[str]:
    """Values of an enum; names of fields that only have to be there."""
    schema, old = (mapping(mapping(mapping(spec.get("components")).get("schemas")).get(name)) for spec in specs)
    values = sequence(schema.get("enum")) or list(properties_of(specs.now, schema))
    before = sequence(old.get("enum")) or list(properties_of(specs.before, old))
    for value in names:
        if value not in values:
            instead = _instead(str(value), map(str, values), map(str, before))
            yield f"relies on {name}.{value}, which the spec does not have{instead}"


def _field_breaches(specs: Specs, name: str, claims: Node) -> Iterator[str]:
    schema, old = (mapping(mapping(mapping(spec.get("components")).get("schemas")).get(name)) for spec in specs)
    fields, required = properties_of(specs.now, schema), required_of(specs.now, schema)
    rule = Rule(mapping(claims.get("if")), tuple(claims.get("then", ())), tuple(claims.get("else", ())))
    stated = {field: claim for field, claim in claims.items() if field not in (*RULE_KEYS, OTHERS)}
    for field, claim in {**dict.fromkeys(rule.fields, "in the rule"), **stated}.items():
        if field not in fields:
            instead = _instead(field, fields, properties_of(specs.before, old))
            yield f'relies on {name}.{field} ("{claim}"), which the spec does not have{instead}'
        elif field in stated:
            words = words_of(specs.now, fields[field], required=field in required)
            if not parsed(str(claim)).hold_for(words):
                yield f'relies on {name}.{field} as "{claim}", the spec says "{words}"; {ADAPT}'
    for field in required if OTHERS in claims else ():
        if field not in claims:
            yield f"relies on {name} having nothing else that is required, the spec requires {field}; {ADAPT}"
    if rule.fields and set(rule.fields) <= set(fields) and (spec_says := difference(specs.now, schema, rule)):
        yield f'has the rule "{rule}" for {name}, the spec says {spec_says}; {ADAPT}'


def _keyword_breaches(name: str, schema: Node, claims: Node) -> Iterator[str]:
    for keyword, claim in claims.items():
        if keyword not in schema or schema[keyword] != claim:
            says = f"says {json.dumps(schema[keyword])}" if keyword in schema else "says nothing"
            yield f"relies on {name}.{keyword} as {json.dumps(claim)}, the spec {says}; {ADAPT}"


def _operation_breaches(specs: Specs, claims: Any) -> Iterator[str]:
    now, before = ({str(node.get("operationId")): node for *_, node in operations(spec)} for spec in specs)
    for name in claims:
        if name not in now:
            yield f"relies on the operation {name}, which the spec does not have{_instead(name, now, before)}"
        elif is_mapping(claims) and claims[name]:
            yield from _call_breaches(specs.now, name, now[name], mapping(before.get(name)), mapping(claims[name]))


def _call_breaches(spec: Node, name: str, operation: Node, old: Node, claims: Node) -> Iterator[str]:
    parts = _parts_of(spec, operation)
    for part, claim in claims.items():
        if part == OTHERS:
            continue
        if part not in parts:
            instead = _instead(part, set(parts) - {BODY, RESPONSE}, set(_parts_of(spec, old)))
            yield f'relies on {name}({part}) ("{claim}"), which the spec does not have{instead}'
        elif not _is_as_claimed(parts[part], str(claim)):
            what = f"{name} -> " if part == RESPONSE else f"{name}({part}) as "
            yield f'relies on {what}"{claim}", the spec says "{parts[part]}"; {ADAPT}'
    for part, words in parts.items():
        is_taken_up = part in claims or part == RESPONSE or claims.get(OTHERS) == ANYTHING
        if not is_taken_up and (words.startswith("required ") or claims.get(OTHERS) == NOTHING):
            yield f'relies on {name} taking no argument {part}, the spec says "{words}"; {ADAPT}'


def _is_as_claimed(words: str, claim: str) -> bool:
    told, _, place = words.rpartition(" in ")
    claimed, _, claimed_place = claim.rpartition(" in ")
    return words == claim or bool(
        told and claimed and place == claimed_place and parsed(claimed).hold_for(parsed(told))
    )


def _parts_of(spec: Node, operation: Node) -> dict[str, str]:
    """What an operation takes and gives, in words by name."""
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


def _instead(name: str, now: Iterable[str], before: Iterable[str]) -> str:
    """What may be its new name, and what to do."""
    names, known = set(now), set(before)
    new = names - known if name in known else set[str]()
    found = difflib.get_close_matches(name, sorted(new), 1, 0.3) or difflib.get_close_matches(name, sorted(names), 1)
    return f"; is it {found[0]} now? {RENAME}" if found else f"; {REMOVE}"
