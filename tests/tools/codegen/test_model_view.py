"""tools/codegen/model_view.py: what the template of a model lays out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openapi_python_client.parser import GeneratorData

from codegen.model_view import ModelView, model_view
from codegen.property_types import PropertyTypes


@pytest.fixture
def view_of(parsed: GeneratorData, model_named: Callable[[str], Any]) -> Callable[[str], ModelView]:
    """The view of a model by its name."""
    types = PropertyTypes(parsed, root="..")

    def view(name: str) -> ModelView:
        found = model_view(model_named(name), types)
        assert found is not None
        return found

    return view


SENT = {
    "foo_bar": "str | None = None",
    "count": "Annotated[int, Meta(ge=1, le=10)] | None = None",
    "level": "Nullable[Annotated[int, Meta(ge=1, lt=3)]] | None = None",
    "depth": "Annotated[int, Meta(gt=-1, le=2)] | None = None",
    "ratio": "Annotated[float, Meta(gt=0.5)] = 0.75",
    "colours": "Annotated[list[Colour], Meta(min_length=1)] = field(factory=lambda: [Colour.RED, Colour.VALUE_3])",
    "no_parts": "list[Part] = field(factory=lambda: [])",
    "counts": "dict[str, int] = field(factory=lambda: {}, repr=redacted_repr)",
    "id": "str",
    "colour": "Colour",
}
RECEIVED = {
    "count": "int | None = None",
    "id": "str",
    "colour": "Promised[Colour] = ABSENT",
    "number": "Promised[int] = 3",
    "no_parts": "Promised[list[Part]] = field(factory=lambda: [])",
    "nullable_colour": "Promised[Colour] = Colour.RED",
    "secret": "str | None = field(default=None, repr=False)",
}


@pytest.mark.parametrize(
    ("model", "name", "declaration"),
    [("GadgetIn", *item) for item in SENT.items()] + [("Gadget", *item) for item in RECEIVED.items()],
)
def test_a_field_is_declared_as_the_spec_says(
    view_of: Callable[[str], ModelView], model: str, name: str, declaration: str
) -> None:
    """A field has its type, its limits if it is sent, its default, and no `repr` if it is secret."""
    fields = {field.name: field for field in view_of(model).fields}
    assert fields[name].declaration == declaration


def test_an_argument_has_the_type_without_limits(view_of: Callable[[str], ModelView]) -> None:
    """The argument of a field has its type and default without limits, and a list is made anew."""
    fields = {field.name: field for field in view_of("GadgetIn").fields}
    assert fields["count"].argument == "int | None = None"
    assert fields["no_parts"].argument == "list[Part] = NOT_GIVEN"
    assert fields["no_parts"].value == "[] if no_parts is NOT_GIVEN else no_parts"


def test_a_default_replaces_a_null_in_responses_only(view_of: Callable[[str], ModelView]) -> None:
    """The defaults of a response replace a null, and those of a request do not."""
    assert "number" in {field.name for field in view_of("Gadget").restored}
    assert view_of("GadgetIn").restored == []


def test_only_the_checked_model_has_a_constructor(view_of: Callable[[str], ModelView]) -> None:
    """`CreateSession` has a checked constructor and the fields that its if/then/else does not name."""
    view = view_of("CreateSession")
    assert view.constructor is not None
    assert dict(view.other_fields)["name"] == "Required[str]"
    assert "build_id" not in dict(view.other_fields)
    assert (view_of("GadgetIn").constructor, view_of("GadgetIn").other_fields) == (None, [])


def test_a_free_form_object_has_no_view(parsed: GeneratorData, model_named: Callable[[str], Any]) -> None:
    """An object without properties has no class, and so no view."""
    assert model_view(model_named("Labels"), PropertyTypes(parsed, root="..")) is None


def test_a_model_does_not_import_itself(view_of: Callable[[str], ModelView]) -> None:
    """A model that names itself is not imported in its own module."""
    assert view_of("Part").model_imports == []
