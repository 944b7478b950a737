"""What the template of a model lays out: its fields with their types and defaults, and what its constructor checks."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property
from openapi_python_client.parser.properties.protocol import Value
from openapi_python_client.schema import Reference, Schema, UntrustedString
from openapi_python_client.strings import in_double_quote_literal

from codegen.constructor_view import CHECKED_MODEL, ConstructorView, constructor_view
from codegen.docstrings import docstring
from codegen.model_field import Field, FieldView, Use
from codegen.property_types import PropertyTypes, extra_of, schemas_of, without_none
from codegen.union_view import UnionView, extra_field, union_members, union_view

# A keyword of JSON Schema, the argument of `msgspec.Meta`, and how to make it whole for a whole number.
LIMITS = (
    ("minimum", "ge", math.ceil),
    ("exclusiveMinimum", "gt", math.floor),
    ("maximum", "le", math.floor),
    ("exclusiveMaximum", "lt", math.ceil),
    ("minLength", "min_length", math.ceil),
    ("maxLength", "max_length", math.floor),
    ("minItems", "min_length", math.ceil),
    ("maxItems", "max_length", math.floor),
)
LARGEST_EXACT_FLOAT = 2**53
CONDITION_KEYWORDS = ("if", "then", "else")


class ModelView(NamedTuple):
    """A model.

    Attributes:
        name: the name of the class.
        docstring: its description.
        enum_imports: the imports of the enums that its fields name.
        model_imports: the imports of the other models that its fields name.
        fields: its fields.
        restored: the fields whose default replaces a null in a response.
        other_fields: (name, type) of each field that the if/then/else of the spec does not name; empty without one.
        constructor: the constructor that checks each field, for the model that has one.
        wire_rules: the arguments of its `WireRules`; empty where nothing is special about its JSON.
        request_types: (name, type, whether it must be given) of each field with stricter rules in requests.
        union: the union that it is instead of a class, if it is one.
        renamed: the code of the names on the wire of its fields with another name in Python; empty without one.
    """

    name: str
    docstring: str
    enum_imports: list[str]
    model_imports: list[str]
    fields: list[FieldView]
    restored: list[FieldView]
    other_fields: list[tuple[str, str]]
    constructor: ConstructorView | None
    wire_rules: str
    request_types: list[tuple[str, str, bool]]
    union: UnionView | None
    renamed: str


def model_view(model: ModelProperty, types: PropertyTypes) -> ModelView | None:
    """The view of a model; `None` where it needs no class."""
    if not types.has_class(model):
        return None
    name, properties, extra = str(model.class_info.name), types.fields_of(model), extra_of(model)
    is_strict = types.is_sent(model) and not types.is_received(model)
    use = Use(is_sent=types.is_sent(model), is_received=types.is_received(model) or not types.is_sent(model))
    schemas, secret = schemas_of(model), set(extra.get("x-secret", ()))
    fields = [_field(property_, schemas.get(_name(property_)), types, use, extra) for property_ in properties]
    if is_strict:
        fields = [field for field in fields if not field.is_read_only]
    views = [field.view(is_secret=field.name in secret) for field in fields]
    keeps_extra = bool(extra.get("x-extra")) and name != CHECKED_MODEL
    kept = extra_field(model, types, {field.name for field in fields}) if keeps_extra else None
    union = union_view(model, types) if "x-union" in extra else None
    values = model.additional_properties if kept else None
    enums, models = types.imports_of([*properties, *([] if values is None else [values])])
    models += [types.import_of(part) for part in union_members(extra)] if union else []
    own_import = f"from ..models.{model.class_info.module_name} import {name}"
    named = {field for word in CONDITION_KEYWORDS for field in extra.get(word, {}).get("required", ())}
    others = [(field.name, field.entry_type()) for field in fields if field.name not in named]
    return ModelView(
        name=name,
        docstring=docstring(model.description or name, 4),
        enum_imports=enums,
        model_imports=sorted({line for line in models if line != own_import}),
        fields=[*views, kept] if kept else views,
        restored=[] if is_strict else [view for view in views if view.default],
        other_fields=others if named else [],
        constructor=constructor_view([field.to_check() for field in fields], extra) if name == CHECKED_MODEL else None,
        wire_rules=_wire_rules(fields, kept, extra, is_mapped=types.is_mapped(model)),
        request_types=[entry for field in fields if (entry := field.request_type())],
        union=union,
        renamed=_code_of(_wire_names(fields, extra)),
    )


def _wire_rules(fields: list[Field], kept: FieldView | None, extra: dict[str, Any], *, is_mapped: bool) -> str:
    """The arguments of the `WireRules` of a model."""
    names = _wire_names(fields, extra)
    rules = [f"names={names!r}"] if names else []
    rules += [f"extra={kept.name!r}"] if kept else []
    for rule, found in (
        ("read_only", [field.name for field in fields if field.is_read_only]),
        ("sent_null", [field.name for field in fields if field.is_null_sent]),
        ("nullable", [field.name for field in fields if field.is_nullable]),
    ):
        rules += [f"{rule}=frozenset({found!r})"] if found else []
    forbidden = {field.name: field.forbidden for field in fields if field.forbidden}
    rules += [f"forbidden={forbidden!r}"] if forbidden else []
    return ", ".join([*rules, *(["is_mapped=True"] if is_mapped else [])])


def _wire_names(fields: list[Field], extra: dict[str, Any]) -> dict[str, str]:
    own = {field.name for field in fields}
    return {name: wire for name, wire in extra.get("x-wire-names", {}).items() if name in own}


def _code_of(names: dict[str, str]) -> str:
    return repr(names) if names else ""


def _field(
    property_: Property, schema: Schema | Reference | None, types: PropertyTypes, use: Use, extra: dict[str, Any]
) -> Field:
    name = _name(property_)
    marks = {key: name in extra.get(f"x-{key}", ()) for key in ("read-only", "write-only", "indispensable")}
    is_read = use.is_received
    kind = types.type_of(property_, is_read=is_read)
    exact = types.type_of(property_)
    default = _default_code(property_, schema)
    if not default and isinstance(property_, ConstProperty) and property_.required and use.is_sent:
        default = property_.value.python_code.as_unembedded_code()
    limits = _limits(schema, is_float=without_none(exact) == "float") if use.is_sent else {}
    text = docstring(getattr(schema, "description", None) or property_.description, 4)
    return Field(
        name,
        property_,
        kind,
        exact,
        default,
        limits,
        text,
        use,
        is_read_only=marks["read-only"],
        is_write_only=marks["write-only"] and is_read,
        forbidden=_in_python(extra.get("x-forbidden", {}).get(name, "")) if use.is_sent else "",
        is_indispensable=marks["indispensable"],
    )


def _name(property_: Property) -> str:
    return in_double_quote_literal(property_.name)


def _limits(schema: Schema | Reference | None, *, is_float: bool) -> dict[str, str]:
    """The limits of a field as arguments of `msgspec.Meta`: of a whole number, in whole numbers."""
    limits: dict[str, str] = {}
    for keyword, rule, whole in LIMITS:
        limit: float | None = getattr(schema, keyword, None)
        if limit is not None and abs(limit) < LARGEST_EXACT_FLOAT:
            limits[rule] = str(limit if is_float and whole(limit) != limit else whole(limit))
    pattern: UntrustedString | None = getattr(schema, "pattern", None)
    if pattern:
        limits["pattern"] = f'"{_in_python(in_double_quote_literal(pattern))}"'
    return limits


def _in_python(pattern: str) -> str:
    """A pattern of JSON Schema for Python, whose `$` would let a line break follow."""
    return pattern[:-1] + "\\\\Z" if pattern.endswith("$") and not pattern.endswith("\\$") else pattern


def _default_code(property_: Property, schema: Schema | Reference | None) -> str:
    """The default as code; empty where the spec gives none."""
    default: Any = getattr(schema, "default", None)
    if default in ([], {}) and isinstance(default, (list, dict)):
        return str(default)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(default, list) and isinstance(property_, ListProperty):
        items = [property_.inner_property.convert_value(item) for item in default]  # pyright: ignore[reportUnknownVariableType]
        return f"[{', '.join(item.python_code.as_unembedded_code() for item in items if isinstance(item, Value))}]"
    if property_.default is None:
        return ""
    code = property_.default.python_code.as_unembedded_code()
    if isinstance(default, str) and code[0] in "\"'":
        return repr(default)
    return f"_{code}" if code.startswith("datetime.") else code
