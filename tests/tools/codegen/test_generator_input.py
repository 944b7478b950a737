"""tools/codegen/generator_input.py: the spec in the form in which the generator reads all of it."""

from __future__ import annotations

import copy
from typing import Any

from codegen.generator_input import for_the_generator

Spec = dict[str, Any]


def spec_with(**schemas: Any) -> Spec:
    """A spec with these schemas and one operation with a described parameter."""
    parameter = {"name": "count", "in": "query", "description": "How many.", "schema": {"type": "integer"}}
    operation = {"operationId": "list", "parameters": [parameter], "responses": {}}
    return {"paths": {"/": {"get": operation}}, "components": {"schemas": schemas}}


def test_the_spec_itself_is_not_changed() -> None:
    """The input of the generator is a copy."""
    spec = spec_with(A={"title": "B", "type": "object", "properties": {"a": {"type": "string"}}})
    before = copy.deepcopy(spec)
    for_the_generator(spec)
    assert spec == before


def test_a_parameter_has_its_description_in_its_schema() -> None:
    """The description of a parameter stands in its schema, where the generator reads it."""
    made = for_the_generator(spec_with())
    (parameter,) = made["paths"]["/"]["get"]["parameters"]
    assert parameter["schema"] == {"type": "integer", "description": "How many."}


def test_a_title_does_not_name_a_class() -> None:
    """The title of a schema is removed, because its name in the spec is the name of the class."""
    made = for_the_generator(spec_with(A={"title": "B", "type": "string"}))
    assert made["components"]["schemas"]["A"] == {"type": "string"}


def test_inherited_fields_stand_in_the_model_and_secrets_are_listed() -> None:
    """A model has the fields of its `allOf` in its own properties, and the names of its secret fields."""
    base = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "format": "password"}}}
    child = {"allOf": [{"$ref": "#/components/schemas/Base"}], "properties": {"b": {"type": "integer"}}}
    model = for_the_generator(spec_with(Base=base, Child=child))["components"]["schemas"]["Child"]
    assert set(model["properties"]) == {"a", "b"}
    assert (model["required"], model["x-secret"]) == (["a"], ["a"])
    assert "allOf" not in model


def test_only_what_the_spec_names_is_indispensable() -> None:
    """The fields of `x-indispensable`, and the one that an envelope holds, are marked; a name alone marks nothing."""
    thing = {"type": "object", "properties": {"id": {"type": "string"}, "result": {"type": "string"}}}
    wrapped = {"type": "object", "required": ["data"], "properties": {"data": {"$ref": "#/components/schemas/Thing"}}}
    spec = spec_with(Thing=thing, Wrapped=wrapped)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Wrapped"}}}
    spec["paths"]["/"]["get"]["responses"] = {"200": {"content": content}}
    for more, marked in (
        ({}, ([], [])),
        ({"x-envelope": {"result": "data"}}, ([], ["data"])),
        ({"x-envelope": {"result": "data"}, "x-indispensable": ["id"]}, (["id"], ["data"])),
    ):
        made = for_the_generator({**spec, **more})["components"]["schemas"]
        assert (made["Thing"]["x-indispensable"], made["Wrapped"]["x-indispensable"]) == marked


def test_a_default_beside_a_reference_is_kept() -> None:
    """A reference with a default becomes an `allOf`, because the generator ignores what stands beside a `$ref`."""
    colour = {"type": "string", "enum": ["red"]}
    model = {"type": "object", "properties": {"c": {"$ref": "#/components/schemas/Colour", "default": "red"}}}
    made = for_the_generator(spec_with(Colour=colour, Thing=model))["components"]["schemas"]["Thing"]
    assert made["properties"]["c"]["default"] == "red"


def test_a_parameter_without_a_schema_is_kept() -> None:
    """A parameter whose schema stands in its content is left as it is."""
    spec = spec_with()
    parameter = {"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    spec["components"]["parameters"] = {"Filter": parameter}
    assert for_the_generator(spec)["paths"]
