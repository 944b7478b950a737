"""The types of the fields of faults and transition rules, which come from users, files and other processes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple


class FieldType(NamedTuple):
    """The type of a field: its name for messages, and its Python types."""

    name: str
    types: tuple[type, ...]

    def accepts(self, value: object) -> bool:
        """Whether a value has this type. A bool is not an integer here, and floats must be finite."""
        if isinstance(value, bool) and bool not in self.types:
            return False
        return isinstance(value, self.types) and not (isinstance(value, float) and not math.isfinite(value))


TEXT = FieldType("a string", (str,))
INTEGER = FieldType("an integer", (int,))
INTEGER_OR_NONE = FieldType("an integer or None", (int, type(None)))
NUMBER = FieldType("a finite number", (int, float))
BOOLEAN = FieldType("true or false", (bool,))


def check_field_types(rule: Any, types: Mapping[str, FieldType]) -> None:
    """Raise ValueError if a field of a dataclass has a value of another type. A field may keep a default of None."""
    for field in fields(rule):
        value: object = getattr(rule, field.name)
        is_set = value is not None or field.default is not None
        if is_set and field.name in types and not types[field.name].accepts(value):
            raise ValueError(f"{field.name} must be {types[field.name].name}")


def is_json(value: object) -> bool:
    """Whether a value can be sent as JSON: without NaN, infinity and lone surrogates."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (RecursionError, TypeError, ValueError):
        return False
    return True
