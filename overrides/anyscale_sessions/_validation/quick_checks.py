"""A constructor that takes what certainly fits as it is, in a microsecond and a half for what nearly every model is.

What it checks and assigns is written out field by field and compiled once for a class, as attrs does it for its own
constructors: a loop over the fields takes more than twice as long. A quick check lets through less than
`checking.check`, never more. Where it has a doubt, it calls the constructor that looks closely.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin

import msgspec
from attrs import NOTHING

from anyscale_sessions_api.types import OpenEnum

from .._utils.text import has_surrogate
from .fields import FieldType, is_id

NO_LIMITS: Final = msgspec.Meta()
NOT_BLANK: Final = r"[^\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
LEAST, MOST = -(2**63), 2**63 - 1
IDS_KEPT: Final = 64

# Names that are no field's stand between underscores: a field may be called `type`.
_SOURCE: Final = """
def __init__(_self_, /, *_unnamed_, {parameters}, **_unknown_):
    {conversions}
    if (
        _type_(_self_) is _kind_ and not _unnamed_ and not _unknown_ and {conditions}
        and (_settled_ := _settle_({settled})) is not _unsure_
    ):
        _set_class_(_self_, _base_)  # whose attributes are assigned without asking anybody
        try:
            {assignments}
            _self_.{settles} = _settled_
        finally:
            _self_.__class__ = _kind_
    else:
        _closely_(_self_, *_unnamed_, {arguments}, **_unknown_)

def _given_(_self_):
    return _struct_({values})
"""


class QuickCheck(NamedTuple):
    """What tells that a value certainly fits its field, as Python.

    Attributes:
        condition: true only where it does.
        names: what the condition and the conversion call by names of their own.
        conversion: a statement that comes first.
    """

    condition: str
    names: Mapping[str, Any] = {}
    conversion: str = ""


class Compiled:
    """What is written out for a class that has the fields of the one that it stands on, and no others.

    Args:
        kind: the class.
        shapes: its fields.
        settle: what the field `settles` shall hold, from the fields that its parameters are called after, each of which
            fits by itself; or `NotImplemented` where something may be wrong between them.
        settles: the name of that field.

    Attributes:
        given: the values of an instance as a Struct that is written without those that are `None`.
        is_plain: whether the fields hold nothing but texts, whole numbers and flags, so that this is all to be done.
    """

    def __init__(
        self, kind: type[Any], shapes: Mapping[str, FieldType], *, settle: Callable[..., Any], settles: str
    ) -> None:
        checks = {name: quick_check(name, shape) for name, shape in shapes.items()}
        code = settle.__code__
        source = _SOURCE.format(
            parameters=", ".join(f"{name}=_default_{name}_" for name in shapes),
            conversions="\n    ".join(check.conversion for check in checks.values()),
            conditions=" and ".join(check.condition for check in checks.values()),
            settled=", ".join(code.co_varnames[: code.co_argcount]),
            assignments="; ".join(f"_self_.{name} = {_fresh(name, shape)}" for name, shape in shapes.items()),
            settles=settles,
            arguments=", ".join(f"{name}={name}" for name in shapes),
            values=", ".join(f"_self_.{name}" for name in shapes),
        )
        self._code = compile(source, f"<quick constructor of {kind.__name__}>", "exec")
        self._names = {
            "__name__": kind.__module__,
            "_type_": type,
            "_str_": str,
            "_int_": int,
            "_has_surrogate_": has_surrogate,
            "_deepcopy_": deepcopy,
            "_kind_": kind,
            "_base_": kind.__base__,
            "_set_class_": object.__dict__["__class__"].__set__,
            # msgspec leaves None out of its own Structs only, and does that in half of the time that we take for it.
            "_struct_": msgspec.defstruct(
                "_Given", [(name, Any, None) for name in shapes], omit_defaults=True, gc=False
            ),
            "_settle_": settle,
            "_unsure_": NotImplemented,
            **{f"_default_{name}_": shape.default for name, shape in shapes.items()},
        }
        for check in checks.values():
            self._names |= check.names
        self.is_plain = all(is_plain(shape.kind) for shape in shapes.values())
        self.given: Callable[[Any], Any] = self._made()["_given_"]

    def constructor(self, closely: Callable[..., None]) -> Callable[..., None]:
        """What fills an instance quickly; where there is a doubt, it calls `closely` with the same arguments."""
        made: Callable[..., None] = self._made(_closely_=closely)["__init__"]
        return made

    def _made(self, **names: Any) -> dict[str, Any]:
        made = {**self._names, **names}
        exec(self._code, made)  # noqa: S102 - it holds nothing but what stands here and the names of the fields
        return made


def _fresh(name: str, shape: FieldType) -> str:
    """A field's value; never a default that others could change."""
    if isinstance(shape.default, (str, int, NoneType, type(NOTHING))):
        return name
    return f"_deepcopy_({name}) if {name} is _default_{name}_ else {name}"


