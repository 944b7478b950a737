"""Whether a value certainly fits its field as it is: some tens of nanoseconds for what nearly every value is.

A quick check lets through less than `checking.check`, never more: what it is `UNSURE` of has to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from math import inf
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin

import attrs
import msgspec

from anyscale_sessions_api.types import OpenEnum

from .checking import Shape, is_id
from .texts import has_surrogate

UNSURE: Final = Enum("Unsure", "UNSURE").UNSURE

QuickCheck = Callable[[Any], Any]
"""Gives a value back as the field holds it, or `UNSURE`."""

NO_LIMITS: Final = msgspec.Meta()


class QuickChecks(NamedTuple):
    """The quick checks of a model's fields.

    Attributes:
        by_name: the check of each field.
        needed: the fields that have no default, or one that every instance needs a copy of.
        defaults: the default of every other field.
    """

    by_name: Mapping[str, QuickCheck]
    needed: frozenset[str]
    defaults: dict[str, Any]


def quick_checks(shapes: Mapping[str, Shape]) -> QuickChecks:
    """The quick checks of the fields of a model."""
    needed = frozenset(name for name, shape in shapes.items() if not _is_plain(shape.default))
    defaults = {name: UNSURE if name in needed else shape.default for name, shape in shapes.items()}
    return QuickChecks({name: quick_check(name, shape.kind) for name, shape in shapes.items()}, needed, defaults)


def _is_plain(default: Any) -> bool:
    return default is not attrs.NOTHING and isinstance(default, str | int | float | None)


def quick_check(name: str, kind: Any) -> QuickCheck:
    """The quick check of a field with this name and type."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    kinds = [option for option in options if option is not NoneType]
    check = _check_of(name, kinds[0]) if len(kinds) == 1 else _unsure
    return _or_none(check) if NoneType in options else check


def _check_of(name: str, kind: Any) -> QuickCheck:
    limits = NO_LIMITS
    if get_origin(kind) is Annotated:
        kind, limits = get_args(kind)[:2]
    if kind is bool:
        return _flag
    if kind is int and limits.multiple_of is None:
        return _whole_number(limits)
    if kind is str:
        return _text(str.isprintable if name == "name" or is_id(name) else _is_sendable, limits)
    return _member({member.value: member for member in kind}) if _is_open_enum(kind) else _unsure


def _is_open_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, OpenEnum)


def _unsure(value: Any) -> Any:  # noqa: ARG001
    return UNSURE


def _or_none(check: QuickCheck) -> QuickCheck:
    return lambda value: None if value is None else check(value)


def _flag(value: Any) -> Any:
    return value if value is True or value is False else UNSURE


def _whole_number(limits: msgspec.Meta) -> QuickCheck:
    low = max(-(2**63), -inf if limits.ge is None else limits.ge, -inf if limits.gt is None else limits.gt + 1)
    high = min(2**63 - 1, inf if limits.le is None else limits.le, inf if limits.lt is None else limits.lt - 1)
    return lambda value: value if type(value) is int and low <= value <= high else UNSURE


def _text(is_clean: Callable[[str], bool], limits: msgspec.Meta) -> QuickCheck:
    """A text that is clean: a printable one has neither control characters nor halves of surrogate pairs."""
    shortest, longest = limits.min_length or 0, inf if limits.max_length is None else limits.max_length
    if limits.pattern is None:
        return lambda value: (
            value if type(value) is str and is_clean(value) and shortest <= len(value) <= longest else UNSURE
        )
    search = re.compile(limits.pattern).search
    return lambda value: (
        value
        if type(value) is str and is_clean(value) and shortest <= len(value) <= longest and search(value)
        else UNSURE
    )


def _is_sendable(text: str) -> bool:
    return text.isascii() or not has_surrogate(text)


def _member(members: Mapping[str, Any]) -> QuickCheck:
    """A member of an open enum, or its exact text."""
    kinds = (str, *{type(member) for member in members.values()})
    return lambda value: members.get(value, UNSURE) if type(value) in kinds else UNSURE
