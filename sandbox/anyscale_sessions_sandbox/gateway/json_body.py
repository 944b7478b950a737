"""A request body read as strict JSON: UTF-8, no key twice, no NaN, no infinity."""

from __future__ import annotations

import json
import math
from typing import Any

from ..errors import Loc, Problem
from ..spec import JSON_TYPE

LOC: Loc = ("body",)


class NotJson(Exception):
    """The body is not JSON; `problem` says where and why."""

    def __init__(self, msg: str, kind: str = "value_error.jsondecode", loc: Loc = LOC) -> None:
        self.problem = Problem(loc, msg, kind)


def parse_body(content_type: str, content: bytes) -> Any:
    """The value that a body holds. Raises NotJson."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != JSON_TYPE and not media_type.endswith("+json"):
        raise NotJson(f"content type must be {JSON_TYPE}", "value_error.content_type")
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_number,
        )
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, loc=(*LOC, error.pos)) from None
    except RecursionError:
        raise NotJson("the body is nested too deeply") from None
    except ValueError:
        # What Python raises for an integer of thousands of digits.
        raise NotJson("the body holds a number of too many digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotJson("an object in the body has the same key twice", "value_error.duplicate_key")
    return found


def _refuse_constant(name: str) -> None:
    raise NotJson(f"{name} is not JSON")


def _number(text: str) -> float | int:
    """A number written with a point or an exponent; JSON Schema takes 120.0 for the integer 120."""
    value = float(text)
    if math.isinf(value):
        raise NotJson("the body holds a number beyond what a float can hold")
    return int(value) if value.is_integer() else value
