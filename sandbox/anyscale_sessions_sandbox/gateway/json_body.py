"""Strict JSON request bodies: UTF-8, no duplicate keys, no NaN and no infinity."""

from __future__ import annotations

import json
import math
from typing import Any

from ..errors import Loc, Problem
from ..spec import JSON_TYPE

LOC: Loc = ("body",)


class InvalidJsonError(Exception):
    """The body is not valid JSON; `problem` says where and why."""

    def __init__(self, msg: str, kind: str = "value_error.jsondecode", loc: Loc = LOC) -> None:
        self.problem = Problem(loc, msg, kind)


def parse_body(content_type: str, content: bytes) -> Any:
    """Parse a request body. Raises InvalidJsonError."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != JSON_TYPE and not media_type.endswith("+json"):
        raise InvalidJsonError(f"content type must be {JSON_TYPE}", "value_error.content_type")
    try:
        return _DECODER.decode(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidJsonError("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidJsonError(error.msg, loc=(*LOC, error.pos)) from None
    except RecursionError:
        raise InvalidJsonError("the body is nested too deeply") from None
    except ValueError:
        # Python raises it for an integer of thousands of digits.
        raise InvalidJsonError("a number in the body has too many digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise InvalidJsonError("an object in the body has a duplicate key", "value_error.duplicate_key")
    return values


def _reject_constant(name: str) -> None:
    raise InvalidJsonError(f"{name} is not valid JSON")


def _number(text: str) -> float | int:
    """A number written with a point or an exponent. JSON Schema accepts 120.0 as the integer 120."""
    value = float(text)
    if math.isinf(value):
        raise InvalidJsonError("a number in the body is too large for a float")
    return int(value) if value.is_integer() else value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_reject_constant, parse_float=_number)
