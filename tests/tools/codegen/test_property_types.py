"""tools/codegen/property_types.py: the Python type of each property of the spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openapi_python_client.parser import GeneratorData

from codegen.property_types import PropertyTypes, optional, without_none

TYPES = {
    "foo_bar": "str",
    "day": "Date",
    "since": "DateTime",
    "nested": "list[list[int]]",
    "part_map": "dict[str, Part]",
    "labels": "dict[str, str]",
    "anything": "Any",
    "union": "str | int",
    "nullable_colour": "Colour | None",
    "parts": "list[Part]",
}


@pytest.mark.parametrize("name", TYPES)
def test_a_property_has_the_type_of_its_schema(
    parsed: GeneratorData, model_named: Callable[[str], Any], name: str
) -> None:
    """Each kind of schema has its type: dates are aware, free-form objects are dicts, `None` comes last."""
    types = PropertyTypes(parsed, root=".")
    fields = {field.name.get_untrusted_value(): field for field in types.fields_of(model_named("Gadget"))}
    assert types.type_of(fields[name]) == TYPES[name]


def test_a_qualifier_stands_before_each_class(parsed: GeneratorData, model_named: Callable[[str], Any]) -> None:
    """With a qualifier, each generated class in a type is named with it."""
    types = PropertyTypes(parsed, root=".", qualifier="models.")
    fields = {field.name.get_untrusted_value(): field for field in types.fields_of(model_named("Gadget"))}
    assert types.type_of(fields["part_map"]) == "dict[str, models.Part]"
    assert types.type_of(fields["nullable_colour"]) == "models.Colour | None"


def test_imports_name_enums_and_models_apart(parsed: GeneratorData, model_named: Callable[[str], Any]) -> None:
    """The enums and the models in the types of some properties are imported, and dicts are not."""
    types = PropertyTypes(parsed, root="..")
    enums, models = types.imports_of(types.fields_of(model_named("Gadget")))
    assert "from ..models.colour import Colour" in enums
    assert "from ..models.part import Part" in models
    assert not any("Labels" in line for line in models)


def test_models_that_a_request_can_carry_are_sent(parsed: GeneratorData, model_named: Callable[[str], Any]) -> None:
    """A model is sent if it is the body of a request or inside of one."""
    types = PropertyTypes(parsed, root=".")
    sent = {name for name in ("GadgetIn", "Part", "Gadget", "Session") if types.is_sent(model_named(name))}
    assert sent == {"GadgetIn", "Part"}


def test_an_object_without_properties_has_no_class(parsed: GeneratorData, model_named: Callable[[str], Any]) -> None:
    """A free-form object is a dict and needs no class."""
    types = PropertyTypes(parsed, root=".")
    assert not types.has_class(model_named("Labels"))
    assert types.has_class(model_named("Part"))


def test_none_is_added_and_removed_once() -> None:
    """`optional` adds `None` to a type that lacks it, and `without_none` removes it."""
    assert optional("int") == optional("int | None") == "int | None"
    assert without_none("int") == without_none("int | None") == "int"
