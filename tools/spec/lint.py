"""Rules that a spec must obey so that the generator and our templates make right code of it: a line for each breach.

The generator drops or renames what it does not understand, mostly without a message.
"""

from __future__ import annotations

from collections.abc import Iterator

from spec.navigate import Node, mapping, not_json, references, sequence, target_of
from spec.operation_rules import operation_problems
from spec.schema_rules import schema_problems
from spec.service import service_problems

# Deeper than any document that people write; the tools follow it by recursion.
DEEPEST_NESTING = 100
SHOWN_STEPS = 4


def problems_of(spec: Node) -> list[str]:
    """Every breach in the spec, each with its place; empty where there is none."""
    opening = list(opening_problems(spec))
    return opening or [*schema_problems(spec), *service_problems(spec), *operation_problems(spec)]


def opening_problems(spec: Node) -> Iterator[str]:
    """What keeps the document from being read as a spec at all."""
    deepest = too_deep(spec)
    if deepest:
        yield f"{deepest}: nested more than {DEEPEST_NESTING} levels deep: move inner schemas to components.schemas"
        return
    declared = spec.get("openapi")
    if declared is None:
        yield "not an OpenAPI document: the key `openapi` is missing"
    elif not str(declared).startswith("3.1."):
        yield f"openapi: {declared} is declared; write the spec in OpenAPI 3.0 or 3.1, and declare 3.0.3 or 3.1.0"
    for key in ("info", "paths"):
        if not isinstance(spec.get(key), dict):
            yield f"{key}: a mapping is needed"
    if isinstance(spec.get("info"), dict) and not isinstance(spec["info"].get("version"), str):
        yield "info.version: a string is needed"
    for place, value in not_json(spec):
        yield f"{place}: {value} is no value of JSON: put it in quotes"
    for place, reference in references(spec):
        if not str(reference).startswith("#/") or target_of(spec, reference) is None:
            yield f"{place}: $ref {reference} points nowhere in this document"


def too_deep(spec: Node) -> str:
    """The place where a document is nested too deeply; empty where it is not."""
    waiting: list[tuple[object, int, str]] = [(spec, 0, "")]
    while waiting:
        node, depth, place = waiting.pop()
        if depth > DEEPEST_NESTING:
            return place
        waiting += [
            (value, depth + 1, place if depth > SHOWN_STEPS else f"{place}.{key}".lstrip("."))
            for key, value in mapping(node).items()
        ]
        waiting += [(value, depth + 1, place) for value in sequence(node)]
    return ""
