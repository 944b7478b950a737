"""tools/codegen/class_names.py: the names of classes for schemas that the spec does not name."""

from __future__ import annotations

from codegen.class_names import ClassNames

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
OTHER = {"type": "object", "properties": {"b": {"type": "string"}}}
PREFIX = "#/components/schemas/"


def test_a_schema_gets_a_free_name() -> None:
    """A schema is named after its place, with a number if the spec has that name."""
    names = ClassNames({"Pet": {"type": "string"}})
    assert names.hoist(OBJECT, "Owner") == {"$ref": f"{PREFIX}Owner"}
    assert names.hoist(OBJECT, "Pet") == {"$ref": f"{PREFIX}Pet2"}
    assert names.hoisted == {"Owner": OBJECT, "Pet2": OBJECT}


def test_equal_schemas_share_a_name() -> None:
    """A schema that equals one that was taken out before is the same class; another one gets the next number."""
    names = ClassNames({})
    assert names.hoist(OBJECT, "Owner") == names.hoist(dict(OBJECT), "Owner") == {"$ref": f"{PREFIX}Owner"}
    assert names.hoist(OTHER, "Owner") == {"$ref": f"{PREFIX}Owner2"}


def test_an_inline_schema_stays_where_its_name_is_free() -> None:
    """The first inline schema of a name stays inline, and the next one is taken out, also if it is equal."""
    names = ClassNames({"PetOwner": OBJECT})
    assert names.inline(OBJECT, "OrderItemKind") is OBJECT
    assert names.inline(OBJECT, "OrderItemKind") == {"$ref": f"{PREFIX}OrderItemKind2"}
    assert names.inline({"enum": ["a"]}, "PetOwner") == {"$ref": f"{PREFIX}PetOwner2"}


def test_only_what_becomes_a_class_is_taken_out() -> None:
    """Plain values, references and choices have no class of their own, and stay."""
    names = ClassNames({"Pet": OBJECT})
    for schema in ({"type": "string"}, {"$ref": f"{PREFIX}Pet"}, {"enum": ["a"], "allOf": [{"$ref": f"{PREFIX}Pet"}]}):
        assert names.inline(schema, "Pet") is schema
