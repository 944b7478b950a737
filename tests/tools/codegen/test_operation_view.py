"""tools/codegen/operation_view.py: what the templates of operations lay out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openapi_python_client.parser import GeneratorData

from codegen.operation_view import OperationView, operation_view
from codegen.property_types import PropertyTypes


@pytest.fixture
def view_of(
    parsed: GeneratorData, document: dict[str, Any], endpoint_named: Callable[[str], Any]
) -> Callable[[str], OperationView]:
    """The view of an operation by its id."""
    types = PropertyTypes(parsed, root="...")
    wires = {node["operationId"]: node["x-wire"] for item in document["paths"].values() for node in item.values()}
    return lambda name: operation_view(endpoint_named(name), types, {"map_gadgets"}, wires)


@pytest.mark.parametrize(
    ("name", "envelope", "result"),
    [
        ("list_gadgets", "results", "Gadget"),
        ("drop_gadgets", "", "None"),
        ("mix_gadget", "", "Mixed"),
        ("map_gadgets", "", "dict[str, Part]"),
        ("find_gadget", "result", "Part | None"),
        ("put_gadget", "result", "Gadget"),
    ],
)
def test_the_result_is_taken_out_of_its_envelope(
    view_of: Callable[[str], OperationView], name: str, envelope: str, result: str
) -> None:
    """The result is inside of `result` or `results`, or is the whole response; an operation may have none."""
    view = view_of(name)
    assert (view.envelope, view.result_type, view.is_page) == (envelope, result, envelope == "results")


def test_parameters_are_in_the_order_of_the_signature(view_of: Callable[[str], OperationView]) -> None:
    """Path parameters come first, then the body and the required query, then the rest by keyword."""
    view = view_of("put_gadget")
    start = "gadget_id: str, part_id: UUID, body: GadgetIn | Mapping[str, Any], must: str, *, number: int | None"
    assert view.signature.startswith(start)
    assert view.arguments.startswith("gadget_id, part_id, body, must, number=number, flag=flag")


def test_a_body_with_defaults_only_may_be_left_out(view_of: Callable[[str], OperationView]) -> None:
    """A body of which no field is required is optional."""
    assert view_of("mix_gadget").signature == "body: MixGadgetBody | Mapping[str, Any] | None = None"


def test_an_operation_with_the_name_of_a_tag_gets_an_underscore(view_of: Callable[[str], OperationView]) -> None:
    """In the package of all operations, an operation with the name of a tag has an underscore at its end."""
    assert view_of("map_gadgets").name_in_api == "map_gadgets_"
    assert view_of("find_gadget").name_in_api == "find_gadget"


def test_the_docstring_documents_each_parameter(view_of: Callable[[str], OperationView]) -> None:
    """A docstring has the summary as a sentence, the description, and a line for each parameter."""
    text = view_of("put_gadget").docstring(4)
    assert text.startswith('"""Put it!\n\n    Long:\n    https://')
    assert (
        "    Args:\n        gadget_id: Which gadget.\n        part_id: see the API.\n        body: What to send.\n"
        in text
    )
    assert view_of("drop_gadgets").docstring(4) == '"""drop_gadgets.\n    """'
