# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""What the generated modules stand on: the codec, open enums, operations as data, and pages. No I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from math import isfinite
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, Literal, Self, TypeVar

import attrs
import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .models import ListResponseMetadata

T = TypeVar("T")

DateTime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment in time; always aware."""

Date = date
"""A day."""

if TYPE_CHECKING:
    Promised = Annotated[T, "promised by the spec"]
    """What the spec promises in every response, typed as the spec says.

    A server that breaks the promise (absent, or null) must not cost the caller the whole response: the attribute then reads
    `None`, or the spec's default where there is one.
    """
else:

    class Promised:
        def __class_getitem__(cls, kind: Any) -> Any:
            return kind | None


ABSENT: Any = None
"""The value of a promised field that a response left out."""

SECRET_FIELDS: Final = frozenset[str](
    {
        "access_token",
        "anyscaled_config",
        "cluster_config",
        "connect_url",
        "ssh_private_key",
        "user_service_token",
        "webterminal_auth_url",
    }
)
"""The names of all fields that the spec marks as secret; models keep their values out of `repr`."""


class DecodeError(ValueError):
    """Data that does not have the shape the spec promises. Never quotes the data: it may hold secrets.

    Attributes:
        reason: what is wrong.
        path: where, as a JSON path (`$.results[...].created_at`).
    """

    def __init__(self, reason: str, path: str = "$") -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.reason} (at {self.path})"


class OpenEnum(StrEnum):
    """A set of strings that the server may extend: an unknown value becomes a member that keeps it.

    Such a member equals its string, pickles, and says `is_known == False`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the spec this client was generated from names the value."""
        return self.value in type(self)._value2member_map_


@attrs.define(eq=False, repr=False, weakref_slot=False)
class Model:
    """What all models share: plain data in, plain data out. `None` means "not given" and is never sent.

    Comparing and showing are written once here: what attrs writes for each class takes half of the time that it takes
    to import a model. And of what attrs compares, pytest would show each field that differs, secrets as well.
    """

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        names = field_names(type(self))
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    @recursive_repr("...")
    def __repr__(self) -> str:
        shown = ", ".join(
            f"{field.name}={(repr if field.repr is True else field.repr)(getattr(self, field.name, None))}"
            for field in attrs.fields(type(self))
            if field.repr
        )
        return f"{type(self).__name__}({shown})"

    def to_dict(self) -> dict[str, Any]:
        """The fields that are given, under their names on the wire, as JSON-ready values; secrets included."""
        plain: dict[str, Any] = msgspec.to_builtins(given(self))
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The model that `data` describes; unknown keys are ignored. Raises `DecodeError` where it does not fit."""
        return convert(data, cls)

    def to_json(self) -> bytes:
        """The fields that are given, as one JSON object in UTF-8; secrets included. Dates need a time zone."""
        return _ENCODER.encode(given(self))

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The model that one JSON object describes; unknown keys are ignored. Raises `DecodeError` where it does not fit."""
        return decode(data, cls)


Envelope = Literal["result", "results"]


class Operation(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One call of the API as data: what to send and what comes back. `T` is what the caller gets, for a list one item.

    Attributes:
        id: the operationId in the spec.
        method: the HTTP method, in capitals.
        path: the path below the base URL, with `{name}` for each of `path_values`.
        path_values: the path parameters as given, not yet checked.
        query: the query parameters that are given, not yet checked.
        body: the request body, or `None` where the operation takes none.
        types: the declared type of each parameter and of `body`.
        response: the type of the JSON response, or `None` where none is promised.
        envelope: the field of the response that holds what the caller gets; `results` marks a page of a list.
    """

    id: str
    method: str
    path: str
    path_values: Mapping[str, object] = {}
    query: Mapping[str, object] = {}
    body: Model | None = None
    types: Mapping[str, Any] = {}
    response: Any = None
    envelope: Envelope | None = None


def without_none(values: Mapping[str, object]) -> dict[str, object]:
    """The values that are given."""
    return {name: value for name, value in values.items() if value is not None}


class Page(ABC, Generic[T]):
    """One page of a list. Iterating goes on through all later pages, fetching each when it is reached.

    Attributes:
        results: the items of this page.
        metadata: the total and the token of the next page, as far as the server says.
    """

    __slots__ = ("metadata", "results")

    def __init__(self, results: list[T], metadata: ListResponseMetadata | None) -> None:
        self.results = results
        self.metadata = metadata

    @abstractmethod
    def next_page(self) -> Page[T] | None:
        """The page after this one, or `None` after the last."""

    @abstractmethod
    def __iter__(self) -> Iterator[T]:
        """Every item from this page on."""


