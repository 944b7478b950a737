"""Unions of objects: which there are, and what tells their members apart.

A union is tagged by a discriminator, or by a field that each member has with a `const` of its own. An object with a
discriminator that others include through `allOf` stands for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from spec.navigate import Node, mapping, properties_of, resolve, schemas, sequence, target_of

PREFIX = "#/components/schemas/"
# What may stand beside a `$ref` without a meaning for the values.
ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly", "default", "xml"}
    | {"externalDocs", "$comment", "nullable"}
)
TYPE_KEYS = frozenset(
    {"$ref", "type", "enum", "const", "properties", "items", "allOf", "anyOf", "oneOf", "prefixItems"}
)
UNTAGGED = (
    "nothing tells these objects apart: add a discriminator, or give each a required field with a const of its own"
)


class Member(NamedTuple):
    """A member of a union: the values of its tag, and its schema."""

    tags: tuple[Any, ...]
    schema: Node


class TaggedUnion(NamedTuple):
    """A union of objects that a field tells apart.

    Attributes:
        tag: the field.
        members: the objects.
        fallback: the object that stands for unknown tags, if there is one.
        others: the schemas of values that are no objects, without null.
    """

    tag: str
    members: list[Member]
    fallback: Node | None
    others: list[Node]


class Untagged(ValueError):
    """A union of objects cannot be read; the message says why, and what to do."""


class Unions:
    """The unions of a spec."""

    def __init__(self, spec: Node) -> None:
        self._spec = spec
        self._named = mapping(mapping(spec.get("components")).get("schemas"))
        self._children: dict[str, list[str]] = {}
        for name, schema in self._named.items():
            for part in sequence(mapping(schema).get("allOf")):
                self._children.setdefault(name_of(part), []).append(name)

    def tagged(self) -> Iterator[tuple[str, TaggedUnion]]:
        """Every tagged union with its place; those that cannot be read are left out."""
        for place, schema in schemas(self._spec):
            try:
                union = self.union_of(schema, place)
            except Untagged:
                continue
            if union is not None:
                yield place, union

    def union_of(self, schema: Node, place: str = "") -> TaggedUnion | None:
        """The tagged union that a schema is, not one that it refers to; nothing for other schemas.

        Raises `Untagged`.
        """
        if is_union(schema):
            return self._combined(schema)
        name = place.removeprefix("components.schemas.")
        return self.base_union(name) if name in self._named else None

    def base_union(self, name: str) -> TaggedUnion | None:
        """The union that an object with a discriminator stands for; nothing for other schemas."""
        base = mapping(self._named.get(name))
        tag = mapping(base.get("discriminator")).get("propertyName")
        children = self._descendants(name)
        if not isinstance(tag, str) or is_union(base) or not children:
            return None
        tags = self._mapped(base)
        members = [
            Member(tags.get(child, (self._wire_name(child),)), {"$ref": f"{PREFIX}{child}"}) for child in children
        ]
        return TaggedUnion(tag, members, {"$ref": f"{PREFIX}{name}"}, [])

    def is_base(self, name: str) -> bool:
        """Whether a named schema is an object that stands for those that include it."""
        return self.base_union(name) is not None

    def is_object(self, schema: object) -> bool:
        """Whether a schema is that of an object with fields of its own."""
        target = resolve(self._spec, schema)
        return not is_union(target) and bool(properties_of(self._spec, schema))

    def options(self, schema: Node, seen: frozenset[str] = frozenset()) -> Iterator[Node]:
        """The options of a union. Those that are unions of values themselves are taken apart."""
        for option in map(mapping, (*sequence(schema.get("anyOf")), *sequence(schema.get("oneOf")))):
            name = name_of(option)
            target = resolve(self._spec, option)
            if is_union(target) and name not in seen:
                yield from self.options(target, seen | {name} if name else seen)
            else:
                yield option

    def _combined(self, schema: Node) -> TaggedUnion | None:
        options = list(self.options(schema))
        objects = [option for option in options if self.is_object(option)]
        bases = [option for option in objects if self.is_base(name_of(option))]
        others = [option for option in options if option not in objects and not is_null(option)]
        if objects and any(is_map(resolve(self._spec, other)) for other in others):
            raise Untagged("nothing tells an object with fields from one without: declare the fields of both")
        if len(objects) < 2 and not bases:
            return None
        inner = [self.base_union(name_of(base)) for base in bases]
        known = [union for union in (self._discriminated(schema, objects), *inner) if union is not None]
        if known:
            covered = [repr(member.schema) for union in known for member in union.members]
            missing = [part for part in objects if repr(part) not in covered and part not in bases]
            if missing or len({union.tag for union in known}) > 1:
                raise Untagged(UNTAGGED)
            members = {member.tags: member for union in known for member in union.members}
            fallback = next((union.fallback for union in known if union.fallback), None)
            return TaggedUnion(known[0].tag, list(members.values()), fallback, others)
        return TaggedUnion(*self._told_by_const(objects), None, others)

    def _discriminated(self, schema: Node, objects: list[Node]) -> TaggedUnion | None:
        """The union by the discriminators of a schema and of the unions that are its options."""
        holders = [schema, *self.nested(schema)]
        found = [holder for holder in holders if "discriminator" in holder]
        tags = {str(mapping(holder["discriminator"]).get("propertyName")) for holder in found}
        if not tags:
            return None
        if len(tags) > 1:
            raise Untagged("its discriminators name different fields: use one")
        (tag,) = tags
        mapped = {name: values for holder in reversed(found) for name, values in self._mapped(holder).items()}
        members: list[Member] = []
        for option in objects:
            name = name_of(option)
            own = self._constants(option).get(tag, ())
            values = mapped.get(name) or own or ((self._wire_name(name),) if name else ())
            if not values:
                raise Untagged(f"an object has no value of {tag}: name it under components.schemas")
            members.append(Member(values, option))
        seen: set[str] = set()
        for value in (value for member in members for value in member.tags):
            if repr(value) in seen:
                raise Untagged(f"two objects have the same value of {tag}: give each its own")
            seen.add(repr(value))
        return TaggedUnion(tag, members, None, [])

    def nested(self, schema: Node, seen: frozenset[str] = frozenset()) -> Iterator[Node]:
        """The unions that are options of a union."""
        for option in map(mapping, (*sequence(schema.get("anyOf")), *sequence(schema.get("oneOf")))):
            name, target = name_of(option), resolve(self._spec, option)
            if is_union(target) and name not in seen:
                yield target
                yield from self.nested(target, seen | {name} if name else seen)

    def _told_by_const(self, objects: list[Node]) -> tuple[str, list[Member]]:
        """The field whose constants differ, and the members by it. Raises `Untagged`."""
        constants = [self._constants(option) for option in objects]
        for tag in constants[0]:
            if all(tag in each for each in constants):
                values = [repr(value) for each in constants for value in each[tag]]
                if len(values) == len(set(values)):
                    return tag, [Member(each[tag], option) for each, option in zip(constants, objects, strict=True)]
        raise Untagged(UNTAGGED)

    def _constants(self, schema: Node) -> dict[str, tuple[Any, ...]]:
        """The fields of an object that have only certain values, with these."""
        found: dict[str, tuple[Any, ...]] = {}
        for name, field in properties_of(self._spec, schema).items():
            node = resolve(self._spec, field)
            values = [node["const"]] if "const" in node else sequence(node.get("enum"))
            if values and all(isinstance(value, (str, int)) for value in values):
                found[name] = tuple(values)
        return found

    def _mapped(self, holder: Node) -> dict[str, tuple[str, ...]]:
        """The values of the tag by the name of the schema that the mapping of a discriminator gives."""
        found: dict[str, tuple[str, ...]] = {}
        for value, target in mapping(mapping(holder.get("discriminator")).get("mapping")).items():
            name = str(target).removeprefix(PREFIX)
            found[name] = (*found.get(name, ()), str(value))
        return found

    def _wire_name(self, name: str) -> str:
        """The name of a schema in the document; `codegen.generator_input` gives it another one."""
        return str(mapping(self._named.get(name)).get("x-wire-name", name))

    def _descendants(self, name: str) -> list[str]:
        found: dict[str, None] = {}
        waiting = list(self._children.get(name, ())) if name else []
        while waiting:
            child = waiting.pop(0)
            if child not in found and child != name:
                found[child] = None
                waiting += self._children.get(child, [])
        return list(found)


def name_of(schema: object) -> str:
    """The name of the schema that a reference refers to; empty for other schemas, and where rules stand beside it."""
    node = mapping(schema)
    reference = str(node.get("$ref", ""))
    is_plain = all(key in ANNOTATIONS or key.startswith("x-") for key in node if key != "$ref")
    name = reference.removeprefix(PREFIX)
    is_named = is_plain and reference.startswith(PREFIX) and "/" not in name
    return name.replace("~1", "/").replace("~0", "~") if is_named else ""


def is_union(schema: Node) -> bool:
    """Whether a schema is a choice between others, and nothing beside that."""
    return ("anyOf" in schema or "oneOf" in schema) and "properties" not in schema and "allOf" not in schema


def is_null(schema: Node) -> bool:
    """Whether null is the only value."""
    return schema.get("type") == "null" or (schema.get("const", 0) is None) or schema.get("enum") == [None]


def is_map(schema: Node) -> bool:
    """Whether a schema is that of an object without fields of its own."""
    kinds = [schema.get("type"), *sequence(schema.get("type"))]
    return "object" in kinds and not mapping(schema.get("properties")) and "allOf" not in schema


def constants_of(spec: Node, options: list[Node]) -> list[Any]:
    """The values of options that are all constants; empty where one is none."""
    nodes = [resolve(spec, option) for option in options]
    return [node["const"] for node in nodes] if all("const" in node for node in nodes) else []


def target_name(spec: Node, name: str) -> str:
    """The name at the end of a chain of named schemas that only refer to the next."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        following = name_of(target_of(spec, f"{PREFIX}{name}"))
        if not following:
            break
        name = following
    return name
