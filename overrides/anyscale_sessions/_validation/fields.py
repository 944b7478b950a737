"""Check one value against the type that its field has in the spec."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import chain
from math import isfinite
from typing import Any, get_args, get_type_hints

import attrs
import msgspec

from anyscale_sessions_api.types import (
    NULL,
    Model,
    OpenEnum,
    OpenIntEnum,
    field_names,
    plain,
    request_types,
    validate_sent,
    wire_names,
    wire_rules,
)

from .._utils.records import Record
from .._utils.text import PATH_ID_REMEDY, PATH_ID_RULE, has_control, has_surrogate, is_path_id
from ..exceptions import Problem

# A type by msgspec's name, and its name in our messages.
_WORDS = {
    "array": "a list",
    "bool": "True or False",
    "bytes": "binary data (bytes)",
    "datetime": "a datetime",
    "float": "a number",
    "int": "a whole number (int)",
    "null": "None",
    "object": "a dict",
    "str": "text (str)",
}


_NULL_RULE = "must not be null: the spec does not admit it"
_NULL_REMEDY = "pass a value, or leave it out"


class FieldType(Record, frozen=True):
    """The type of a field, and its default: `attrs.NOTHING` if it must be given. `NULL` fits if it is nullable.

    `forbidden` is a pattern that must not be found in its text; empty without one.
    """

    kind: Any
    default: Any
    is_nullable: bool = False
    forbidden: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the field must be given."""
        return self.default is attrs.NOTHING


@cache
def shapes_of(model: Any) -> Mapping[str, FieldType]:
    """The types that the fields of a generated model have in a request, by name."""
    hints = get_type_hints(model, vars(sys.modules[model.__module__]), include_extras=True)
    strict, rules = request_types(model), wire_rules(model)
    shapes: dict[str, FieldType] = {}
    for field in attrs.fields(model):
        kind, is_required = strict.get(field.name, (hints[field.name], False))
        default = attrs.NOTHING if is_required else _default_of(field)
        shapes[field.name] = FieldType(kind, default, field.name in rules.nullable, rules.forbidden.get(field.name, ""))
    return shapes


def _default_of(field: attrs.Attribute[Any]) -> Any:
    factory = getattr(field.default, "factory", None)
    return field.default if factory is None else factory()


def check(name: str, value: Any, shape: FieldType) -> tuple[Any, Problem | None]:
    """The value that the field gets, or the problem with it. The exact string of an enum becomes the member.

    No message quotes the value, which may be a secret.
    """
    if value is attrs.NOTHING:
        return None, Problem(name, "must be given", f"pass {name}")
    if value is NULL:
        return (value, None) if shape.is_nullable else (None, Problem(name, _NULL_RULE, _NULL_REMEDY))
    try:
        problem = next(chain(_plain_problems(name, value), _forbidden_problems(name, value, shape.forbidden)), None)
        if problem is not None:
            return None, problem
        checked = validate_sent(_strip_subclasses(plain(value)), shape.kind)
        problem = next(_range_problems(name, checked), None)
        if problem is not None:
            return None, problem
        _restore_nulls(value, checked)
        return checked, next(_request_problems(name, checked), None)
    except msgspec.ValidationError as error:
        reason = str(error)
    except RecursionError:
        return None, Problem(name, "is nested too deeply", "use fewer levels")
    return None, _to_problem(name, value, shape, reason)