def quick_check(name: str, shape: FieldType) -> QuickCheck:
    """The quick check of a field."""
    options = _options_of(shape.kind)
    kinds = [option for option in options if option is not NoneType]
    # Of what takes longer to look at, only the default fits for certain.
    check = QuickCheck("False" if shape.is_required else f"{name} is _default_{name}_")
    if len(kinds) == 1:
        check = _check_of(name, kinds[0]) or check
    if len(kinds) < len(options):
        check = check._replace(condition=f"({name} is None or {check.condition})")
    return check


def is_plain(kind: Any) -> bool:
    """Whether a field of this type holds nothing but a text, a whole number or a flag, or nothing at all."""
    alone = [get_args(option)[0] if get_origin(option) is Annotated else option for option in _options_of(kind)]
    return all(isinstance(option, type) and issubclass(option, (str, int, NoneType)) for option in alone)


def _options_of(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _check_of(name: str, kind: Any) -> QuickCheck | None:
    limits = NO_LIMITS
    if get_origin(kind) is Annotated:
        kind, limits = get_args(kind)[:2]
    if kind is str:
        return _text(name, limits)
    if kind is bool:
        return QuickCheck(f"({name} is True or {name} is False)")
    if kind is int and limits.multiple_of is None:
        return _whole_number(name, limits)
    if isinstance(kind, type) and issubclass(kind, OpenEnum):
        return _member(name, kind)
    return None


def _text(name: str, limits: msgspec.Meta) -> QuickCheck:
    # A printable text has neither control characters nor halves of surrogate pairs.
    is_in_one_line = name == "name" or is_id(name)
    condition = f"{name}.isprintable()" if is_in_one_line else f"({name}.isascii() or not _has_surrogate_({name}))"
    names: dict[str, Any] = {}
    if limits == msgspec.Meta(min_length=1, pattern=NOT_BLANK):
        condition += f" and {name} and not {name}.isspace()"
    elif limits != NO_LIMITS:
        # A regular expression takes as long as all other checks, and a service makes its sessions in a few projects.
        names[f"_is_within_{name}_"] = lru_cache(IDS_KEPT)(_within(limits)) if is_id(name) else _within(limits)
        condition += f" and _is_within_{name}_({name})"
    return QuickCheck(f"(_type_({name}) is _str_ and {condition})", names)


def _within(limits: msgspec.Meta) -> Callable[[str], bool]:
    shortest, longest = limits.min_length or 0, sys.maxsize if limits.max_length is None else limits.max_length
    pattern = limits.pattern or ""
    return lambda text: shortest <= len(text) <= longest and re.search(pattern, text) is not None


def _whole_number(name: str, limits: msgspec.Meta) -> QuickCheck:
    # The limits of whole numbers are whole: so the generator writes them.
    lows = [LEAST, *(limit for limit in (limits.ge,) if limit is not None)]
    lows += [limit + 1 for limit in (limits.gt,) if limit is not None]
    highs = [MOST, *(limit for limit in (limits.le,) if limit is not None)]
    highs += [limit - 1 for limit in (limits.lt,) if limit is not None]
    names = {f"_least_{name}_": max(lows), f"_most_{name}_": min(highs)}
    return QuickCheck(f"(_type_({name}) is _int_ and _least_{name}_ <= {name} <= _most_{name}_)", names)


def _member(name: str, kind: type[OpenEnum]) -> QuickCheck:
    members = {member.value: member for member in kind}
    return QuickCheck(
        f"(_type_({name}) is _enum_{name}_ and {name}.is_known)",
        {f"_enum_{name}_": kind, f"_members_{name}_": members},
        f"if _type_({name}) is _str_: {name} = _members_{name}_.get({name}, {name})",
    )
