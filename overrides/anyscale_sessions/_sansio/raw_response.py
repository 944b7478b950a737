"""The response to `client.send(operation)`: what came over the wire, and what was read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec

from anyscale_sessions_api.types import Operation, UnionMeta, wire_names, wire_rules

from .._redaction import redacted_request_id, redacted_starts
from .._utils.records import Record
from .._utils.secret_texts import SecretTexts
from .messages import Response
from .responses import MAX_DETAIL_CHARACTERS, value_of

MAX_UNKNOWN_FIELDS = 1000

T = TypeVar("T")


class RawResponse(Record, Generic[T], frozen=True, kw_only=True):
    """A successful response. Its repr shows neither headers nor body.

    Attributes:
        status: the HTTP status, a 2xx.
        headers: the headers by their names in lower case, without cookies.
        body: the bytes of the body. They can hold secrets.
        parsed: what the method of the same name returns.
        unknown_fields: the JSON paths of fields that are not in the spec, such as `$.results[...].color`. At
            most 1,000.
        request_id: the server's id of the request, if it sent one.
    """

    _hidden = frozenset({"headers", "body"})

    status: int
    headers: Mapping[str, str]
    body: bytes
    parsed: T
    unknown_fields: tuple[str, ...]
    request_id: str | None


def raw_response_of(
    operation: Operation[Any], response: Response, secrets: SecretTexts, page_of: Callable[[Any], Any]
) -> RawResponse[Any]:
    """The raw response to an operation; `page_of` makes a page of a list. Raises `DecodeError`."""
    value = value_of(operation, response)
    is_json = operation.response is not None and operation.media == "json" and response.body
    content = msgspec.json.decode(response.body) if is_json else None
    paths = dict.fromkeys(_unknown_fields(content, _type_info(operation.response), "$"))
    unknown = redacted_starts([*islice(paths, MAX_UNKNOWN_FIELDS)], secrets, MAX_DETAIL_CHARACTERS)
    return RawResponse(
        status=response.status,
        headers={name: value for name, value in response.headers.items() if name != "set-cookie"},
        body=bytes(response.body),
        parsed=page_of(value) if operation.is_page else value,
        unknown_fields=tuple(dict.fromkeys(unknown)),
        request_id=redacted_request_id(response.headers, secrets),
    )


@cache
def _type_info(kind: Any) -> Any:
    from msgspec.inspect import type_info

    return type_info(kind)


def _unknown_fields(content: Any, declared: Any, path: str) -> Iterator[str]:
    """The paths of the fields in JSON content that its declared type does not have."""
    match type(declared).__name__, content:
        case "UnionType", _:
            for option in declared.types:
                yield from _unknown_fields(content, option, path)
        case "ListType", list():
            for item in content:  # pyright: ignore[reportUnknownVariableType]
                yield from _unknown_fields(item, declared.item_type, f"{path}[...]")
        case "DictType", dict():
            for item in content.values():  # pyright: ignore[reportUnknownVariableType]
                yield from _unknown_fields(item, declared.value_type, f"{path}[...]")
        case "CustomType", dict() if isinstance(declared.cls, UnionMeta):
            kind = declared.cls.class_of(content.get(declared.cls.tag))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            yield from _unknown_fields(content, _type_info(kind), path)
        case "DataclassType", dict():
            yield from _unknown_fields_of_model(content, declared, path)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            pass


def _unknown_fields_of_model(content: Mapping[str, Any], declared: Any, path: str) -> Iterator[str]:
    types = {field.name: field.type for field in declared.fields}
    known = {name: types[own] for name, own in wire_names(declared.cls).items()}
    for name, value in content.items():
        if name in known:
            yield from _unknown_fields(value, known[name], f"{path}.{name}")
        elif not wire_rules(declared.cls).extra:
            yield f"{path}.{name}"
