"""tools/spec/unions.py: what tells the members of a union apart."""

from __future__ import annotations

from typing import Any

import pytest

from spec.unions import Unions, Untagged, name_of, target_name

Spec = dict[str, Any]


def ref(name: str) -> Spec:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def kind(value: str) -> Spec:
    """An object with a constant field."""
    return {"type": "object", "properties": {"kind": {"const": value}}}


SCHEMAS: Spec = {
    "Cat": kind("cat"),
    "Dog": kind("dog"),
    "Pet": {"oneOf": [ref("Cat"), ref("Dog")]},
    "Named": {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "t", "mapping": {"c": "Cat"}}},
    "Base": {"properties": {"t": {"type": "string"}}, "discriminator": {"propertyName": "t", "mapping": {"l": "Leaf"}}},
    "Leaf": {"allOf": [ref("Base")]},
    "Twig": {"allOf": [ref("Leaf")]},
    "Alias": ref("Pet"),
}
SPEC: Spec = {"paths": {}, "components": {"schemas": SCHEMAS}}


def tags(schema: Spec) -> list[tuple[Any, ...]]:
    """The values that distinguish the members of a union."""
    union = Unions(SPEC).union_of(schema)
    assert union is not None
    return [member.tags for member in union.members]


def test_a_constant_tells_members_apart() -> None:
    """Without a discriminator, a field that is another constant in each member distinguishes them."""
    assert tags(SCHEMAS["Pet"]) == [("cat",), ("dog",)]


def test_a_discriminator_comes_before_constants() -> None:
    """A discriminator names the values in its mapping; a member outside of it goes by its name."""
    assert tags(SCHEMAS["Named"]) == [("c",), ("Dog",)]


def test_a_base_stands_for_all_that_include_it() -> None:
    """An object with a discriminator stands for those that include it at any depth, and for unknown values itself."""
    union = Unions(SPEC).base_union("Base")
    assert union is not None
    assert [member.tags for member in union.members] == [("l",), ("Twig",)]
    assert union.fallback == ref("Base")
    assert not Unions(SPEC).is_base("Leaf")


def test_a_union_in_a_union_is_taken_apart() -> None:
    """The members of a union that is an option of another are members of that one."""
    assert tags({"anyOf": [ref("Alias"), {"type": "null"}]}) == [("cat",), ("dog",)]


def test_one_object_among_values_needs_no_tag() -> None:
    """A union with one object at most is none of objects."""
    assert Unions(SPEC).union_of({"anyOf": [ref("Cat"), {"type": "string"}]}) is None


def test_objects_without_a_tag_are_refused() -> None:
    """Objects that no field tells apart raise an error that says what to do."""
    with pytest.raises(Untagged, match="add a discriminator"):
        Unions(SPEC).union_of({"anyOf": [ref("Cat"), ref("Cat")]})


def test_a_name_is_found_behind_other_names() -> None:
    """The name of a plain reference is known, also escaped, and so is that at the end of a chain."""
    assert name_of({"$ref": "#/components/schemas/a~1b", "description": "x"}) == "a/b"
    assert name_of({"$ref": "#/components/schemas/A", "maxLength": 1}) == ""
    assert target_name(SPEC, "Alias") == "Pet"


def test_a_chain_of_names_that_is_a_ring_has_an_end() -> None:
    """Names that only refer to each other do not keep a search going."""
    spec: Spec = {"components": {"schemas": {"A": ref("B"), "B": ref("A")}}}
    assert target_name(spec, "A") in ("A", "B")


def test_bases_in_a_ring_are_found_once() -> None:
    """Objects that include each other do not keep a search going."""
    discriminator = {"propertyName": "t"}
    schemas = {
        "Base": {"properties": {"t": {"type": "string"}}, "discriminator": discriminator, "allOf": [ref("Leaf")]},
        "Leaf": {"allOf": [ref("Base")]},
        "Twig": {"allOf": [ref("Leaf"), ref("Base")]},
    }
    union = Unions({"components": {"schemas": schemas}}).base_union("Base")
    assert union is not None
    assert [member.tags for member in union.members] == [("Leaf",), ("Twig",)]


def test_unions_that_cannot_be_read_are_left_out_of_all() -> None:
    """The list of all tagged unions has only those whose members a tag distinguishes."""
    schemas = {**SCHEMAS, "Odd": {"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}}
    places = [place for place, _ in Unions({"components": {"schemas": schemas}}).tagged()]
    assert "components.schemas.Pet" in places
    assert "components.schemas.Odd" not in places


def test_an_object_beside_a_base_needs_the_tag_too() -> None:
    """A union of a base and of an object that does not include it is refused."""
    with pytest.raises(Untagged):
        Unions(SPEC).union_of({"oneOf": [ref("Base"), ref("Cat")]})
