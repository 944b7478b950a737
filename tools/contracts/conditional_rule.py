"""Compare a rule that an override states, `if` this `then` those fields `else` these, with the one in the spec.

The results are compared, not the texts: on every combination of the rule's fields (absent, blank, given) the spec must
accept what the override accepts. The spec may write the rule in any way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import product
from typing import Any, NamedTuple

from spec.navigate import Node, mapping, required_of, resolve, sequence

BLANK, GIVEN = " ", "x"
# What makes up a schema's rule, beside the fields themselves.
RULES = frozenset({"if", "then", "else", "allOf", "anyOf", "oneOf", "not", "dependentRequired", "dependentSchemas"})


class Rule(NamedTuple):
    """The rule of an override: if a condition holds, some fields must be given and not blank, and otherwise others."""

    condition: Mapping[str, Any]
    needed: tuple[str, ...]
    otherwise: tuple[str, ...]

    @property
    def fields(self) -> list[str]:
        """The fields that it is about, those of the condition first."""
        return list(dict.fromkeys([*self.condition, *self.needed, *self.otherwise]))

    def admits(self, body: Mapping[str, Any]) -> bool:
        """Whether a body keeps it."""
        holds = all(name in body and body[name] is value for name, value in self.condition.items())
        return all(str(body.get(name, "")).strip() for name in (self.needed if holds else self.otherwise))

    def __str__(self) -> str:
        condition = " and ".join(f"{name} is {json.dumps(value)}" for name, value in self.condition.items())
        return f"if {condition}, then {' and '.join(self.needed)}, else {' and '.join(self.otherwise)}"


def difference(spec: Node, schema: Node, rule: Rule) -> str:
    """How the spec differs from the rule, with the shortest body that shows it; empty if they agree."""
    try:
        validator = _validator(spec, schema, rule)
        odd = [body for body in _bodies(rule) if validator.is_valid(body) is not rule.admits(body)]
    except Exception as error:  # noqa: BLE001 - a pattern that is none, a ring of references, a type that is none, ...
        return f"something that cannot be evaluated: {type(error).__name__}: {' '.join(str(error).split())}"
    if not odd:
        return ""
    body = min(odd, key=lambda body: len(json.dumps(body)))
    verdict = "refuses" if rule.admits(body) else "accepts"
    return f'"{said(spec, schema)}", and {verdict} {json.dumps(body)}'


def said(spec: Node, schema: Node) -> str:
    """The conditions of a schema, in short."""
    holders = [schema, *(resolve(spec, part) for part in sequence(schema.get("allOf")))]
    return "; ".join(_clause(spec, holder) for holder in holders if "if" in holder) or "no if"


def _clause(spec: Node, holder: Node) -> str:
    condition = resolve(spec, holder["if"])
    tests = [_test(name, mapping(test)) for name, test in mapping(condition.get("properties")).items()]
    branches = [f"{key} {' and '.join(_asked(spec, holder[key]))}" for key in ("then", "else") if key in holder]
    return ", ".join([f"if {' and '.join(tests) or 'anything'}", *branches])


def _asked(spec: Node, branch: object) -> list[str]:
    named = required_of(spec, branch) or [f"rules for {name}" for name in mapping(mapping(branch).get("properties"))]
    return [str(name) for name in named] or ["nothing"]


def _test(name: str, test: Node) -> str:
    return f"{name} is {json.dumps(test['const'])}" if "const" in test else f"{name} is {json.dumps(test)}"


def _bodies(rule: Rule) -> Iterator[dict[str, Any]]:
    values: list[list[Any]] = [
        [None, value, not value] if isinstance(value, bool) else [None, value, f"not {value}"]
        for value in rule.condition.values()
    ]
    values += [[None, BLANK, GIVEN]] * (len(rule.fields) - len(values))
    for chosen in product(*values):
        yield {name: value for name, value in zip(rule.fields, chosen, strict=True) if value is not None}


def _validator(spec: Node, schema: Node, rule: Rule) -> Any:
    jsonschema: Any = import_module("jsonschema")  # it brings no types
    fields = mapping(schema.get("properties"))
    kept = {key: value for key, value in schema.items() if key in RULES}
    kept["properties"] = {name: fields[name] for name in rule.fields if name in fields}
    kept["required"] = [name for name in rule.fields if name in sequence(schema.get("required"))]
    return jsonschema.Draft202012Validator({**kept, "components": spec.get("components")})
