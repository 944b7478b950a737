"""One value against the type that its field has in the spec, and what to say where it does not fit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from math import isfinite
from typing import Any, get_args, get_type_hints

import attrs
import msgspec

from anyscale_sessions_api.types import Model, OpenEnum, field_names, plain

from .._utils.records import Record
from .._utils.text import PATH_ID_REMEDY, PATH_ID_RULE, has_control, has_surrogate, is_path_id
from ..exceptions import Problem

# What msgspec calls a type, and what we do.
_WORDS = {
    "array": "a list",
    "bool": "True or False",
    "datetime": "a datetime",
    "float": "a number",
    "int": "a whole number (int)",
    "null": "None",
    "object": "a dict",
    "str": "text (str)",
}


class FieldType(Record, frozen=True):
    """The type of a field, and its default; `attrs.NOTHING` where it must be given."""

    kind: Any
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether the field must be given."""
        return self.default is attrs.NOTHING


@cache
def shapes_of(model: Any) -> Mapping[str, FieldType]:
    """The fields of a generated model, as the spec has them."""
    hints = get_type_hints(model, vars(sys.modules[model.__module__]), include_extras=True)
    return {field.name: FieldType(hints[field.name], _default_of(field)) for field in attrs.fields(model)}


def _default_of(field: attrs.Attribute[Any]) -> Any:
    factory = getattr(field.default, "factory", None)
    return field.default if factory is None else factory()


def check(name: str, value: Any, shape: FieldType) -> tuple[Any, Problem | None]:
    """The value as the field holds it (an enum's exact string becomes its member), or what is wrong with it.

    No message quotes the value: it may be a secret.
    """
    if value is attrs.NOTHING:
        return None, Problem(name, "must be given", f"pass {name}")
    try:
        problem = next(_plain_problems(name, value), None)
        return (None, problem) if problem else (msgspec.convert(_strip_subclasses(plain(value)), shape.kind), None)
    except msgspec.ValidationError as error:
        reason = str(error)
    except RecursionError:
        return None, Problem(name, "must not be nested so deeply", "pass less")
    return None, _told(name, value, shape, reason)


def strip_subclass(value: Any) -> Any:
    """A text or a whole number without what a subclass may have made of it; any other value as it is."""
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
    """What is wrong with the texts, numbers and dates in a value, whatever the spec says of them."""
    if isinstance(value, str) and has_surrogate(value):
        yield Problem(name, "must not hold half of a surrogate pair", "pass text that UTF-8 can carry")
    elif isinstance(value, str) and (name == "name" or is_id(name)) and has_control(value):
        yield Problem(name, "must not hold control characters, such as line breaks", "remove them")
    elif isinstance(value, int) and not -(2**63) <= strip_subclass(value) < 2**63:
        yield Problem(name, "must be within 64 bits", "pass a smaller number")
    elif isinstance(value, float) and not isfinite(value):
        yield Problem(name, "must be finite: JSON has neither NaN nor infinity", "pass another number")
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield Problem(name, "must have a time zone", "pass an aware datetime, such as datetime.now(UTC)")
    for part, item in _parts(name, value):
        yield from _plain_problems(part, item)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a value is made of, under names that hold nothing of the caller's: a key of a dict may be a secret."""
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


def _told(name: str, value: Any, shape: FieldType, reason: str) -> Problem:
    """What msgspec has against a value, as a rule and a remedy."""
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
    """What to call a type that msgspec has a word for; the field's own type can know its members or its class."""
    for option in (kind, *get_args(kind)):
        if word == "str" and isinstance(option, type) and issubclass(option, OpenEnum):
            return f"one of {', '.join(member.value for member in option)}"
        if word == "object" and isinstance(option, type) and issubclass(option, Model):
            return f"a {option.__name__}"
    return _WORDS.get(word, word)
