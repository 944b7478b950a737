"""A field or a parameter of the spec in words, as in `_requires.py`: `required string`, `integer = 120`."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from spec.navigate import Node, is_secret, mapping, resolve, sequence

# Formats that make another Python type of a text.
FORMATS = frozenset({"binary", "date", "date-time", "uuid"})
CLASSES = "#/components/schemas/"


class Words(NamedTuple):
    """The words for a field; they do not say whether it must be given if there is neither `presence` nor a default."""

    presence: str
    secret: bool
    type: str
    default: str | None

    def __str__(self) -> str:
        parts = [self.presence] * bool(self.presence) + ["secret"] * self.secret + [self.type]
        return " ".join(parts) + (f" = {self.default}" if self.default is not None else "")

    def hold_for(self, field: Words) -> bool:
        """Whether a field matches these words."""
        says_presence = bool(self.presence) or self.default is not None
        return (
            self.type == field.type
            and (field.secret or not self.secret)
            and (not says_presence or (self.presence, self.default) == (field.presence, field.default))
        )


def parsed(text: str) -> Words:
    """The words that a text is."""
    said, equals, default = text.partition(" = ")
    words = said.split()
    presence = words.pop(0) if words[:1] in (["required"], ["optional"]) else ""
    secret = words[:1] == ["secret"]
    return Words(presence, secret, " ".join(words[secret:]), default if equals else None)


def words_of(spec: Node, schema: object, *, required: bool) -> Words:
    """The words for a field with this schema."""
    node = mapping(schema)
    default = json.dumps(node["default"], ensure_ascii=False) if node.get("default") is not None else None
    presence = "required" if required else "" if default is not None else "optional"
    return Words(presence, is_secret(spec, schema), type_of(spec, schema), default)


def type_of(spec: Node, schema: object, seen: tuple[str, ...] = ()) -> str:
    """The name of the class that a schema is, or the JSON type, in words."""
    node = mapping(schema)
    reference = str(node.get("$ref", ""))
    if reference:
        target = resolve(spec, node)
        is_class = bool({"enum", "properties", "allOf"} & set(target)) or reference in seen
        return (
            reference.removeprefix(CLASSES) if is_class else type_of(spec, {**target, "$ref": ""}, (*seen, reference))
        )
    options = [part for key in ("allOf", "anyOf", "oneOf") for part in sequence(node.get(key))]
    if options:
        return _either([type_of(spec, option, seen) for option in options])
    return _either([_simple(spec, node, kind, seen) for kind in (sequence(node.get("type")) or [node.get("type")])])


def _simple(spec: Node, node: Node, kind: Any, seen: tuple[str, ...]) -> str:
    if "enum" in node or "const" in node:
        return " | ".join(json.dumps(value) for value in (sequence(node.get("enum")) or [node.get("const")]))
    if kind == "array":
        return f"list of {type_of(spec, node.get('items'), seen)}"
    if kind == "object" and mapping(node.get("additionalProperties")):
        return f"map of {type_of(spec, node['additionalProperties'], seen)}"
    declared = str(node.get("format"))
    return declared if kind == "string" and declared in FORMATS else str(kind or "anything")


def _either(types: list[str]) -> str:
    return " | ".join(sorted(dict.fromkeys(types), key=lambda name: name == "null"))
