"""tools/codegen/alias_rings.py: rings of named lists and maps are found."""

from __future__ import annotations

from typing import Any

import pytest

from codegen.alias_rings import ring_references


def ref(name: str) -> dict[str, str]:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(name: str) -> dict[str, Any]:
    """A list of a named schema."""
    return {"type": "array", "items": ref(name)}


def map_of(name: str) -> dict[str, Any]:
    """A map of a named schema."""
    return {"type": "object", "additionalProperties": ref(name)}


@pytest.mark.parametrize(
    ("schemas", "cuts"),
    [
        ({"A": list_of("A")}, {("A", "A")}),
        ({"A": list_of("B"), "B": list_of("A")}, {("B", "A")}),
        ({"A": list_of("B"), "B": map_of("C"), "C": list_of("A"), "D": list_of("C")}, {("C", "A")}),
        ({"A": list_of("B"), "B": {"type": "string"}}, set()),
        ({"A": list_of("B"), "B": {"properties": {"a": ref("A")}}}, set()),
    ],
)
def test_a_ring_is_cut_at_one_reference(schemas: dict[str, Any], cuts: set[tuple[str, str]]) -> None:
    """One reference of each ring of schemas without a class is found. A class in between makes it no ring."""
    assert ring_references({"components": {"schemas": schemas}}) == cuts
