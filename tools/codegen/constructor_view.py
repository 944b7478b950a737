"""What the template of a checked constructor lays out: for each field, the condition under which its value is right.

A condition may refuse a value that is right, because then the full check decides. It must never accept one that is
wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty

LEAST_INT, GREATEST_INT = -(2**63), 2**63 - 1
# The limits of a text that must not be blank. `str.isspace` is faster than the regular expression.
NOT_BLANK = {
    "min_length": "1",
    "pattern": r'"[^\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"',
}
# Patterns that are found only in texts with control characters.
CONTROL_PATTERNS = (r"[\u0000-\u001f\u007f-\u009f]", r"\n")
# The model with rules that no type can hold, and what its hand-written subclass works out from the other fields.
# contracts/contract.py refuses a spec that lacks one of these.
CHECKED_MODEL = "CreateSession"
RESOLVED_FIELD = "user_service_token"
RESOLVED_FROM = ("user_service_access", "user_service_token", "ha_job_id")
# Names that the constructor uses. One that is the name of a field as well gets an underscore.
IMPORTED = ("type", "vars", "is_encodable", "Secret")
NAMES = (*IMPORTED, "positional", "unknown", "resolved", "hidden")


class FieldToCheck(NamedTuple):
    """A field that the constructor checks.

    Attributes:
        name: its name.
        property_: its property.
        type: the type of its argument.
        default: the code of its default; empty where the spec gives none.
        limits: its limits, as arguments of `msgspec.Meta`.
        is_nullable: whether it may be an explicit null.
        forbidden: the pattern that must not be found in its text; empty without one.
    """

    name: str
    property_: Property
    type: str
    default: str
    limits: dict[str, str]
    is_nullable: bool = False
    forbidden: str = ""

    @property
    def admits_none(self) -> bool:
        """Whether `None` is a right value."""
        options = _options(self.property_)
        return any(isinstance(option, NoneProperty) for option in options) or self.is_none_by_default

    @property
    def is_none_by_default(self) -> bool:
        """Whether the field is `None` where it is not given."""
        return not self.property_.required and not self.default


class LimitView(NamedTuple):
    """A function that tells whether a text is within the limits of its field.

    Attributes:
        field: the name of the field.
        condition: its result.
        pattern: the code of the regular expression.
        is_cached: whether its results are kept: a service creates its sessions in few projects.
    """

    field: str
    condition: str
    pattern: str
    is_cached: bool


class ArgumentView(NamedTuple):
    """An argument of the constructor.

    Attributes:
        name: the name of the field.
        declaration: its type and default: `int = 5`.
        condition: true only where its value is right.
        value: what the field becomes.
        enum: the enum that a string is converted to; empty for other types.
    """

    name: str
    declaration: str
    condition: str
    value: str
    enum: str


class ConstructorView(NamedTuple):
    """A constructor.

    Attributes:
        arguments: its arguments.
        limits: the functions that its conditions call.
        resolved_field: the field that the subclass works out.
        resolved_from: the fields from which it does so.
        names: what the constructor calls the things that it uses, by their usual names.
        hidden: the functions among them that are imported by another name.
        rule: the condition for the fields of the if/then/else.
        is_plain: whether the fields hold only texts, whole numbers and flags, which JSON carries as they are.
    """

    arguments: list[ArgumentView]
    limits: list[LimitView]
    resolved_field: str
    resolved_from: tuple[str, ...]
    names: dict[str, str]
    hidden: list[str]
    rule: str
    is_plain: bool


def constructor_view(fields: list[FieldToCheck], conditions: Mapping[str, Any]) -> ConstructorView:
    """The view of a constructor that takes these fields, under the if/then/else of their schema."""
    taken = {field.name for field in fields}
    names = {name: f"_{name}" if name in taken else name for name in NAMES}
    quick = (StringProperty, BooleanProperty, IntProperty, EnumProperty, NoneProperty)
    return ConstructorView(
        arguments=[_argument(field, names) for field in fields],
        limits=[_limit(field) for field in fields if _needs_function(field)],
        resolved_field=RESOLVED_FIELD,
        resolved_from=RESOLVED_FROM,
        names=names,
        hidden=[name for name in IMPORTED if name in taken],
        rule=_rule(conditions),
        is_plain=all(
            isinstance(option, quick) and not field.is_nullable
            for field in fields
            for option in _options(field.property_)
        ),
    )


def _argument(field: FieldToCheck, names: dict[str, str]) -> ArgumentView:
    condition = _condition(field, names)
    enum = _kind(field)
    enum_name = str(enum.class_info.name) if isinstance(enum, EnumProperty) else ""
    if condition:
        condition = f"({field.name} is None or {condition})" if field.admits_none else condition
        default = field.default or ("None" if field.is_none_by_default else "NOT_GIVEN")
        return ArgumentView(field.name, f"{field.type} = {default}", condition, field.name, enum_name)
    # A type that takes long to check: only the default is certainly right.
    right = ["None"] if field.admits_none else []
    right += ["NOT_GIVEN"] if field.default else []
    condition = " or ".join(f"{field.name} is {value}" for value in right) or "False"
    value = f"{field.default} if {field.name} is NOT_GIVEN else {field.name}" if field.default else field.name
    default = "None" if field.is_none_by_default else "NOT_GIVEN"
    return ArgumentView(field.name, f"{field.type} = {default}", f"({condition})", value, "")


def _rule(conditions: Mapping[str, Any]) -> str:
    """The condition for the fields of an if/then/else: those of one branch are given, and not blank."""
    (flag,) = conditions["if"]["properties"]
    branches = [
        " and ".join(f"{name} and not {name}.isspace()" for name in conditions[branch]["required"])
        for branch in ("then", "else")
    ]
    return f"(({branches[0]}) if {flag} else ({branches[1]}))"


def _options(property_: Property) -> list[Property]:
    """The types that a property admits."""
    if isinstance(property_, UnionProperty):
        return [part for option in property_.inner_properties for part in _options(option)]
    return [property_]


def _kind(field: FieldToCheck) -> Property | None:
    """The one type of a field beside `None`; nothing where it has more than one."""
    kinds = [option for option in _options(field.property_) if not isinstance(option, NoneProperty)]
    return kinds[0] if len(kinds) == 1 else None


def _condition(field: FieldToCheck, names: dict[str, str]) -> str:
    """The condition for a value that is not `None`; empty for a type that takes long to check."""
    name, kind = field.name, _kind(field)
    match kind:
        case BooleanProperty():
            return f"({name} is True or {name} is False)"
        case IntProperty():
            least, greatest = _range(field.limits)
            return f"{names['type']}({name}) is int and {least} <= {name} <= {greatest}"
        case EnumProperty():
            return f"{names['type']}({name}) is {kind.class_info.name} and {name}.is_known"
        case StringProperty() if not _is_slow(field):
            return f"{names['type']}({name}) is str and {_text_condition(field, names)}"
        case _:
            return ""


def _text_condition(field: FieldToCheck, names: dict[str, str]) -> str:
    name = field.name
    if _needs_function(field):
        return f"_is_valid_{name}({name})"
    condition = _character_condition(field, name, names["is_encodable"])
    return f"{condition} and {name} and not {name}.isspace()" if field.limits else condition


def _character_condition(field: FieldToCheck, text: str, is_encodable: str) -> str:
    # A printable text has neither control characters nor lone surrogates.
    return f"{text}.isprintable()" if field.forbidden else f"({text}.isascii() or {is_encodable}({text}))"


def _is_slow(field: FieldToCheck) -> bool:
    """Whether a pattern is forbidden that only the full check looks for."""
    return bool(field.forbidden) and field.forbidden not in CONTROL_PATTERNS


def _needs_function(field: FieldToCheck) -> bool:
    is_limited = bool(field.limits) and field.limits != NOT_BLANK and not _is_slow(field)
    return is_limited and isinstance(_kind(field), StringProperty)


def _limit(field: FieldToCheck) -> LimitView:
    limits = field.limits
    shortest, longest = limits.get("min_length", "0"), limits.get("max_length")
    parts = [_character_condition(field, "text", "is_encodable")]
    parts += [f"{shortest} <= len(text)" + (f" <= {longest}" if longest else "")]
    parts += [f"_pattern_of_{field.name}.search(text) is not None"] if "pattern" in limits else []
    return LimitView(field.name, " and ".join(parts), limits.get("pattern", ""), _is_id(field))


def _is_id(field: FieldToCheck) -> bool:
    return field.name.endswith("_id")


def _range(limits: dict[str, str]) -> tuple[int, int]:
    lows = [LEAST_INT, *(int(limits[rule]) + plus for rule, plus in (("ge", 0), ("gt", 1)) if rule in limits)]
    highs = [GREATEST_INT, *(int(limits[rule]) - less for rule, less in (("le", 0), ("lt", 1)) if rule in limits)]
    return max(lows), min(highs)
