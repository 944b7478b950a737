"""What the template of a model lays out for tagged unions, and for the values of undeclared names."""

from __future__ import annotations

from typing import Any, NamedTuple

from openapi_python_client.parser.properties import ModelProperty

from codegen.model_field import FieldView
from codegen.property_types import PropertyTypes, extra_of

EXTRA_FIELD = "additional_properties"


class UnionView(NamedTuple):
    """A tagged union.

    Attributes:
        tag: the code of the name of the field that tells the members apart.
        members: the code of each member's values of the tag, and its class.
        fallback: the class that stands for unknown values; empty where there is none.
        other: the type of the values that are no objects; empty where there are none.
        type: the union as a type.
    """

    tag: str
    members: list[tuple[str, str]]
    fallback: str
    other: str
    type: str


def union_view(model: ModelProperty, types: PropertyTypes) -> UnionView:
    """The view of a tagged union."""
    declared = extra_of(model)["x-union"]
    members = [(_tuple_code(tags), str(name)) for tags, name in declared["members"]]
    other = " | ".join(types.type_of(part) for part in types.fields_of(model))
    return UnionView(
        tag=repr(declared["tag"]),
        members=members,
        fallback=declared["fallback"] or "",
        other=other,
        type=" | ".join([*union_members(extra_of(model)), *([other] if other else [])]),
    )


def union_members(extra: dict[str, Any]) -> list[str]:
    """The classes that a tagged union can be."""
    declared = extra["x-union"]
    fallback = [declared["fallback"]] if declared["fallback"] else []
    return list(dict.fromkeys([*(str(name) for _, name in declared["members"]), *fallback]))


def extra_field(model: ModelProperty, types: PropertyTypes, taken: set[str]) -> FieldView:
    """The field that keeps the values of all names that an object does not declare."""
    name = EXTRA_FIELD if EXTRA_FIELD not in taken else f"{EXTRA_FIELD}_"
    value = model.additional_properties
    kind = f"dict[str, {types.type_of(value) if value is not None else 'Any'}]"
    return FieldView(
        name=name,
        declaration=f"{kind} = field(factory=lambda: {{}}, repr=redacted_repr)",
        docstring='"""The values of all other names."""',
        default="",
        argument=f"{kind} = NOT_GIVEN",
        value=f"{{}} if {name} is NOT_GIVEN else {name}",
    )


def _tuple_code(values: list[Any]) -> str:
    return f"({', '.join(map(repr, values))},)"