class AsyncPage(ABC, Generic[T]):
    """`Page` for asynchronous clients: `async for` goes on through all later pages.

    Attributes:
        results: the items of this page.
        metadata: the total and the token of the next page, as far as the server says.
    """

    __slots__ = ("metadata", "results")

    def __init__(self, results: list[T], metadata: ListResponseMetadata | None) -> None:
        self.results = results
        self.metadata = metadata

    @abstractmethod
    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or `None` after the last."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[T]:
        """Every item from this page on."""


def given(model: Model) -> dict[str, Any]:
    """The fields of `model` that are given, nested models likewise, values as they are."""
    values: dict[str, Any] = {}
    for name in field_names(type(model)):
        value = getattr(model, name)
        if value is not None:
            values[name] = value if type(value) in _PLAIN else plain(value)
    return values


_PLAIN: Final = frozenset[type]({bool, int, str})
"""The types of most values, which JSON carries as they are."""


def plain(value: Any) -> Any:
    """A value with each model in it, also in a list or a dict, as the dict of its fields that are given.

    Raises `ValueError` for a date without a time zone, which could mean any moment, and for a number that is none.
    """
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, Model):
        return given(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a date needs a time zone, as in datetime(2026, 1, 31, tzinfo=timezone.utc)")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("JSON can carry neither infinity nor what is not a number")
    return value


def masked(value: Any) -> str:
    """The `repr` of a value whose shape the spec leaves open, without what stands under the name of a secret field."""
    try:
        return repr(_masked(value))
    except RecursionError:
        return "<nested too deeply>"


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _MASK if key in SECRET_FIELDS else _masked(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_masked(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


_MASK: Final = "***"


def field_names(model: type[Model]) -> tuple[str, ...]:
    """The names of the fields of a model class, which are their names on the wire."""
    names = _FIELD_NAMES.get(model)
    if names is None:
        names = _FIELD_NAMES[model] = tuple(field.name for field in attrs.fields(model))
    return names


_FIELD_NAMES: dict[type[Model], tuple[str, ...]] = {}


_ENCODER = msgspec.json.Encoder()
_decoder: Callable[[Any], msgspec.json.Decoder[Any]] = cache(msgspec.json.Decoder)


def decode(data: bytes | bytearray, kind: type[T]) -> T:
    """One JSON document as `kind`. Raises `DecodeError`, which tells the path but never quotes the data."""
    try:
        try:
            value: T = _decoder(kind).decode(data)
        except msgspec.ValidationError:
            plain: Any = msgspec.json.decode(data)
        else:
            return value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = _undecodable(error)
    else:
        # Not in shape, or a date that RFC 3339 refuses: read once more, slower, with dates read as upstream reads them.
        return _convert_with_dates(plain, kind)
    raise problem  # outside of `except`: the error that it stands for may hold the data


def convert(data: Any, kind: type[T]) -> T:
    """Plain data (what JSON decodes to) as `kind`. Raises `DecodeError`, which tells the path but never quotes the data."""
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, RecursionError):
        pass
    return _convert_with_dates(data, kind)


def _convert_with_dates(data: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(_with_dates(data, _shape(kind)), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        problem = _undecodable(error)
    raise problem


def _type_info(kind: Any) -> Any:
    from msgspec.inspect import type_info  # noqa: PLC0415 - only data that was refused once comes here

    return type_info(kind)


_shape: Callable[[Any], Any] = cache(_type_info)


def _undecodable(error: Exception) -> DecodeError:
    if isinstance(error, RecursionError):
        return DecodeError("nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return DecodeError("not UTF-8")
    reason, _, path = str(error).partition(" - at `")
    reason = reason.partition(" '")[0]  # a wrong constant is quoted
    return DecodeError(reason, path.removeprefix("key` in `").rstrip("`") or "$")


def _with_dates(data: Any, shape: Any) -> Any:
    """`data` with each string that stands for a date in `shape` read as one; what cannot be read stays as it is."""
    match type(shape).__name__:
        case "UnionType":
            for option in shape.types:
                data = _with_dates(data, option)
        case "DateTimeType" if isinstance(data, str):
            return _date(data)
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
        moment = _parsed(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no date, or one that no year from 1 to 9999 has
        return text


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        from dateutil.parser import isoparse  # noqa: PLC0415 - 39 ms that few processes ever need

        return isoparse(text)
