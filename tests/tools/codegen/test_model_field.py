"""tools/codegen/model_field.py: how a field is declared, by where its model is used and what the spec says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openapi_python_client.parser import GeneratorData

from codegen.model_field import Field, Use
from codegen.property_types import PropertyTypes

SENT, RECEIVED = Use(is_sent=True, is_received=False), Use(is_sent=False, is_received=True)
BOTH = Use(is_sent=True, is_received=True)
FieldOf = Callable[..., Field]


@pytest.fixture
def field_of(parsed: GeneratorData, model_named: Callable[[str], Any]) -> FieldOf:
    """Makes a field of text from a required or an optional property."""
    properties = {
        property_.required: property_
        for property_ in PropertyTypes(parsed, root=".").fields_of(model_named("Gadget"))
        if property_.name.get_untrusted_value() in ("id", "foo_bar")
    }

    def made(use: Use, *, required: bool = True, type: str = "str", **marks: Any) -> Field:  # noqa: A002
        plain: dict[str, Any] = {"default": "", "limits": {}, "text": "", "forbidden": ""}
        plain |= dict.fromkeys(("is_read_only", "is_write_only", "is_indispensable"), False)
        return Field("id", properties[required], type, type, use=use, **{**plain, **marks})

    return made


@pytest.mark.parametrize(
    ("use", "marks", "declaration"),
    [
        (RECEIVED, {}, "Promised[str] = ABSENT"),
        (RECEIVED, {"is_indispensable": True}, "str"),
        (RECEIVED, {"is_indispensable": True, "default": "'a'"}, "Promised[str] = 'a'"),
        (RECEIVED, {"is_write_only": True}, "str | None = None"),
        (RECEIVED, {"required": False}, "str | None = None"),
        (SENT, {}, "str"),
        (SENT, {"limits": {"min_length": "1"}}, "Annotated[str, Meta(min_length=1)]"),
        (SENT, {"required": False, "type": "str | None"}, "Nullable[str] | None = None"),
        (BOTH, {}, "Promised[str] = ABSENT"),
        (BOTH, {"is_indispensable": True}, "str"),
        (BOTH, {"is_indispensable": True, "is_read_only": True}, "Promised[str] = ABSENT"),
    ],
)
def test_a_declaration_follows_from_use_and_marks(
    field_of: FieldOf, use: Use, marks: dict[str, Any], declaration: str
) -> None:
    """A response may lack any field that is not indispensable, and a request must hold what is required."""
    assert field_of(use, **marks).view(is_secret=False).declaration == declaration


def test_a_secret_field_has_no_repr(field_of: FieldOf) -> None:
    """A secret field is not shown."""
    assert field_of(SENT).view(is_secret=True).declaration == "str = field(repr=False)"


@pytest.mark.parametrize(
    ("use", "marks", "request_type"),
    [
        (BOTH, {}, ("id", "str", True)),
        (BOTH, {"required": False}, None),
        (
            BOTH,
            {"required": False, "limits": {"max_length": "3"}},
            ("id", "Annotated[str, Meta(max_length=3)] | None", False),
        ),
        (BOTH, {"is_read_only": True}, None),
        (SENT, {}, None),
        (RECEIVED, {}, None),
    ],
)
def test_a_model_of_both_directions_is_stricter_in_requests(
    field_of: FieldOf, use: Use, marks: dict[str, Any], request_type: tuple[str, str, bool] | None
) -> None:
    """Only a field of a model that is sent and received has a type of its own for requests, if the rules differ."""
    assert field_of(use, **marks).request_type() == request_type


@pytest.mark.parametrize(
    ("use", "marks", "is_nullable", "is_null_sent"),
    [
        (SENT, {"required": False, "type": "str | None"}, True, False),
        (SENT, {"required": True, "type": "str | None"}, False, True),
        (SENT, {"required": False, "type": "str"}, False, False),
        (SENT, {"required": False, "type": "str | None", "is_read_only": True}, False, False),
        (RECEIVED, {"required": False, "type": "str | None"}, False, False),
    ],
)
def test_null_is_sent_where_the_spec_admits_it(
    field_of: FieldOf, use: Use, marks: dict[str, Any], is_nullable: bool, is_null_sent: bool
) -> None:
    """`NULL` fits an optional field that admits null, and a required one that admits null sends `None` as null."""
    field = field_of(use, **marks)
    assert (field.is_nullable, field.is_null_sent) == (is_nullable, is_null_sent)
    assert field.to_check().is_nullable is (is_nullable or is_null_sent)


def test_an_entry_of_a_typed_dict_is_required_like_the_field(field_of: FieldOf) -> None:
    """A required field is a required entry of a TypedDict."""
    assert field_of(SENT).entry_type() == "Required[str]"
    assert field_of(SENT, required=False).entry_type() == "str | None"
