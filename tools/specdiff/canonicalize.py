"""Read a JSON Schema into its one form."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from spec.locations import Place, Unusable, below, find, is_mapping
from spec.navigate import Node, mapping, sequence
from specdiff.canonical import (
    EVERY_TYPE,
    LIMITS,
    Clause,
    Limit,
    Schema,
    Sub,
    Types,
    both,
    either,
    family,
    ids,
    key_of,
    overlap,
    tidy,
    tighter,
    type_of,
    wide,
)

_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
ANNOTATIONS = frozenset({"title", "description", "examples", "example", "externalDocs", "$comment", "xml"})
NOTES = ANNOTATIONS | {"default", "deprecated", "readOnly", "writeOnly"}
_READ = (
    NOTES
    | set(LIMITS)
    | set(_EXCLUSIVE)
    | {"$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "type", "enum", "const", "format", "pattern"}
    | {"multipleOf", "uniqueItems", "items", "properties", "required", "additionalProperties", "dependentRequired"}
    | {"dependentSchemas", "$defs"}
)
# Keywords that mean something only together: where the first one is used, all are compared as they are written.
_TOGETHER = {
    "patternProperties": ("object", {"patternProperties", "properties", "additionalProperties"}),
    "prefixItems": ("array", {"prefixItems", "items"}),
    "contains": ("array", {"contains", "minContains", "maxContains"}),
    "propertyNames": ("object", {"propertyNames"}),
}
_SHAPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("properties", "patternProperties", "dependentRequired", "dependentSchemas"), (dict, "a mapping")),
    **dict.fromkeys(("required", "enum", "allOf", "anyOf", "oneOf", "prefixItems"), (list, "a list")),
    **dict.fromkeys(("pattern", "format", "$ref"), (str, "a text")),
}


class Document:
    """A spec and the schemas read from it so far."""

    def __init__(self, spec: Node) -> None:
        self.spec = spec
        # A place is kept with its schema: no other node can then get its id.
        self._read: dict[tuple[int, ...], tuple[Sub, Schema]] = {}
        self._reading: list[int] = []

    def schema(self, sub: Sub) -> Schema:
        """The meaning of these places together."""
        key = ids(sub)
        if key not in self._read:
            schema = Schema()
            for place in sub:
                schema = both(schema, self._at(place))
            self._read[key] = (sub, schema)
        return self._read[key][1]

    def _at(self, place: Place) -> Schema:
        node = place.node
        if isinstance(node, bool):
            return Schema() if node else Schema(types=frozenset())
        if not is_mapping(node):
            raise Unusable(f"{place.pointer}: a schema is needed, found {type(node).__name__}")
        if id(node) in self._reading:
            raise Unusable(f"{place.pointer}: the schema is made of itself, without end")
        self._reading.append(id(node))
        try:
            return self._composed(place)
        finally:
            self._reading.pop()

    def _composed(self, place: Place) -> Schema:
        node = place.keys
        _check(place)
        if {"unevaluatedProperties", "unevaluatedItems"} & set(node):
            return Schema(clauses=(Clause("raw", EVERY_TYPE, place.pointer, ((place,),)),), notes=notes_of(node))
        schema = _own(place)
        if "$ref" in node:
            target = find(self.spec, node["$ref"])
            schema = both(schema, self._at(target) if target else Schema())
        for index in range(len(sequence(node.get("allOf")))):
            schema = both(schema, self._at(_item(place, "allOf", index)))
        for keyword in ("anyOf", "oneOf"):
            if keyword in node:
                schema = both(schema, self._choice(place, keyword))
        return tidy(schema)

    def _choice(self, place: Place, keyword: str) -> Schema:
        """The branches as one schema where they differ in type; else as a clause, apart from a null among them."""
        branches = [_item(place, keyword, index) for index in range(len(place.keys[keyword]))]
        read = [(branch, schema) for branch in branches if (schema := self.schema((branch,))).types]
        listed = _of_values([value for _, one in read if _is_list(one) for value in _listed(one)])
        if sum(map(len, listed.values.values())) == sum(len(_listed(one)) for _, one in read if _is_list(one)):
            others = [(branch, one) for branch, one in read if not _is_list(one)]
            if listed.types and not any(overlap(listed, one) for _, one in others):
                return either(tidy(listed), self._of_branches(place, keyword, others))
        return self._of_branches(place, keyword, read)

    def _of_branches(self, place: Place, keyword: str, read: list[tuple[Place, Schema]]) -> Schema:
        merged, rest = Schema(types=frozenset()), list[tuple[Place, Schema]]()
        for index, (branch, schema) in enumerate(read):
            if any(overlap(schema, other) for at, (_, other) in enumerate(read) if at != index):
                rest.append((branch, schema))
            else:
                merged = either(merged, schema)
        if rest:
            types = wide(frozenset[str]().union(*(schema.types for _, schema in rest)))
            kind, parts = "any", tuple((branch,) for branch, _ in rest)
            if keyword == "oneOf":  # what one branch gains, another may lose
                kind, parts = "raw", ((Place({"oneOf": [b.node for b, _ in rest]}, below(place.pointer, keyword)),),)
            clause = Clause(kind, types, below(place.pointer, keyword), parts)
            merged = either(merged, Schema(types=types, clauses=(clause,)))
        return merged


def _check(place: Place) -> None:
    for keyword, value in place.keys.items():
        shape, said = _SHAPES.get(keyword, (object, ""))
        if not isinstance(value, shape):
            raise Unusable(f"{below(place.pointer, keyword)}: {said} is needed, found {type(value).__name__}")
        numeric = keyword in LIMITS or keyword in _EXCLUSIVE or keyword == "multipleOf"
        if numeric and (isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)):
            raise Unusable(f"{below(place.pointer, keyword)}: a number is needed, found {type(value).__name__}")
    for name, field_schema in mapping(place.keys.get("properties")).items():
        if not isinstance(field_schema, dict | bool):
            said = f"a schema is needed, found {type(field_schema).__name__}"
            raise Unusable(f"{below(place.pointer, 'properties', name)}: {said}")
    if not all(isinstance(name, str) for name in sequence(place.keys.get("required"))):
        raise Unusable(f"{below(place.pointer, 'required')}: a list of names is needed")
    for name in _types(place.keys.get("type")) - EVERY_TYPE - {"integer"}:
        raise Unusable(f"{below(place.pointer, 'type')}: there is no type {name!r}")


def _own(place: Place) -> Schema:
    """What the keywords of the node itself say."""
    node = place.keys
    together = {key for first, (_, keys) in _TOGETHER.items() if first in node for key in keys & set(node)}
    limits: dict[str, Limit] = {name: (node[name], False) for name in LIMITS if name in node}
    for exclusive, name in _EXCLUSIVE.items():
        if exclusive in node:
            limits[name] = tighter(name, limits.get(name), (node[exclusive], True))
    fields = {} if "properties" in together else mapping(node.get("properties"))
    multiples = [node["multipleOf"]] if "multipleOf" in node and node["multipleOf"] > 0 else []
    schema = Schema(
        types=_types(node.get("type")),
        limits=limits,
        multiples=frozenset(multiples),
        patterns=frozenset({node["pattern"]} if "pattern" in node else ()),
        formats=frozenset({node.get("format", "password")} - {"password"}),
        unique=node.get("uniqueItems") is True,
        items=(place.at("items"),) if "items" in node and "items" not in together else (),
        properties={name: (place.at("properties", name),) for name in fields},
        required=frozenset(map(str, sequence(node.get("required")))),
        additional=_additional(place) if "additionalProperties" not in together else None,
        clauses=(*_clauses(place), *_raw_clauses(place)),
        notes=notes_of(node),
    )
    for listed in [node[key] if key == "enum" else [node[key]] for key in ("enum", "const") if key in node]:
        schema = both(schema, _of_values(sequence(listed)))
    return tidy(schema)


def _additional(place: Place) -> Sub | None:
    declared = place.keys.get("additionalProperties")
    return None if declared is None else () if declared is True else (place.at("additionalProperties"),)


def _of_values(listed: list[Any]) -> Schema:
    values: dict[str, dict[Any, Any]] = {}
    for value in listed:
        values.setdefault(family(type_of(value)), {})[key_of(value)] = value
    return Schema(types=frozenset(values), values=values)


def _is_list(schema: Schema) -> bool:
    """Whether the schema is a list of values and nothing else."""
    return all(family(name) in {*schema.values, "null"} for name in schema.types) and schema == Schema(
        types=schema.types, values=schema.values, notes=schema.notes
    )


def _listed(schema: Schema) -> list[Any]:
    return [value for values in schema.values.values() for value in values.values()] + (
        [None] if "null" in schema.types else []
    )


def _clauses(place: Place) -> Iterable[Clause]:
    node, at = place.keys, place.pointer
    if "not" in node:
        yield Clause("not", EVERY_TYPE, below(at, "not"), ((place.at("not"),),))
    for kind, keyword in (("when", "then"), ("unless", "else")):
        if "if" in node and keyword in node:
            yield Clause(kind, EVERY_TYPE, below(at, keyword), ((place.at(keyword),),), (place.at("if"),))
    for keyword in ("dependentRequired", "dependentSchemas"):
        for name, then in mapping(node.get(keyword)).items():
            here = place.at(keyword, name)
            consequence = Place({"required": then}, here.pointer) if keyword == "dependentRequired" else here
            condition = Place({"required": [name]}, here.pointer)
            yield Clause("when", frozenset({"object"}), here.pointer, ((consequence,),), (condition,))


def _raw_clauses(place: Place) -> Iterable[Clause]:
    node, at = place.keys, place.pointer
    joined: set[str] = set()
    for first, (guard, keys) in _TOGETHER.items():
        joined |= keys
        if first in node:
            kept = {key: node[key] for key in sorted(keys & set(node))}
            yield Clause("raw", frozenset({guard}), below(at, first), ((Place(kept, at),),))
    for key in sorted(set(node) - _READ - joined):
        if not key.startswith("x-"):
            yield Clause("raw", EVERY_TYPE, below(at, key), ((Place({key: node[key]}, at),),))


def notes_of(node: Node) -> Node:
    """What the node says beside the rules: documentation, default, and whether it is secret or deprecated."""
    notes = {key: node[key] for key in node if key in ANNOTATIONS or key.startswith("x-") or key == "default"}
    notes |= {key: True for key in ("deprecated", "readOnly") if node.get(key) is True}
    if node.get("format") == "password" or node.get("writeOnly") is True:
        notes["secret"] = True
    return notes


def _item(place: Place, keyword: str, index: int) -> Place:
    return Place(place.keys[keyword][index], below(place.pointer, keyword, str(index)))


def _types(declared: Any) -> Types:
    if declared is None:
        return EVERY_TYPE
    return wide(frozenset(map(str, sequence(declared) or [declared])))