def strip_subclass(value: Any) -> Any:
    """A text or a whole number as a plain `str` or `int`; any other value as it is.

    A subclass can lie about its value, for instance in `__str__` or `strip`.
    """
    if isinstance(value, str):
        return str.__str__(value)
    return int.__index__(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _strip_subclasses(value: Any) -> Any:
    match value:
        case dict():
            return {strip_subclass(key): _strip_subclasses(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_strip_subclasses(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return strip_subclass(value)


def _plain_problems(name: str, value: Any) -> Iterator[Problem]:
    """The problems with the texts, numbers and dates in a value that no type in the spec expresses."""
    if isinstance(value, str) and has_surrogate(value):
        yield Problem(name, "contains a lone surrogate", "pass text that UTF-8 can encode")
    elif isinstance(value, float) and not isfinite(value):
        yield Problem(name, "must be finite: JSON has neither NaN nor infinity", "pass another number")
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield Problem(name, "must have a time zone", "pass an aware datetime, such as datetime.now(UTC)")
    if isinstance(value, Model):
        yield from _model_problems(name, value)
    for part, item in _parts(name, value):
        yield from _plain_problems(part, item)


def _model_problems(name: str, model: Model) -> Iterator[Problem]:
    """The fields of a model that are null though they must not be, or given twice."""
    rules = wire_rules(type(model))
    for part in field_names(type(model)):
        value = getattr(model, part, None)
        if value is NULL and part not in rules.nullable:
            yield Problem(f"{name}.{part}", _NULL_RULE, _NULL_REMEDY)
        yield from _forbidden_problems(f"{name}.{part}", value, rules.forbidden.get(part, ""))
    yield from extra_problems(f"{name}.", type(model), getattr(model, rules.extra, None) if rules.extra else None)


def _forbidden_problems(name: str, value: Any, forbidden: str) -> Iterator[Problem]:
    """The problem with a text in which its forbidden pattern is found."""
    if forbidden and isinstance(value, str) and re.search(forbidden, value):
        if has_control(value):
            yield Problem(name, "must not contain control characters, such as line breaks", "remove them")
        else:
            yield Problem(name, f"must not contain the pattern {forbidden}", "remove what it matches")


def extra_problems(path: str, kind: Any, extra: Any) -> Iterator[Problem]:
    """The additional properties that have the name of a field."""
    for key in sorted(wire_names(kind).keys() & extra.keys()) if isinstance(extra, Mapping) else ():
        yield Problem(f"{path}{wire_rules(kind).extra}", f"must not hold {key}, which is a field", "assign the field")


def _range_problems(name: str, value: Any) -> Iterator[Problem]:
    """The whole numbers in a value that need more than 64 bits. One for a field of floats is a float by now."""
    if isinstance(value, int) and not -(2**63) <= strip_subclass(value) < 2**63:
        yield Problem(name, "must be within 64 bits", "pass a smaller number")
    for part, item in _parts(name, value):
        yield from _range_problems(part, item)


def _request_problems(name: str, value: Any) -> Iterator[Problem]:
    """What is wrong with the models in a value, of which a request must hold more than a response."""
    if isinstance(value, Model):
        for part, (kind, is_required) in request_types(type(value)).items():
            item = getattr(value, part, None)
            if item is not None or is_required:
                given = attrs.NOTHING if item is None and type(None) not in get_args(kind) else item
                shape = FieldType(
                    kind, attrs.NOTHING if is_required else None, part in wire_rules(type(value)).nullable
                )
                _, problem = check(f"{name}.{part}", given, shape)
                yield from [] if problem is None else [problem]
    for part, item in _parts(name, value):
        yield from _request_problems(part, item)


def _restore_nulls(given: Any, checked: Any) -> None:
    """Put `NULL` where it stood in the models of a value, because a conversion has `None` in its place."""
    if isinstance(given, Model) and isinstance(checked, Model):
        for name in wire_rules(type(checked)).nullable:
            if getattr(given, name, None) is NULL:
                setattr(checked, name, NULL)
    pairs = zip(_parts("", given), _parts("", checked), strict=False)
    for (_, item), (_, other) in pairs if isinstance(given, (Model, dict, list)) else ():
        _restore_nulls(item, other)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a value, with names for messages. A name has no key of a dict in it, which may be a secret."""
    match value:
        case Model():
            yield from ((f"{name}.{part}", getattr(value, part, None)) for part in field_names(type(value)))
        case dict():
            yield from ((f"{name}[...]", item) for item in value.values())  # pyright: ignore[reportUnknownVariableType]
        case list():
            yield from ((f"{name}[{index}]", item) for index, item in enumerate(value))  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        case _:
            pass


def is_id(name: str) -> bool:
    """Whether a field or an argument of this name holds an id."""
    return name.endswith("_id")


def _to_problem(name: str, value: Any, shape: FieldType, reason: str) -> Problem:
    """The reason that msgspec gives for refusing a value, as a problem with rule and remedy."""
    if isinstance(value, int) and (problem := next(_range_problems(name, value), None)):
        return problem
    reason, _, path = reason.partition(" - at `$")
    name += path.rstrip("`")
    if isinstance(value, str) and is_id(name) and not is_path_id(value):
        return Problem(name, PATH_ID_RULE, PATH_ID_REMEDY)
    if not reason.startswith("Expected "):
        return Problem(name, f"must be valid: {reason.partition(chr(39))[0].strip()}", "pass a value of that form")
    expected, _, found = reason.removeprefix("Expected ").replace("`", "").partition(", got ")
    kinds, limit = expected.split(" | "), ""
    if not found:  # of the right type, but beyond a limit, such as `int <= 50`
        kinds[0], limit = expected.partition(" ")[::2]
    elif not path:
        found = type(value).__name__
    found = {"null": "None", "NoneType": "None"}.get(found, found)
    rule = " or ".join(_words(kind, shape.kind if not path else None) for kind in kinds)
    rule += (f" {limit}" if limit else "") + (f", not {found}" if found else "")
    return Problem(name, f"must be {rule}", "pass one" + ("" if shape.is_required else ", or leave it out"))


def _words(word: str, kind: Any) -> str:
    """The name of a type in our messages. The type of the field says which enum or which model it is."""
    for option in (kind, *get_args(kind)):
        if word == "str" and isinstance(option, type) and issubclass(option, OpenEnum):
            return f"one of {', '.join(member.value for member in option)}"
        if word == "int" and isinstance(option, type) and issubclass(option, OpenIntEnum):
            return f"one of {', '.join(str(member.value) for member in option)}"
        if word == "object" and isinstance(option, type) and issubclass(option, Model):
            return f"a {option.__name__}"
    return _WORDS.get(word, word)
