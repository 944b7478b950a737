"""What the settings of rules hold, checked when a rule is made: they come from people, files and other processes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple


class Holds(NamedTuple):
    """What a setting holds: in words, and the types of it."""

    words: str
    types: tuple[type, ...]

    def allows(self, value: object) -> bool:
        """Whether a value is one of these. To Python `True` is a whole number; here it is none."""
        if isinstance(value, bool) and bool not in self.types:
            return False
        return isinstance(value, self.types) and not (isinstance(value, float) and not math.isfinite(value))


TEXT = Holds("text", (str,))
WHOLE = Holds("a whole number", (int,))
WHOLE_OR_NONE = Holds("a whole number or None", (int, type(None)))
NUMBER = Holds("a finite number", (int, float))
FLAG = Holds("true or false", (bool,))


def refuse_mistyped(rule: Any, settings: Mapping[str, Holds]) -> None:
    """Raise ValueError where a setting of a rule (a dataclass) holds something else. What is None by default may be."""
    for field in fields(rule):
        value: object = getattr(rule, field.name)
        is_given = value is not None or field.default is not None
        if is_given and field.name in settings and not settings[field.name].allows(value):
            raise ValueError(f"{field.name} must be {settings[field.name].words}")


def is_json(value: object) -> bool:
    """Whether a value can be sent as JSON, which has no NaN, and whose texts are whole."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (RecursionError, TypeError, ValueError):
        return False
    return True
