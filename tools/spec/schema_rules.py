"""Rules that the schemas of a spec must obey so that right classes come of them: a line for each breach."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

from spec.exchange_rules import binary_schemas
from spec.navigate import Node, mapping, parts_of, properties_of, resolve, schemas, sequence, target_of
from spec.python_names import ALIAS_KEY, TAKEN_FIELD_NAMES, clashes, class_aliases, field_aliases, module_name
from spec.unions import ANNOTATIONS, PREFIX, TYPE_KEYS, Unions, Untagged, is_union, name_of
from spec.value_rules import value_problems

JSON_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
# Keywords without a type in Python: what to do about each.
UNSUPPORTED = {
    "not": "`not` has no type in Python: remove it from this copy of the spec; the server checks it",
    "patternProperties": "values by a pattern have no type in Python: use additionalProperties",
    "dependentSchemas": "fields that depend on others have no type in Python: remove it; the server checks it",
    "propertyNames": "names by a rule have no type in Python: remove it; the server checks it",
    "$defs": "schemas within schemas cannot be named: move them to components.schemas",
    "definitions": "schemas within schemas cannot be named: move them to components.schemas",
    "$dynamicRef": "only $ref is followed: refer to a schema in components.schemas",
    "$recursiveRef": "only $ref is followed: refer to a schema in components.schemas",
    "$anchor": "only references by path are followed: refer to #/components/schemas/...",
    "$id": "only references within this document are followed: remove it",
}
OUTDATED = {
    "nullable": (True, "is of OpenAPI 3.0: write type: [..., 'null'], or anyOf with {type: 'null'}"),
    "exclusiveMinimum": (bool, "is a number in OpenAPI 3.1: write the limit itself"),
    "exclusiveMaximum": (bool, "is a number in OpenAPI 3.1: write the limit itself"),
}


def schema_problems(spec: Node) -> Iterator[str]:
    """Every breach in the schemas, each with its place and a remedy."""
    rings = list(_rings(spec))
    yield from rings
    if rings:
        return
    named = mapping(mapping(spec.get("components")).get("schemas"))
    classes = class_aliases(named)
    yield from _class_problems(classes)
    unions, binary = Unions(spec), binary_schemas(spec)
    for place, schema in schemas(spec):
        yield from _keyword_problems(place, schema)
        yield from _field_problems(spec, place, schema, frozenset(classes.values()))
        yield from _required_problems(spec, place, schema)
        yield from _union_problems(spec, unions, place, schema)
        yield from value_problems(spec, place, schema)
        if schema.get("format") == "binary" and id(schema) not in binary:
            yield f"{place}.format: JSON cannot carry binary data; send text, such as base64"


def _class_problems(classes: dict[str, str]) -> Iterator[str]:
    for name, class_ in classes.items():
        if not class_.isidentifier() or keyword.iskeyword(class_) or class_.startswith("_"):
            yield f"components.schemas.{name}: becomes no class: give it {ALIAS_KEY}, such as Thing"
    for first, name, class_ in clashes(classes):
        yield f"components.schemas.{name}: {first} and {name} both become {class_}: give one of them {ALIAS_KEY}"
    modules: dict[str, str] = {}
    for name, class_ in classes.items():
        other = modules.setdefault(module_name(class_), class_)
        if other != class_:
            yield f"components.schemas.{name}: becomes the same module as {other}: give one of them {ALIAS_KEY}"


def _keyword_problems(place: str, schema: Node) -> Iterator[str]:
    for key, remedy in UNSUPPORTED.items():
        if key in schema and not (key == "not" and _is_rule_of_text(schema)):
            yield f"{place}.{key}: {remedy}"
    for key, (old, remedy) in OUTDATED.items():
        value = schema.get(key)
        if value is old or (old is bool and isinstance(value, bool)):
            yield f"{place}.{key}: {remedy}"
    kinds = schema.get("type")
    for kind in sequence(kinds) or ([] if kinds is None else [kinds]):
        if kind not in JSON_TYPES:
            yield f"{place}.type: {kind} is no type of JSON: use one of {', '.join(JSON_TYPES)}"
    reference = schema.get("$ref")
    if isinstance(reference, str) and not _is_named(reference):
        yield f"{place}: $ref {reference} points to no named schema: move its target to components.schemas"


def _is_rule_of_text(schema: Node) -> bool:
    """Whether a `not` only forbids a pattern in a text, which leaves the type as it is."""
    return schema.get("type") == "string" and list(mapping(schema["not"])) == ["pattern"]


def _is_named(reference: str) -> bool:
    return reference.startswith(PREFIX) and "/" not in reference.removeprefix(PREFIX)


def _field_problems(spec: Node, place: str, schema: Node, classes: frozenset[str]) -> Iterator[str]:
    own = mapping(schema.get("properties"))
    fields = properties_of(spec, schema) if own or "allOf" in schema else {}
    aliases = field_aliases(fields)
    for name in own:
        alias = aliases[name]
        if not alias.isidentifier() or keyword.iskeyword(alias) or alias.startswith("_"):
            yield f"{place}.properties.{name}: becomes no attribute: give it {ALIAS_KEY}, an identifier"
        elif alias in classes or alias in TAKEN_FIELD_NAMES:
            yield f"{place}.properties.{name}: {alias} is taken: give it another {ALIAS_KEY}"
    for first, name, alias in clashes(aliases):
        yield f"{place}.properties.{name}: {first} and {name} both become {alias}: give one of them {ALIAS_KEY}"


def _required_problems(spec: Node, place: str, schema: Node) -> Iterator[str]:
    """What is required must be declared; what a part of an `allOf` requires, in any of its parts."""
    if place.rpartition(".")[2].startswith("allOf["):
        return
    if "properties" in schema or "allOf" in schema:
        inline = [mapping(part) for part in (schema, *sequence(schema.get("allOf"))) if "$ref" not in mapping(part)]
        fields = properties_of(spec, schema)
        for field in dict.fromkeys(str(name) for part in inline for name in sequence(part.get("required"))):
            if field not in fields:
                yield f"{place}.required: {field} is none of the properties: declare it, or remove it from the list"


def _union_problems(spec: Node, unions: Unions, place: str, schema: Node) -> Iterator[str]:
    key = next((key for key in ("oneOf", "anyOf") if key in schema), "")
    options = [mapping(option) for option in sequence(schema.get(key))]
    rules = [option for option in options if set(option) - ANNOTATIONS and not TYPE_KEYS & set(option)]
    beside = [other for other in ("properties", "allOf", "$ref", "enum", "const") if other in schema]
    if key and not options:
        yield f"{place}.{key}: at least one schema is needed"
    elif rules:
        rule = ", ".join(rules[0])
        yield f"{place}.{key}: a choice between rules ({rule}) has no type in Python: remove it; the server checks it"
    elif key and beside:
        yield f"{place}.{key}: {beside[0]} stands beside a choice: move it into each of the schemas of {key}"
    elif "anyOf" in schema and "oneOf" in schema:
        yield f"{place}: anyOf stands beside oneOf: write one choice"
    elif is_union(schema) and not any(_is_untagged(unions, inner) for inner in unions.nested(schema)):
        try:
            unions.union_of(schema)
        except Untagged as reason:
            yield f"{place}.{key}: {reason}"
    yield from _inclusion_problems(spec, place, schema)
    yield from _discriminator_problems(spec, place, schema)


def _is_untagged(unions: Unions, schema: Node) -> bool:
    try:
        unions.union_of(schema)
    except Untagged:
        return True
    return False


def _inclusion_problems(spec: Node, place: str, schema: Node) -> Iterator[str]:
    """The parts of an `allOf` must describe one type."""
    parts = [part for part in sequence(schema.get("allOf")) if TYPE_KEYS & set(mapping(part))]
    targets = [resolve(spec, part) for part in parts]
    own = TYPE_KEYS & set(schema) - {"allOf", "type"}
    if any(is_union(target) for target in targets) and (len(parts) > 1 or own):
        yield f"{place}.allOf: a choice cannot be combined with other schemas: write the whole of each of its options"
        return
    kinds: set[str] = set()
    for part in parts_of(spec, schema) if "allOf" in schema else ():
        declared: Any = part.get("type")
        kinds |= {"object"} if mapping(part.get("properties")) else set()
        kinds |= {str(kind) for kind in sequence(declared) or [declared]} - {"null", "None"}
    if len(kinds) > 1:
        yield f"{place}.allOf: a value cannot be {' and '.join(sorted(kinds))} at once: give all one type"


def _discriminator_problems(spec: Node, place: str, schema: Node) -> Iterator[str]:
    if "discriminator" not in schema:
        return
    declared = mapping(schema["discriminator"])
    if not isinstance(declared.get("propertyName"), str):
        yield f"{place}.discriminator: propertyName is missing: name the field that tells the objects apart"
    for value, target in mapping(declared.get("mapping")).items():
        reference = str(target) if str(target).startswith("#") else f"{PREFIX}{target}"
        if not _is_named(reference) or target_of(spec, reference) is None:
            yield f"{place}.discriminator.mapping.{value}: {target} is no named schema: name one of components.schemas"


def _rings(spec: Node) -> Iterator[str]:
    """Named schemas that are made of themselves, not only hold themselves."""
    named = mapping(mapping(spec.get("components")).get("schemas"))
    state: dict[str, str] = {}
    for start in named:
        stack = [(start, iter(_made_of(named[start])))] if start not in state else []
        while stack:
            name, following = stack[-1]
            state[name] = "open"
            for other in following:
                if state.get(other) == "open":
                    yield f"components.schemas.{other}: is made of itself: hold it in a field, a list or a map instead"
                    return
                if other not in state and other in named:
                    stack.append((other, iter(_made_of(named[other]))))
                    break
            else:
                state[name] = "done"
                stack.pop()


def _made_of(schema: object) -> list[str]:
    found: list[str] = []
    waiting: list[Any] = [schema]
    while waiting:
        node = mapping(waiting.pop())
        name = name_of({"$ref": node.get("$ref")})
        found += [name] if name else []
        for key in ("allOf", "anyOf", "oneOf"):
            waiting += sequence(node.get(key))
    return found
