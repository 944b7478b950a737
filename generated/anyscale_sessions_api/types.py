# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The base of the generated modules: models, and operations as data. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, Literal, Self, TypeVar

import attrs
import msgspec

from .codec import DecodeError as DecodeError
from .codec import convert as convert
from .codec import convert_secret, decode_secret
from .codec import decode as decode
from .codec import encode as encode
from .codec import validate as validate
from .codec import validate_sent as validate_sent
from .open_enum import OpenEnum as OpenEnum
from .open_enum import OpenIntEnum as OpenIntEnum
from .secret import Secret as Secret
from .wire import NULL as NULL
from .wire import Null as Null
from .wire import Nullable as Nullable
from .wire import TaggedUnion as TaggedUnion
from .wire import UnionMeta as UnionMeta
from .wire import WireRules as WireRules
from .wire import wire_rules as wire_rules

T = TypeVar("T")

DateTime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time, always with a time zone."""

Date = date
"""A day."""

if TYPE_CHECKING:
    Promised = Annotated[T, "promised by the spec"]
    """A field that the spec promises in every response, with the type that the spec gives.

    If a server leaves it out, or sends null, the response is read all the same: the attribute is then `None`, or the
    spec's default if there is one.
    """
else:

    class Promised:
        def __class_getitem__(cls, kind: Any) -> Any:
            return kind | None


ABSENT: Any = None
"""The value of a promised field that a response left out."""

NOT_GIVEN: Any = attrs.NOTHING
"""The default of an argument that must be given, or whose default is made anew for each instance."""

SECRET_FIELDS: Final = frozenset(
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


@attrs.define(eq=False, repr=False, weakref_slot=False)
class Model:
    """The base of all models. `None` means "not given" and is never sent.

    Comparison and `repr` are written once here. The methods that attrs generates for each class take half of the time
    that it takes to import a model. And for a class that attrs compares, pytest shows each field that differs, including
    secrets.
    """

    __wire__ = WireRules()

    @staticmethod
    def __request_types__() -> dict[str, tuple[Any, bool]]:
        """The types, and whether it must be given, of the fields for which a request has stricter rules than a response."""
        return {}

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        names = field_names(type(self))
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    @recursive_repr("...")
    def __repr__(self) -> str:
        parts = ", ".join(
            f"{field.name}={(repr if field.repr is True else field.repr)(getattr(self, field.name, None))}"
            for field in attrs.fields(type(self))
            if field.repr
        )
        return f"{type(self).__name__}({parts})"

    def to_dict(self) -> dict[str, Any]:
        """The fields that are given, by their names in JSON, as values that JSON has. Secrets are included."""
        plain: dict[str, Any] = msgspec.to_builtins(set_fields(self))
        return plain

    def public_dict(self) -> dict[str, Any]:
        """`to_dict` without the fields that the spec marks as secret, at any depth: what a service may show to others."""
        public: dict[str, Any] = _without_secrets(self.to_dict())
        return public

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The model that `data` describes. Unknown keys are ignored. Raises `DecodeError` if a value is wrong."""
        secret = Secret[Any](data)
        del data
        return convert_secret(secret, cls)

    def to_json(self) -> bytes:
        """The fields that are given, as one JSON object in UTF-8. Secrets are included. Dates need a time zone."""
        return encode(set_fields(self))

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The model that one JSON object describes. Unknown keys are ignored. Raises `DecodeError` if a value is wrong."""
        secret = Secret[bytes | bytearray](data)
        del data
        return decode_secret(secret, cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .pydantic_schema import core_schema_of

        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        from .pydantic_schema import json_schema_of

        return json_schema_of(cls, SECRET_FIELDS if handler.mode == "serialization" else None)


ITEMS: Final = "results"
"""The field of a page that holds its items."""

Media = Literal["json", "text", "bytes"]
"""How a response is read."""


class Operation(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One call of the API as data: what to send, and the type of the response.

    `T` is the type of the result. For a list, it is `Page[X]`.

    Attributes:
        id: the operationId in the spec.
        method: the HTTP method, in capitals.
        path: the path below the base URL, with `{name}` for each of `path_values`.
        path_values: the path parameters as they were given, not yet checked.
        query: the query parameters that were given, not yet checked.
        headers: the header parameters, not yet checked; `None` is not sent.
        cookies: the cookie parameters, not yet checked; `None` is not sent.
        body: the request body, a model or a mapping of its fields, or what `types` says; `None` if there is none.
        types: the declared type of each parameter and of `body`.
        response: the type of the response, or `None` if the spec describes none.
        envelope: the field of the response that holds the result, or the items of a page.
        names: the name on the wire of each parameter that has another name in Python.
        styles: how each parameter is written that is not written in the usual way: an id in a path, all else as text.
        content_type: the media type of the body, if it is not JSON.
        accept: the media types of the response, if it is not JSON.
        media: how the response is read.
        may_be_empty: whether a response without a body is a success, too, with the result `None`.
        is_public: whether the request is sent without the token.
    """

    id: str
    method: str
    path: str
    path_values: Mapping[str, object] = {}
    query: Mapping[str, object] = {}
    headers: Mapping[str, object] = {}
    cookies: Mapping[str, object] = {}
    body: Any = None
    types: Mapping[str, Any] = {}
    response: Any = None
    envelope: str | None = None
    names: Mapping[str, str] = {}
    styles: Mapping[str, str] = {}
    content_type: str | None = None
    accept: str | None = None
    media: Media = "json"
    may_be_empty: bool = False
    is_public: bool = False

    @property
    def is_page(self) -> bool:
        """Whether the operation lists something, page by page."""
        return self.envelope == ITEMS

    def __repr__(self) -> str:
        values = (f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join(values)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # The body of a caller who passes something else than a model may hold secrets.
        body: Any = self.body
        if body is not None and not isinstance(body, Model):
            body = Secret[Any](body)
        return [("id", self.id), ("path_values", self.path_values), ("query", self.query), ("body", body)]


def without_none(values: Mapping[str, object]) -> dict[str, object]:
    """The values that are given."""
    return {name: value for name, value in values.items() if value is not None}


def set_fields(model: Model) -> dict[str, Any]:
    """The fields of `model` that are given. Nested models become dicts as well; other values stay as they are.

    Raises what `plain` raises.
    """
    try:
        return _set_fields(model, is_sent=False)
    except ValueError as error:
        problem = ValueError(str(error))
    raise problem  # outside of `except`: the frames of the first error hold values


def _set_fields(model: Model, *, is_sent: bool) -> dict[str, Any]:
    kind = type(model)
    if kind.__wire__ is not _NO_RULES:
        return wire_fields(kind, {name: getattr(model, name) for name in field_names(kind)}, is_sent=is_sent)
    values: dict[str, Any] = {}
    for name in field_names(kind):
        value = getattr(model, name)
        if value is not None:
            values[name] = value if type(value) in _PLAIN else plain(value, is_sent=is_sent)
    return values


_NO_RULES: Final = Model.__wire__


def wire_fields(kind: type[Model], values: Mapping[str, Any], *, is_sent: bool = True) -> dict[str, Any]:
    """Values of fields of a model by their names in JSON, without those that are not given, or not sent.

    Raises what `plain` raises.
    """
    rules = kind.__wire__
    found: dict[str, Any] = {}
    for name, value in values.items():
        if (value is None and name not in rules.sent_null) or (is_sent and name in rules.read_only):
            continue
        if name != rules.extra:
            found[rules.names.get(name, name)] = plain(value, is_sent=is_sent)
    extra: Mapping[str, Any] = values.get(rules.extra) or {}
    for key, value in extra.items():
        if key in wire_names(kind):
            raise ValueError(f"{rules.extra} must not hold the name of a field; assign the field")
        found[key] = plain(value, is_sent=is_sent)
    return found


_PLAIN: Final = frozenset[type]({bool, int, str})
"""The types of most values, which JSON carries as they are."""


def plain(value: Any, *, is_sent: bool = False) -> Any:
    """A value in which each model is the dict of its fields that are given, also in lists and dicts.

    `is_sent`: leave out what no request carries.

    Raises `ValueError` for a date without a time zone, which could be any point in time, and for infinity and NaN.
    """
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, Model):
        return _set_fields(value, is_sent=is_sent)
    if isinstance(value, (list, tuple)):
        return [plain(item, is_sent=is_sent) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: plain(item, is_sent=is_sent) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if value is NULL:
        return None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a date needs a time zone, as in datetime(2026, 1, 31, tzinfo=timezone.utc)")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("a number must be finite: JSON has neither infinity nor NaN")
    return value


def redacted_repr(value: Any) -> str:
    """The `repr` of a value of any form, with a mask in the place of each value whose name is that of a secret field."""
    try:
        return repr(_redact(value))
    except RecursionError:
        return "<nested too deeply>"


def _redact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _MASK if key in SECRET_FIELDS else _redact(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_redact(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items() if key not in SECRET_FIELDS}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


_MASK: Final = "***"


def is_encodable(text: str) -> bool:
    """Whether UTF-8 can carry the text: it has no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def field_names(model: type[Model]) -> tuple[str, ...]:
    """The names of the fields of a model class in Python."""
    names = _FIELD_NAMES.get(model)
    if names is None:
        names = _FIELD_NAMES[model] = tuple(field.name for field in attrs.fields(model))
    return names


_FIELD_NAMES: dict[type[Model], tuple[str, ...]] = {}


def request_types(model: type[Model]) -> dict[str, tuple[Any, bool]]:
    """The type, and whether it must be given, of each field for which a request has stricter rules than a response."""
    return model.__request_types__()


def wire_names(model: type[Model]) -> dict[str, str]:
    """The names of the fields of a model class in JSON, each with that in Python."""
    names, extra = model.__wire__.names, model.__wire__.extra
    return {names.get(name, name): name for name in field_names(model) if name != extra}
