"""tools/codegen/normal_form.py: schemas in the form that the generator understands."""

from __future__ import annotations

from typing import Any

from codegen.normal_form import NormalForm

Spec = dict[str, Any]
TEXT = {"type": "string"}


def ref(name: str) -> Spec:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def normal(**schemas: Any) -> Spec:
    """These schemas in their normal form."""
    return NormalForm({"paths": {}, "components": {"schemas": schemas}}).named()


def test_fields_have_their_names_in_python() -> None:
    """A field gets its name in Python, and the name on the wire stands beside the fields."""
    made = normal(A={"type": "object", "required": ["node-count"], "properties": {"node-count": TEXT, "b": TEXT}})["A"]
    assert list(made["properties"]) == ["node_count", "b"]
    assert (made["required"], made["x-wire-names"]) == (["node_count"], {"node_count": "node-count"})


def test_marks_of_fields_stand_beside_them() -> None:
    """Fields of one direction and secret ones are listed, also where a reference says so."""
    fields = {"a": {**TEXT, "readOnly": True}, "b": ref("Secret")}
    made = normal(A={"properties": fields}, Secret={**TEXT, "writeOnly": True})["A"]
    assert (made["x-read-only"], made["x-write-only"], made["x-secret"]) == (["a"], ["b"], ["b"])


def test_a_tagged_union_is_an_object_of_its_own() -> None:
    """A union of objects becomes a stub with its members, and each member has the value of its tag."""
    cat, dog = ({"type": "object", "properties": {"kind": {"const": kind}}} for kind in ("cat", "dog"))
    holder = {"properties": {"pet": {"anyOf": [ref("Pet"), {"type": "null"}]}}}
    made = normal(Pet={"oneOf": [ref("Cat"), dog]}, Cat=cat, Holder=holder)
    assert made["Pet"]["x-union"] == {
        "tag": "kind",
        "members": [[["cat"], "Cat"], [["dog"], "PetDog"]],
        "fallback": None,
    }
    assert made["PetDog"]["properties"]["kind"]["default"] == "dog"
    assert made["Holder"]["properties"]["pet"] == {"anyOf": [ref("Pet"), {"type": "null"}]}


def test_a_reference_to_a_base_is_one_to_all_that_include_it() -> None:
    """A reference to an object with a discriminator becomes one to the union of all that include it."""
    base = {"properties": {"t": TEXT}, "discriminator": {"propertyName": "t"}}
    made = normal(Base=base, Leaf={"allOf": [ref("Base")]}, Holder={"properties": {"a": ref("Base")}})
    assert made["Holder"]["properties"]["a"] == ref("AnyBase")
    assert made["AnyBase"]["x-union"]["fallback"] == "Base"


def test_a_ring_of_lists_is_cut() -> None:
    """A list of itself ends in a list of anything."""
    assert normal(Tree={"type": "array", "items": ref("Tree")})["Tree"]["items"] == {}


def test_limits_behind_a_reference_stand_beside_it() -> None:
    """The limits and the default of a referenced text stand beside the reference, and rules there are added."""
    fields = {"a": ref("Name"), "b": {**ref("Name"), "maxLength": 2}}
    made = normal(A={"properties": fields}, Name={**TEXT, "maxLength": 5, "default": "x"})["A"]["properties"]
    assert made["a"] == {"maxLength": 5, "default": "x", "allOf": [ref("Name")]}
    assert (made["b"]["maxLength"], made["b"]["allOf"]) == (2, [ref("Name")])


def test_null_leaves_an_enum() -> None:
    """An enum with null is an enum without it, or null, where it is used."""
    fields = {"a": ref("Colour"), "b": {"enum": ["x", None]}}
    made = normal(A={"properties": fields}, Colour={"enum": ["red", None]})
    assert made["Colour"] == {"enum": ["red"]}
    assert made["A"]["properties"]["a"] == {"anyOf": [ref("Colour"), {"type": "null"}]}
    assert made["A"]["properties"]["b"] == {"anyOf": [ref("AB"), {"type": "null"}]}


def test_texts_of_several_kinds_are_one() -> None:
    """Options of one type of JSON become one."""
    options = [{"type": "string", "format": "date"}, TEXT, {"type": "integer"}, {"type": "number"}]
    made = normal(A={"properties": {"a": {"anyOf": options}}})["A"]["properties"]["a"]
    assert made == {"anyOf": [TEXT, {"type": "number"}]}


