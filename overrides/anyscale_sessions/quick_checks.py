"""Whether a value certainly fits its field as it is: some tens of nanoseconds for what nearly every value is.

A quick check lets through less than `checking.check`, never more: what it is `UNSURE` of has to be looked at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec

from anyscale_sessions_api.types import OpenEnum

from .checking import is_id
from .texts import has_surrogate

QuickCheck = Callable[[Any], bool]

NO_LIMITS: Final = msgspec.Meta()


def quick_check(name: str, kind: Any) -> QuickCheck:
    """The quick check of a field with this name and type."""
    options = _options_of(kind)
    kinds = [option for option in options if option is not NoneType]
    is_optional = len(kinds) < len(options)
    return _check_of(name, kinds[0], is_optional=is_optional) if len(kinds) == 1 else _never


def is_plain(kind: Any) -> bool:
    """Whether a field of this type holds nothing but a text, a whole number or a flag, or nothing at all."""
    alone = [get_args(option)[0] if get_origin(option) is Annotated else option for option in _options_of(kind)]
    return all(isinstance(option, type) and issubclass(option, (str, int, NoneType)) for option in alone)


def _options_of(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _check_of(name: str, kind: Any, *, is_optional: bool) -> QuickCheck:
    limits = NO_LIMITS
    if get_origin(kind) is Annotated:
        kind, limits = get_args(kind)[:2]
    if kind is str:
        return _text(name, limits, is_optional=is_optional)
    check: QuickCheck = _never
    if kind is bool:
        check = _is_flag
    elif kind is int and limits.multiple_of is None:
        check = _whole_number(limits)
    elif isinstance(kind, type) and issubclass(kind, OpenEnum):
        check = _member(kind)
    return (lambda value: value is None or check(value)) if is_optional else check


def _never(_value: Any) -> bool:
    return False


def _is_flag(value: Any) -> bool:
    return value is True or value is False


def _whole_number(limits: msgspec.Meta) -> QuickCheck:
    # The limits of whole numbers are whole: so the generator writes them.
    lows = [-(2**63), *(limit for limit in (limits.ge,) if limit is not None)]
    lows += [limit + 1 for limit in (limits.gt,) if limit is not None]
    highs = [2**63 - 1, *(limit for limit in (limits.le,) if limit is not None)]
    highs += [limit - 1 for limit in (limits.lt,) if limit is not None]
    low, high = max(lows), min(highs)
    return lambda value: type(value) is int and low <= value <= high


def _text(name: str, limits: msgspec.Meta, *, is_optional: bool) -> QuickCheck:
    # A printable text has neither control characters nor halves of surrogate pairs.
    is_clean = str.isprintable if name == "name" or is_id(name) else _is_sendable
    if limits == NO_LIMITS:
        return lambda value: is_clean(value) if type(value) is str else is_optional and value is None
    shortest, longest = limits.min_length or 0, sys.maxsize if limits.max_length is None else limits.max_length
    search = re.compile(limits.pattern or "").search

    def is_right(value: Any) -> bool:
        if type(value) is not str:
            return is_optional and value is None
        return is_clean(value) and shortest <= len(value) <= longest and search(value) is not None

    return is_right


def _is_sendable(text: str) -> bool:
    return text.isascii() or not has_surrogate(text)


def _member(kind: type[OpenEnum]) -> QuickCheck:
    return lambda value: type(value) is kind and value.is_known
