"""tools/codegen/union_view.py: what the template lays out for tagged unions and for additional properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from codegen.generator_input import for_the_generator
from codegen.property_types import PropertyTypes
from codegen.union_view import UnionView, extra_field, union_members, union_view

CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
NAMED = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
TAGGED: dict[str, Any] = {"oneOf": NAMED, "discriminator": {"propertyName": "kind"}}


def parsed_with(**schemas: Any) -> tuple[PropertyTypes, dict[str, Any]]:
    """The types of a spec with these schemas, and its models by name."""
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Cat": CAT, "Dog": CAT, **schemas}},
    }
    config = Config.from_sources(ConfigFile(), MetaType.NONE, Path("spec"), "utf-8", overwrite=False, output_path=None)
    data = GeneratorData.from_dict(for_the_generator(spec), config=config)
    assert isinstance(data, GeneratorData)
    return PropertyTypes(data, root=".."), {str(model.class_info.name): model for model in data.models}


@pytest.mark.parametrize(
    ("schema", "view"),
    [
        (
            TAGGED,
            UnionView("'kind'", [("('Cat',)", "Cat"), ("('Dog',)", "Dog")], "", "", "Cat | Dog"),
        ),
        (
            {**TAGGED, "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat", "d": "Dog", "k": "Cat"}}},
            UnionView("'kind'", [("('c', 'k',)", "Cat"), ("('d',)", "Dog")], "", "", "Cat | Dog"),
        ),
        (
            {**TAGGED, "oneOf": [*NAMED, {"type": "integer"}]},
            UnionView("'kind'", [("('Cat',)", "Cat"), ("('Dog',)", "Dog")], "", "int", "Cat | Dog | int"),
        ),
    ],
)
def test_a_tagged_union_is_told_apart_by_its_tag(schema: dict[str, Any], view: UnionView) -> None:
    """The view of a tagged union has the values of the tag of each member, and what else the union can be."""
    types, models = parsed_with(Pet=schema)
    assert union_view(models["Pet"], types) == view


def test_the_members_of_a_union_are_named_once() -> None:
    """A class that several values of the tag, or the fallback, stand for is named once."""
    extra = {"x-union": {"tag": "kind", "members": [[["a"], "Cat"], [["b"], "Dog"]], "fallback": "Cat"}}
    assert union_members(extra) == ["Cat", "Dog"]


@pytest.mark.parametrize(
    ("taken", "name"), [(set[str](), "additional_properties"), ({"additional_properties"}, "additional_properties_")]
)
def test_additional_properties_are_a_field_with_a_free_name(taken: set[str], name: str) -> None:
    """The values of all other names are in a field of their type, whose name no other field has."""
    types, models = parsed_with(Box={**CAT, "additionalProperties": {"type": "integer"}})
    view = extra_field(models["Box"], types, taken)
    assert (view.name, view.argument) == (name, "dict[str, int] = NOT_GIVEN")
    assert view.declaration == "dict[str, int] = field(factory=lambda: {}, repr=redacted_repr)"
    assert view.value == f"{{}} if {name} is NOT_GIVEN else {name}"
