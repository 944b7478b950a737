"""The classes of schemas that have no name in the spec: each gets a name of its own."""

from __future__ import annotations

from collections import ChainMap

from codegen.schema_parts import free_name
from spec.navigate import Node
from spec.unions import PREFIX


class ClassNames:
    """The names of the classes of one spec.

    Args:
        named: the schemas that have a name in the spec.

    Attributes:
        hoisted: the schemas that were taken out of others, by the names that they got.
    """

    def __init__(self, named: Node) -> None:
        self.hoisted: Node = {}
        self._inline: Node = {}
        self._taken = ChainMap(self.hoisted, named, self._inline)

    def hoist(self, schema: Node, name: str) -> Node:
        """A reference to a schema that gets this name, or one like it that is free."""
        name = self.reserve(name, schema)
        self.hoisted[name] = schema
        return {"$ref": f"{PREFIX}{name}"}

    def reserve(self, name: str, schema: Node) -> str:
        """The name that a schema gets; the one of an equal schema that was taken out before, if there is one."""
        return free_name(name, schema, self._taken)

    def inline(self, made: Node, hint: str) -> Node:
        """The schema of a field. The generator names the class of an inline one like the hint, which must be free."""
        if {"$ref", "allOf", "anyOf", "oneOf"} & set(made) or ("enum" not in made and made.get("type") != "object"):
            return made
        if hint in self._taken:
            return self.hoist(made, hint)
        self._inline[hint] = {}  # equals no schema
        return made
