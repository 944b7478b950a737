"""Read a spec for comparison: plain data with each `$ref` checked, or one line that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard, cast
from urllib.parse import unquote

from spec.lint import problems_of
from spec.navigate import Node, mapping, sequence
from spec.openapi_30 import in_31
from spec.yaml_file import RegenerationError, read_yaml

# What stands under these keys is data, in which `$ref` means nothing.
DATA = frozenset({"const", "default", "enum", "example", "value"})
# Under these keys, the next keys are names.
NAMED = frozenset({"dependentRequired", "$defs", "dependentSchemas", "patternProperties", "properties"})


class Unusable(Exception):
    """The spec cannot be compared; the message is for the person who gave it, a line for each problem."""


class Place(NamedTuple):
    """A node of the spec and the JSON pointer to it."""

    node: Any
    pointer: str

    @property
    def keys(self) -> Node:
        """The node where it is a mapping, else an empty one."""
        return mapping(self.node)

    def at(self, *keys: str) -> Place:
        """The place below this one; its node is None where nothing stands there."""
        node, pointer = self
        for key in keys:
            node, pointer = mapping(node).get(key), below(pointer, key)
        return Place(node, pointer)


def read_spec(path: Path) -> Node:
    """The spec in a YAML or JSON file, in OpenAPI 3.1.

    Raises:
        Unusable: it cannot be read, is neither OpenAPI 3.0 nor 3.1, or refers to what it does not hold.
    """
    try:
        spec, problems = in_31(read_yaml(path))
        problems = problems_in(spec) or problems
    except RegenerationError as error:
        spec, problems = {}, [line.removeprefix(f"{path.name}: ") for line in str(error).splitlines()]
    if problems:
        raise Unusable("\n".join(f"{path}: {problem}" for problem in problems))
    return spec


def problems_in(spec: Node) -> list[str]:
    """Why a spec cannot be compared, a line for each reason; empty where it can."""
    # The rules for names are the generator's; only the document as such matters here.
    paths: object = {} if is_mapping(spec.get("paths")) else spec.get("paths")
    return problems_of({**spec, "paths": paths, "components": {}, "security": []}) or list(_broken_references(spec))


def _broken_references(spec: Node) -> Iterator[str]:
    for place in _references(Place(spec, "#"), named=False):
        reference = place.node["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#"):
            yield f"{place.pointer}: $ref {reference!r} leaves the document: only local ones can be followed"
        elif find(spec, reference) is None:
            yield f"{place.pointer}: $ref {reference!r} points nowhere"


def _references(place: Place, *, named: bool) -> Iterator[Place]:
    if is_mapping(place.node):
        if "$ref" in place.node and not named:
            yield place
        for key in mapping(place.node):
            if named or key not in DATA:
                yield from _references(place.at(key), named=key in NAMED and not named)
    elif is_list(place.node) and not place.pointer.endswith("/examples"):
        for index, node in enumerate(sequence(place.node)):
            yield from _references(Place(node, below(place.pointer, str(index))), named=False)


def is_mapping(value: object) -> TypeGuard[Node]:
    """Whether the value is a mapping; its keys are text, once a spec is read."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether the value is a list."""
    return isinstance(value, list)


def find(spec: Node, reference: str) -> Place | None:
    """What a local `$ref` points to; None where it points nowhere."""
    node: Any = spec
    for step in reference.removeprefix("#").split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if is_mapping(node) and key in node:
            node = mapping(node)[key]
        elif is_list(node) and key.isdecimal() and int(key) < len(sequence(node)):
            node = sequence(node)[int(key)]
        else:
            return None
    return Place(node, reference)


def follow(spec: Node, place: Place) -> Place:
    """The place itself or, where it is a `$ref`, what that points to in the end."""
    seen: set[str] = set()
    while is_mapping(place.node) and "$ref" in place.node:
        reference = str(mapping(place.node)["$ref"])
        if reference in seen:
            raise Unusable(f"{place.pointer}: $ref {reference!r} refers to itself")
        seen.add(reference)
        place = cast("Place", find(spec, reference))
    return place


def expanded(spec: Node, node: Any, within: tuple[str, ...] = ()) -> Any:
    """A copy with what each `$ref` stands for in its place; where it leads back to itself, it stays."""
    if is_list(node):
        return [expanded(spec, value, within) for value in sequence(node)]
    reference = mapping(node).get("$ref")
    if isinstance(reference, str) and reference not in within:
        target = find(spec, reference)
        return expanded(spec, target.node if target else None, (*within, reference))
    return {key: expanded(spec, value, within) for key, value in mapping(node).items()} or node


def below(pointer: str, *keys: str) -> str:
    """The JSON pointer to what stands under these keys."""
    return "/".join([pointer, *(key.replace("~", "~0").replace("/", "~1") for key in keys)])
