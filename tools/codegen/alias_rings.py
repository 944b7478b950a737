"""Rings of named lists and maps, which no type in Python can name: where to cut them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spec.navigate import Node, mapping, properties_of, sequence
from spec.unions import PREFIX, is_union


def ring_references(spec: Node) -> frozenset[tuple[str, str]]:
    """The references, as (from, to), that close a ring of named schemas without a class of their own."""
    return frozenset(_closing(spec, mapping(mapping(spec.get("components")).get("schemas"))))


def _closing(spec: Node, named: Node) -> Iterator[tuple[str, str]]:
    state: dict[str, str] = {}
    for start in named:
        stack = [(start, iter(_aliases_in(spec, named, start)))] if start not in state else []
        while stack:
            name, following = stack[-1]
            state[name] = "open"
            for other in following:
                if state.get(other) == "open":
                    yield name, other
                elif other not in state:
                    stack.append((other, iter(_aliases_in(spec, named, other))))
                    break
            else:
                state[name] = "done"
                stack.pop()


def _aliases_in(spec: Node, named: Node, name: str) -> list[str]:
    """The named schemas without a class that a schema without one refers to."""
    if _has_class(spec, named, name):
        return []
    return [other for other in _references(mapping(named.get(name))) if not _has_class(spec, named, other)]


def _has_class(spec: Node, named: Node, name: str) -> bool:
    schema = mapping(named.get(name))
    return "enum" in schema or (bool(properties_of(spec, schema)) and not is_union(schema))


def _references(node: Node) -> Iterator[str]:
    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        if str(mapping(part).get("$ref", "")).startswith(PREFIX):
            yield str(part["$ref"]).removeprefix(PREFIX)
        for key in ("items", "additionalProperties", "allOf", "anyOf", "oneOf", "prefixItems"):
            inner = mapping(part).get(key)
            waiting += sequence(inner) or ([inner] if mapping(inner) else [])
