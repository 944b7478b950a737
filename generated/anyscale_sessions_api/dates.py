# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""Dates that RFC 3339 does not allow and that upstream reads all the same, and whole numbers written as `5.0`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any


def read_dates(data: Any, kind: Any) -> Any:
    """`data` with each string that is a date in `kind` as a datetime, and each whole number of another form as an int.

    All else stays as it is.
    """
    return _with_dates(data, _type_of(kind))


def _type_info(kind: Any) -> Any:
    from msgspec.inspect import type_info  # noqa: PLC0415 - only data that was refused once needs it

    return type_info(kind)


_type_of: Callable[[Any], Any] = cache(_type_info)


def _with_dates(data: Any, shape: Any) -> Any:
    match type(shape).__name__:
        case "UnionType":
            for option in shape.types:
                data = _with_dates(data, option)
        case "DateTimeType" if isinstance(data, str):
            return _date(data)
        case "IntType" if isinstance(data, float) and data.is_integer():
            return int(data)
        case "EnumType" if isinstance(data, float) and data.is_integer() and issubclass(shape.cls, int):
            return int(data)
        case "ListType" if isinstance(data, list):
            return [_with_dates(item, shape.item_type) for item in data]  # pyright: ignore[reportUnknownVariableType]
        case "DictType" if isinstance(data, Mapping):
            return {key: _with_dates(value, shape.value_type) for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType]
        case "DataclassType" if isinstance(data, Mapping):
            fields = {field.name: field.type for field in shape.fields}
            return {key: _with_dates(value, fields.get(key)) for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType]
        case _:
            pass
    return data


def _date(text: str) -> datetime | str:
    try:
        date = _parsed(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):  # no date, or not within the years 1 to 9999
        return text


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        from dateutil.parser import isoparse  # noqa: PLC0415 - 39 ms that few processes ever need

        return isoparse(text)
