# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""Read and write JSON. No error quotes the data, and no frame of an error holds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

import msgspec

from .dates import read_dates
from .secret import Secret
from .wire import mapped, reader_of

T = TypeVar("T")


class DecodeError(ValueError):
    """Data does not have the form that the spec gives. The message never quotes the data, which may hold secrets.

    Attributes:
        reason: what is wrong.
        path: where it is wrong, as a JSON path (`$.results[...].created_at`).
    """

    def __init__(self, reason: str, path: str = "$") -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.reason} (at {self.path})"


encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode
"""A value as JSON in UTF-8."""

_decoder: Callable[[Any], msgspec.json.Decoder[Any]] = cache(msgspec.json.Decoder)


def decode(data: bytes | bytearray, kind: type[T]) -> T:
    """One JSON document as `kind`. Raises `DecodeError`, which holds the path and never quotes the data."""
    secret = Secret(data)
    del data  # no frame of the error may hold it
    return decode_secret(secret, kind)


def decode_secret(data: Secret[bytes | bytearray], kind: type[T]) -> T:
    """`decode` for callers whose frames must not hold the data."""
    try:
        try:
            if reader_of(kind) is None:
                return _decoder(kind).decode(data.value)  # type: ignore[no-any-return]
            plain: Secret[Any] = Secret(msgspec.json.decode(data.value))
        except msgspec.ValidationError:
            plain = Secret(msgspec.json.decode(data.value))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = _to_decode_error(error)
    else:
        # Wrong, of a form that msgspec does not read, or a date that RFC 3339 does not allow: read it again, more slowly.
        return convert_secret(plain, kind)
    raise problem  # outside of `except`: the error that it replaces may hold the data


def convert(data: Any, kind: type[T]) -> T:
    """Plain data (the result of decoding JSON) as `kind`. Raises `DecodeError`, which never quotes the data."""
    secret = Secret(data)
    del data
    return convert_secret(secret, kind)


def convert_secret(data: Secret[Any], kind: type[T]) -> T:
    """`convert` for callers whose frames must not hold the data."""
    try:
        return validate(data.value, kind)  # type: ignore[no-any-return]
    except (msgspec.ValidationError, RecursionError):
        pass
    return _convert_leniently(data, kind)


def validate(data: Any, kind: Any) -> Any:
    """Plain data as `kind`, exactly as the spec has it. Raises `msgspec.ValidationError`."""
    return msgspec.convert(mapped(data, kind, msgspec.convert), kind)


def validate_sent(data: Any, kind: Any) -> Any:
    """The same for what a request carries: a text is never taken for binary data in base64."""
    return _convert_sent(mapped(data, kind, _convert_sent), kind)


_convert_sent: Any = partial(msgspec.convert, builtin_types=(bytes,))


def _convert_leniently(data: Secret[Any], kind: type[T]) -> T:
    """Read dates as upstream does, and whole numbers that are written as `5.0`."""
    try:
        return _lenient(mapped(data.value, kind, _lenient), kind)  # type: ignore[no-any-return]
    except (msgspec.ValidationError, RecursionError) as error:
        problem = _to_decode_error(error)
    raise problem


def _lenient(data: Any, kind: Any) -> Any:
    return msgspec.convert(read_dates(data, kind), kind)


def _to_decode_error(error: Exception) -> DecodeError:
    if isinstance(error, RecursionError):
        return DecodeError("nested too deeply")
    # msgspec 0.23 and newer raise their own error instead of UnicodeDecodeError.
    if isinstance(error, UnicodeDecodeError) or str(error).startswith("Invalid UTF-8"):
        return DecodeError("not UTF-8")
    reason, _, path = str(error).partition(" - at `")
    reason = reason.partition(" '")[0]  # a wrong constant is quoted
    return DecodeError(reason, path.removeprefix("key` in `").rstrip("`") or "$")
