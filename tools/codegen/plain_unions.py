"""Unions of values that JSON tells apart. Options of one type of JSON become one."""

from __future__ import annotations

from typing import Any

from codegen.schema_parts import fields_of
from spec.navigate import Node, parts_of, resolve, sequence

JSON_TYPES: dict[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def grouped(spec: Node, options: list[Node]) -> tuple[dict[str, list[Node]], Node]:
    """The options by their type of JSON, and the one schema of each type that has several.

    A schema without a key stands for an option that another one includes.
    """
    groups: dict[str, list[Node]] = {}
    for option in options:
        groups.setdefault(json_type(spec, option), []).append(option)
    merged = {kind: _one_of_a_kind(spec, kind, group) for kind, group in groups.items() if len(group) > 1}
    merged = {kind: option for kind, option in merged.items() if option}
    if "integer" in groups and "number" in groups:
        merged |= {"integer": {}, "number": {"type": "number"}}
    return groups, merged


def json_type(spec: Node, option: Node) -> str:
    """The type of JSON that all values of a schema have; `any` where there is none."""
    target = resolve(spec, option)
    if "allOf" in target:
        target = {key: value for part in parts_of(spec, target) for key, value in part.items()}
    values: list[Any] = [target["const"]] if "const" in target else sequence(target.get("enum"))
    kinds = {JSON_TYPES.get(type(value), "null") for value in values} or {str(target.get("type", "any"))}
    kind = kinds.pop() if len(kinds) == 1 else "any"
    return "object" if kind == "any" and fields_of(spec, target) else kind


def _one_of_a_kind(spec: Node, kind: str, group: list[Node]) -> Node:
    """One schema for several of one type of JSON; nothing where it stays several, as null and any do."""
    if kind in ("string", "integer", "number", "boolean"):
        return {"type": kind}
    targets = [resolve(spec, option) for option in group]
    if kind == "array":
        return {"type": "array", "items": {"anyOf": [target.get("items", {}) for target in targets]}}
    if kind == "object" and not any(fields_of(spec, target) for target in targets):
        values = [target.get("additionalProperties", {}) for target in targets]
        is_free = any(not isinstance(value, dict) or not value for value in values)
        return {"type": "object", "additionalProperties": True if is_free else {"anyOf": values}}
    return {}
