"""tools/spec/locations.py: places in a spec are found by pointer, and unusable specs are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.locations import Place, Unusable, expanded, find, follow, problems_in, read_spec

SPEC = {
    "openapi": "3.1.0",
    "info": {"version": "1.0.0"},
    "paths": {},
    "components": {
        "schemas": {"A/b~c": {"anyOf": [{"type": "string"}]}, "Ring": {"$ref": "#/components/schemas/Ring"}}
    },
}
RING = "#/components/schemas/Ring"


def test_pointer_is_followed_through_lists_and_escaped_names() -> None:
    """A pointer may lead into a list, and its escaped characters stand for slash and tilde."""
    found = find(SPEC, "#/components/schemas/A~1b~0c/anyOf/0")
    assert found is not None
    assert found.node == {"type": "string"}


@pytest.mark.parametrize("pointer", ["#/components/none", "#/components/schemas/A~1b~0c/anyOf/1", "#/openapi/x"])
def test_pointer_to_nothing_finds_nothing(pointer: str) -> None:
    """A pointer to a missing key, a missing index, or into a text finds nothing."""
    assert find(SPEC, pointer) is None


def test_place_below_another_has_its_pointer() -> None:
    """A place below another one escapes the key in its pointer, and has no node if nothing stands there."""
    place = Place(SPEC, "#").at("components", "schemas", "A/b~c")
    assert place.pointer == "#/components/schemas/A~1b~0c"
    assert place.at("none").node is None


def test_reference_to_itself_is_unusable() -> None:
    """A chain of references that never ends is refused with the pointer."""
    with pytest.raises(Unusable, match="refers to itself"):
        follow(SPEC, Place({"$ref": RING}, "#/x"))


def test_expansion_stops_at_a_ring() -> None:
    """Expanding replaces references, and keeps one that leads back to itself."""
    assert expanded(SPEC, {"$ref": RING}) == {"$ref": RING}
    assert expanded(SPEC, [{"$ref": "#/components/schemas/A~1b~0c"}]) == [{"anyOf": [{"type": "string"}]}]


def test_problem_names_the_reference(tmp_path: Path) -> None:
    """A reference that leaves the document or points nowhere is a problem, and makes the file unusable."""
    broken = {**SPEC, "components": {"a": {"$ref": "other.yaml"}, "b": {"$ref": "#/none"}}}
    assert problems_in(broken) == [
        "#/components/a: $ref 'other.yaml' leaves the document: only local ones can be followed",
        "#/components/b: $ref '#/none' points nowhere",
    ]
    with pytest.raises(Unusable, match=r"a\.yaml: cannot be read"):
        read_spec(tmp_path / "a.yaml")
