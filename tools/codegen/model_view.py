"""What the template of a model lays out: its fields with their types and defaults, and what its constructor checks."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property
from openapi_python_client.parser.properties.protocol import Value
from openapi_python_client.schema import Reference, Schema, UntrustedString
from openapi_python_client.strings import in_double_quote_literal

from codegen.constructor_view import CHECKED_MODEL, ConstructorView, FieldToCheck, constructor_view
from codegen.docstrings import docstring
from codegen.property_types import PropertyTypes, optional, schemas_of, without_none

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
# Without these fields a response is of no use, so that they must be there.
INDISPENSABLE = ("id", "result", "results")
CONDITION_KEYWORDS = ("if", "then", "else")


class FieldView(NamedTuple):
    """A field of a model.

    Attributes:
        name: its name, which is its name on the wire.
        declaration: its type, and what follows: `int = 5`.
        docstring: its description; empty where there is none.
        default: the code of its default; empty where the spec gives none.
        argument: the type and the default of its argument.
        value: what it becomes.
    """

    name: str
    declaration: str
    docstring: str
    default: str
    argument: str
    value: str


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
    """

    name: str
    docstring: str
    enum_imports: list[str]
    model_imports: list[str]
    fields: list[FieldView]
    restored: list[FieldView]
    other_fields: list[tuple[str, str]]
    constructor: ConstructorView | None


def model_view(model: ModelProperty, types: PropertyTypes) -> ModelView | None:
    """The view of a model; `None` where it needs no class."""
    if not types.has_class(model):
        return None
    name, properties = str(model.class_info.name), types.fields_of(model)
    extra: dict[str, Any] = model.data.model_extra or {}
    secret = set(extra.get("x-secret", ()))
    own_import = f"from ..models.{model.class_info.module_name} import {name}"
    enums, models = types.imports_of(properties)
    is_sent = types.is_sent(model)
    schemas = schemas_of(model)
    fields = [_Field(property_, schemas.get(_name(property_)), types, is_sent=is_sent) for property_ in properties]
    views = [field.view(is_secret=field.name in secret) for field in fields]
    named = {field for word in CONDITION_KEYWORDS for field in extra.get(word, {}).get("required", ())}
    others = [(field.name, field.entry_type()) for field in fields if field.name not in named]
    return ModelView(
        name=name,
        docstring=docstring(model.description or name, 4),
        enum_imports=enums,
        model_imports=[line for line in models if line != own_import],
        fields=views,
        restored=[] if is_sent else [view for view in views if view.default],
        other_fields=others if named else [],
        constructor=constructor_view([field.to_check() for field in fields], extra) if name == CHECKED_MODEL else None,
    )


class _Field:
    """One field of a model, from its property and its schema."""

    def __init__(
        self, property_: Property, schema: Schema | Reference | None, types: PropertyTypes, *, is_sent: bool
    ) -> None:
        self.name = _name(property_)
        self._property, self._is_sent = property_, is_sent
        self._schema = schema
        self._type = types.type_of(property_)
        self._default = _default_code(property_, self._schema)
        self._limits = _limits(self._schema, is_float=without_none(self._type) == "float") if is_sent else {}

    def view(self, *, is_secret: bool) -> FieldView:
        """The field as its class declares it."""
        text = docstring(getattr(self._schema, "description", None) or self._property.description, 4)
        return FieldView(
            name=self.name,
            declaration=self._declaration(is_secret=is_secret),
            docstring=text,
            default=self._default,
            argument=f"{self._type_of_attribute(self._type)}{self._default_of_argument()}",
            value=f"{self._default} if {self.name} is NOT_GIVEN else {self.name}"
            if self._is_made_anew()
            else self.name,
        )

    def argument_type(self) -> str:
        """The type of the field as an argument: an enum may be given as its string, too."""
        kind = self._type
        if isinstance(self._property, EnumProperty):
            values = ", ".join(f'"{value}"' for value in self._property.values.values())
            kind += f" | Literal[{values}]"
        return kind if self._property.required or self._default else optional(kind)

    def entry_type(self) -> str:
        """The field as an entry of a TypedDict of arguments."""
        return f"Required[{self.argument_type()}]" if self._property.required else self.argument_type()

    def to_check(self) -> FieldToCheck:
        """The field as its constructor checks it."""
        return FieldToCheck(self.name, self._property, self.argument_type(), self._default, self._limits)

    def _is_made_anew(self) -> bool:
        """Whether each instance gets a default of its own."""
        return self._default[:1] in ("[", "{")

    def _type_of_attribute(self, kind: str) -> str:
        """The type with what the default adds to it."""
        if not self._default and not self._property.required:
            return optional(kind)
        if self._is_sent or (self.name in INDISPENSABLE and not self._default):
            return kind
        return f"Promised[{without_none(kind) if self._default else kind}]"

    def _default_of_argument(self) -> str:
        """What follows the type of the argument; empty for one that must be given."""
        if self._default:
            return " = NOT_GIVEN" if self._is_made_anew() else f" = {self._default}"
        if not self._property.required:
            return " = None"
        return "" if self._is_sent or self.name in INDISPENSABLE else " = ABSENT"

    def _declaration(self, *, is_secret: bool) -> str:
        kind, default = self._type_of_attribute(self._limited_type()), self._default_of_argument()
        options = [f"factory=lambda: {self._default}"] if self._is_made_anew() else []
        options += [f"default={default.removeprefix(' = ')}"] if default and not options else []
        if is_secret:
            options.append("repr=False")
        elif "dict[" in kind or "Any" in kind:
            options.append("repr=redacted_repr")
        has_only_a_default = len(options) == 1 and options[0].startswith("default=")
        return f"{kind}{default}" if has_only_a_default or not options else f"{kind} = field({', '.join(options)})"

    def _limited_type(self) -> str:
        if not self._limits:
            return self._type
        rules = ", ".join(f"{rule}={code}" for rule, code in self._limits.items())
        limited = f"Annotated[{without_none(self._type)}, Meta({rules})]"
        return limited if without_none(self._type) == self._type else optional(limited)


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
