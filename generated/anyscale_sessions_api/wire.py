# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""What JSON has and an attribute has not: other names, unions of models, additional properties, explicit null.

Models without these are read by msgspec alone. All others are first brought into the form that it reads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec

T = TypeVar("T")

Convert = Callable[[Any, Any], Any]
"""Makes a value of a type, and raises `msgspec.ValidationError`."""
Reader = Callable[[Any, Convert, str], Any]
"""Brings plain data, which stands at a JSON path, into the form that msgspec reads."""


class Null:
    """The type of `NULL`, its only instance."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NULL"

    def __reduce__(self) -> str:
        return "NULL"  # a copy, and what comes back from a pickle, is the same instance


NULL: Final = Null()
"""Sends an explicit null for an optional field that may be null. `None` means "not given"."""

if TYPE_CHECKING:
    Nullable: TypeAlias = T | Null
    """A field of a request that may be null, which `NULL` stands for."""
else:

    class Nullable:
        def __class_getitem__(cls, kind: Any) -> Any:
            return kind


class WireRules(msgspec.Struct, frozen=True, kw_only=True):
    """What is special about the JSON of a model.

    Attributes:
        names: the names in JSON of the fields that have another one in Python.
        extra: the field that holds the values of all other names; empty where these are ignored.
        read_only: the fields that no request carries.
        sent_null: the fields whose `None` is sent as null.
        nullable: the fields that `NULL` may stand for.
        forbidden: the pattern that must not be found in the text of a field that is sent, by field.
        is_mapped: whether msgspec cannot read the model by itself.
    """

    names: Mapping[str, str] = {}
    extra: str = ""
    read_only: frozenset[str] = frozenset()
    sent_null: frozenset[str] = frozenset()
    nullable: frozenset[str] = frozenset()
    forbidden: Mapping[str, str] = {}
    is_mapped: bool = False


class UnionMeta(type):
    """Lets `isinstance` ask for the members of a union."""

    tag: str
    members: tuple[tuple[tuple[Any, ...], str], ...]
    fallback: str | None
    other: str | None

    def __instancecheck__(cls, instance: object) -> bool:
        if isinstance(instance, tuple(cls.classes().values())):
            return True
        return cls.other is not None and not isinstance(instance, Mapping) and not hasattr(instance, "__wire__")

    def classes(cls) -> dict[Any, Any]:
        """The classes of the members. Each is under one value of its tag; the fallback is under `None`."""
        found = {tags[0]: cls.named(name) for tags, name in cls.members}
        return found if cls.fallback is None else {**found, None: cls.named(cls.fallback)}

    def class_of(cls, tag: object) -> Any:
        """The class for a value of the tag; `None` for an unknown value of a union without a fallback."""
        for tags, name in cls.members:
            if any(tag == each and type(tag) is type(each) for each in tags):
                return cls.named(name)
        return cls.named(cls.fallback) if cls.fallback is not None else None

    def named(cls, code: str) -> Any:
        """The type that code of the module of the union names."""
        return _evaluated(cls, code)


@cache
def _evaluated(union: type, code: str) -> Any:
    holder = type("_", (), {"__annotations__": {"value": code}})
    return get_type_hints(holder, vars(sys.modules[union.__module__]), include_extras=True)["value"]


class TaggedUnion(metaclass=UnionMeta):
    """A choice between models that the value of a field tells apart."""


def wire_rules(kind: Any) -> WireRules:
    """What is special about the JSON of a model."""
    rules: WireRules = kind.__wire__
    return rules


def mapped(data: Any, kind: Any, convert: Convert) -> Any:
    """Plain data in the form that msgspec reads as `kind`. What it cannot read is a model already.

    Raises `msgspec.ValidationError`.
    """
    reader = reader_of(kind)
    return data if reader is None else reader(data, convert, "$")


def _reader_of(kind: Any) -> Reader | None:
    if isinstance(kind, UnionMeta):
        return partial(_read_union, kind)
    if isinstance(kind, type) and hasattr(kind, "__wire__"):
        return partial(_read_model, kind) if wire_rules(kind).is_mapped else None
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return reader_of(arguments[0])
    readers = {argument: reader for argument in arguments if (reader := reader_of(argument)) is not None}
    if not readers:
        return None
    if origin in (Union, UnionType):
        return partial(_read_option, readers)
    (reader,) = readers.values()
    return partial(_read_list if origin is list else _read_dict, reader)


reader_of: Callable[[Any], Reader | None] = cache(_reader_of)
"""The reader of a type; nothing where msgspec needs none."""


def _read_list(reader: Reader, data: Any, convert: Convert, path: str) -> Any:
    return [reader(item, convert, f"{path}[...]") for item in data] if isinstance(data, list) else data  # pyright: ignore[reportUnknownVariableType]


def _read_dict(reader: Reader, data: Any, convert: Convert, path: str) -> Any:
    if not isinstance(data, Mapping):
        return data
    return {key: reader(value, convert, f"{path}[...]") for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType]


def _read_option(readers: Mapping[Any, Reader], data: Any, convert: Convert, path: str) -> Any:
    """Read with the one reader for data of this type of JSON."""
    for kind, reader in readers.items():
        is_for_list = get_origin(kind) is list
        if isinstance(kind, UnionMeta) or isinstance(data, list if is_for_list else Mapping):
            return reader(data, convert, path) if data is not None else None
    return data


def _read_union(union: UnionMeta, data: Any, convert: Convert, path: str) -> Any:
    if data is None or isinstance(data, union):
        if union.other is None or data is None or hasattr(data, "__wire__"):
            return data
    if not isinstance(data, Mapping):
        return data if union.other is None else _read_as(union.named(union.other), data, convert, path)
    kind = union.class_of(data.get(union.tag))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    if kind is None:
        known = ", ".join(str(tag) for tags, _ in union.members for tag in tags)
        raise msgspec.ValidationError(f"Expected one of {known} - at `{path}.{union.tag}`")
    return _read_as(kind, data, convert, path)


def _read_as(kind: Any, data: Any, convert: Convert, path: str) -> Any:
    reader = reader_of(kind)
    return _converted(kind, data if reader is None else reader(data, convert, path), convert, path, {})


def _read_model(kind: Any, data: Any, convert: Convert, path: str) -> Any:
    if not isinstance(data, Mapping):
        return data
    content: Mapping[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
    values: dict[str, Any] = {}
    fields = _fields_of(kind)
    for name, (wire_name, reader) in fields.items():
        if wire_name in content:
            value = content[wire_name]
            values[name] = value if reader is None else reader(value, convert, f"{path}.{wire_name}")
    rules = wire_rules(kind)
    if rules.extra:
        known = {wire_name for name, (wire_name, _) in fields.items() if name != rules.extra}
        reader = fields[rules.extra][1]
        more = {key: value for key, value in content.items() if key not in known}
        values[rules.extra] = more if reader is None else reader(more, convert, path)
    return _converted(kind, values, convert, path, rules.names)


def _converted(kind: Any, values: Any, convert: Convert, path: str, names: Mapping[str, str]) -> Any:
    """A value of a type. Errors have the path in the whole document and the names in JSON."""
    try:
        return convert(values, kind)
    except msgspec.ValidationError as error:
        reason, _, inner = str(error).partition(" - at `")
    inner = inner.rstrip("`").removeprefix("$")
    for name, wire_name in names.items():
        reason = reason.replace(f"`{name}`", f"`{wire_name}`")
        if inner == f".{name}" or inner.startswith((f".{name}.", f".{name}[")):
            inner = f".{wire_name}{inner[len(name) + 1 :]}"
            break
    raise msgspec.ValidationError(f"{reason} - at `{path}{inner}`")


@cache
def _fields_of(kind: Any) -> Mapping[str, tuple[str, Reader | None]]:
    """The fields of a model by their names in Python: the name in JSON, and the reader."""
    hints, names = get_type_hints(kind, include_extras=True), wire_rules(kind).names
    return {
        field.name: (names.get(field.name, field.name), reader_of(hints[field.name])) for field in attrs.fields(kind)
    }