def test_values_of_other_names_are_kept_where_the_spec_says_so() -> None:
    """An object keeps the values of undeclared names only where the spec admits them in words."""
    made = normal(A={"properties": {"a": TEXT}, "additionalProperties": True}, B={"properties": {"a": TEXT}})
    assert made["A"]["x-extra"]
    assert "x-extra" not in made["B"]


def test_another_name_for_a_schema_is_none_in_the_normal_form() -> None:
    """A named schema that only refers to another one is left out, and references to it go to the other one."""
    made = normal(A={"properties": {"b": ref("Other")}}, Other=ref("B"), B={"properties": {"x": TEXT}})
    assert "Other" not in made
    assert made["A"]["properties"]["b"] == ref("B")


def test_the_tag_of_a_member_that_has_another_name_is_kept() -> None:
    """A union can name its members by other names."""
    cat, dog = ({"type": "object", "properties": {"kind": {"const": kind}}} for kind in ("cat", "dog"))
    made = normal(Pet={"oneOf": [ref("Tom"), ref("Dog")]}, Tom=ref("Cat"), Cat=cat, Dog=dog)
    assert made["Cat"]["properties"]["kind"]["default"] == "cat"


def test_values_of_a_list_by_place_are_schemas_too() -> None:
    """The schemas of the first values of a list are brought into the normal form, without items of any kind."""
    made = normal(A={"properties": {"pair": {"type": "array", "prefixItems": [{"const": None}, TEXT], "items": False}}})
    assert made["A"]["properties"]["pair"] == {"type": "array", "prefixItems": [{"type": "null"}, TEXT]}
    open_end = {"type": "array", "prefixItems": [TEXT], "items": TEXT}
    assert normal(A={"properties": {"pair": open_end}})["A"]["properties"]["pair"] == open_end


def test_limits_beside_a_reference_are_kept() -> None:
    """A reference in allOf with a limit beside it keeps both; one with another type of content is merged."""
    short = {"allOf": [ref("Name")], "maxLength": 5, "description": "Short."}
    made = normal(A={"properties": {"a": short}}, Name={"type": "string", "minLength": 1})["A"]["properties"]["a"]
    assert made["maxLength"] == 5
    assert made["description"] == "Short."
    state = {"allOf": [ref("State")], "default": "on", "maxLength": 3}
    limited = normal(A={"properties": {"a": state}}, State={"type": "string", "enum": ["on", "off"]})
    assert limited["A"]["properties"]["a"]["maxLength"] == 3
    bare = normal(A={"properties": {"a": {"allOf": [ref("State")], "maxLength": 3}}}, State={"enum": ["on", "off"]})
    assert bare["A"]["properties"]["a"] == {"maxLength": 3, "allOf": [ref("State")]}


def test_parts_that_are_no_objects_are_merged() -> None:
    """Several schemas of one value become one with the rules of all."""
    both = {"allOf": [TEXT, {**TEXT, "maxLength": 5}], "description": "Short."}
    made = normal(A={"properties": {"a": both}})["A"]["properties"]["a"]
    assert made == {**TEXT, "maxLength": 5, "description": "Short."}


def test_a_member_with_several_tags_has_no_default_tag() -> None:
    """A member that several values of the tag stand for does not choose one of them."""
    mapped = {"propertyName": "kind", "mapping": {"a": "Cat", "b": "Cat", "dog": "Dog"}}
    cat, dog = ({"type": "object", "properties": {"kind": TEXT, name: TEXT}} for name in ("c", "d"))
    made = normal(Pet={"oneOf": [ref("Cat"), ref("Dog")], "discriminator": mapped}, Cat=cat, Dog=dog)
    assert "default" not in made["Cat"]["properties"]["kind"]
    assert made["Dog"]["properties"]["kind"]["default"] == "dog"


def test_a_choice_of_constants_is_an_enum() -> None:
    """A union of constant texts becomes an enum, alone, with null, with a default, and under a name of its own."""
    choice = {"oneOf": [{"const": "on"}, {"const": "off"}]}
    or_null = {"oneOf": [*choice["oneOf"], {"type": "null"}]}
    made = normal(
        A={"properties": {"a": choice, "b": {**choice, "default": "on"}, "c": or_null}},
        Named=choice,
    )
    assert made["AA"] == {"type": "string", "enum": ["on", "off"]}
    assert made["A"]["properties"]["a"] == ref("AA")
    assert made["A"]["properties"]["b"]["default"] == "on"
    assert {"type": "null"} in made["A"]["properties"]["c"]["anyOf"]
    assert made["Named"]["enum"] == ["on", "off"]
