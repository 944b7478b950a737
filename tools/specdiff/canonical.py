"""The meaning of a JSON Schema in one form, however it is written, so that two can be compared.

A schema becomes one conjunction: types, values, limits, texts, fields and, for what has no simpler form, clauses.
`$ref` and `allOf` are merged into it; so are `anyOf` and `oneOf` whose branches differ in type, of which a nullable
schema is the usual case. Subschemas of fields and items stay as places, and are read when they are needed: that is
how recursive schemas are read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from spec.locations import Place, is_list, is_mapping
from spec.navigate import Node, mapping, sequence

# Several places are a conjunction: all of them hold. None of them: anything is allowed.
Sub: TypeAlias = tuple[Place, ...]
Types: TypeAlias = frozenset[str]
# A bound, and whether the bound itself is excluded.
Limit: TypeAlias = tuple[float, bool]

EVERY_TYPE: Types = frozenset({"null", "boolean", "number", "string", "array", "object"})
LIMITS = {
    "minimum": "number",
    "maximum": "number",
    "minLength": "string",
    "maxLength": "string",
    "minItems": "array",
    "maxItems": "array",
    "minProperties": "object",
    "maxProperties": "object",
}


@dataclass(frozen=True)
class Clause:
    """A rule for the types in `guard`.

    By kind: `not` (what may not be), `when` and `unless` (what holds if the condition does, or does not), `any` (one of
    the parts holds), `raw` (a node that is only ever compared as it is written).
    """

    kind: str
    guard: Types
    at: str
    parts: tuple[Sub, ...]
    condition: Sub = ()


@dataclass(frozen=True)
class Schema:
    """What a value must be. What concerns a type that is not allowed is left out."""

    types: Types = EVERY_TYPE
    values: dict[str, dict[Any, Any]] = field(default_factory=dict[str, dict[Any, Any]])
    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    multiples: frozenset[float] = frozenset()
    patterns: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    unique: bool = False
    items: Sub = ()
    properties: dict[str, Sub] = field(default_factory=dict[str, Sub])
    required: frozenset[str] = frozenset()
    additional: Sub | None = None
    clauses: tuple[Clause, ...] = ()
    notes: Node = field(default_factory=dict[str, Any])


def ids(sub: Sub) -> tuple[int, ...]:
    """What tells these places from any others."""
    return tuple(int(place.node) if isinstance(place.node, bool) else id(place.node) for place in sub)


def key_of(value: Any) -> Any:
    """What JSON Schema compares a value by: 1 is 1.0, but not true."""
    if is_mapping(value):
        return ("object", frozenset((key, key_of(item)) for key, item in mapping(value).items()))
    if is_list(value):
        return ("array", tuple(key_of(item) for item in sequence(value)))
    return (family(type_of(value)), value)


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if value == math.floor(value) else "number"
    return "array" if is_list(value) else "object" if is_mapping(value) else "string"


def family(name: str) -> str:
    """The type that a type is one of: an integer is a number."""
    return "number" if name == "integer" else name


def meet(one: Types, other: Types) -> Types:
    """The types in both."""
    return frozenset(
        name
        for name in one | other
        if (name in one or (name == "integer" and "number" in one))
        and (name in other or (name == "integer" and "number" in other))
    )


def wide(names: Types) -> Types:
    """The types, of which a number makes an integer needless."""
    return names - {"integer"} if "number" in names else names


def strictness(name: str, limit: Limit) -> Limit:
    """A limit as something that grows as the limit gets tighter."""
    return limit if name.startswith("min") else (-limit[0], limit[1])


def tighter(name: str, one: Limit | None, other: Limit) -> Limit:
    """The one of two limits that allows less."""
    return other if one is None or strictness(name, other) > strictness(name, one) else one


def overlap(one: Schema, other: Schema) -> bool:
    """Whether two schemas have a type in common."""
    return bool({family(name) for name in one.types} & {family(name) for name in other.types})


def _joined(one: Sub, other: Sub) -> Sub:
    return one + tuple(place for place in other if ids((place,))[0] not in ids(one))


def both(one: Schema, other: Schema) -> Schema:
    """The schema of what is valid under both."""
    values = {**other.values, **one.values}
    for name in set(one.values) & set(other.values):
        values[name] = {key: value for key, value in one.values[name].items() if key in other.values[name]}
    limits = dict(one.limits)
    for name, limit in other.limits.items():
        limits[name] = tighter(name, limits.get(name), limit)
    properties = {
        name: _joined(*(side.properties.get(name, side.additional or ()) for side in (one, other)))
        for name in [*one.properties, *(name for name in other.properties if name not in one.properties)]
    }
    said = [side.additional for side in (one, other) if side.additional is not None]
    return tidy(
        Schema(
            types=meet(one.types, other.types),
            values=values,
            limits=limits,
            multiples=one.multiples | other.multiples,
            patterns=one.patterns | other.patterns,
            formats=one.formats | other.formats,
            unique=one.unique or other.unique,
            items=_joined(one.items, other.items),
            properties=properties,
            required=one.required | other.required,
            additional=_joined(said[0], said[-1]) if said else None,
            clauses=one.clauses + other.clauses,
            notes={**other.notes, **one.notes},
        )
    )


def either(one: Schema, other: Schema) -> Schema:
    """The schema of what is valid under one of two that have no type in common."""
    return Schema(
        types=one.types | other.types,
        values=one.values | other.values,
        limits=one.limits | other.limits,
        multiples=one.multiples | other.multiples,
        patterns=one.patterns | other.patterns,
        formats=one.formats | other.formats,
        unique=one.unique or other.unique,
        items=one.items or other.items,
        properties=one.properties | other.properties,
        required=one.required | other.required,
        additional=other.additional if one.additional is None else one.additional,
        clauses=one.clauses + other.clauses,
        notes=other.notes | one.notes,
    )


def tidy(schema: Schema) -> Schema:
    """The schema without what its types make void, and with each limit in one form."""
    values = {
        name: {key: value for key, value in listed.items() if meet(frozenset({type_of(value)}), schema.types)}
        for name, listed in schema.values.items()
    }
    types = frozenset(name for name in schema.types if values.get(family(name)) != {})
    if "number" in types and all(type_of(value) == "integer" for value in values.get("number", {0: 0.5}).values()):
        types = types - {"number"} | {"integer"}
    families = {family(name) for name in types}
    limits = {name: limit for name, limit in schema.limits.items() if LIMITS[name] in families}
    if "integer" in types:
        limits |= {name: _whole(name, limits[name]) for name in ("minimum", "maximum") if name in limits}
    void = {name: limit for name, limit in limits.items() if name.startswith("min") and name != "minimum"}
    limits = {name: limit for name, limit in limits.items() if not (name in void and void[name][0] <= 0)}
    clauses = [replace(clause, guard=meet(clause.guard, types)) for clause in schema.clauses]
    text, number = "string" in families, "number" in families
    fields, items = "object" in families, "array" in families
    free = ("boolean" in values and len(values["boolean"]) > 1, "null" in values)
    return replace(
        schema,
        types=types,
        values={
            name: listed
            for name, listed in values.items()
            if name in families and not (name == "null" and free[1]) and not (name == "boolean" and free[0])
        },
        limits=limits,
        multiples=schema.multiples if number else frozenset(),
        patterns=schema.patterns if text else frozenset(),
        formats=schema.formats if text or number else frozenset(),
        unique=schema.unique and items,
        items=schema.items if items else (),
        properties=schema.properties if fields else {},
        required=schema.required if fields else frozenset(),
        additional=schema.additional if fields else None,
        clauses=tuple(clause for clause in clauses if clause.guard),
    )


def _whole(name: str, limit: Limit) -> Limit:
    """The limit of an integer, with the bound itself allowed."""
    bound, excluded = limit
    if name == "minimum":
        return (math.floor(bound) + 1 if excluded else math.ceil(bound), False)
    return (math.ceil(bound) - 1 if excluded else math.floor(bound), False)
