"""`client.raw`: the same operations, which give what came over the wire along with what was read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from attrs import evolve

from anyscale_sessions_api.client import OPERATION_IDS
from anyscale_sessions_api.raw import AsyncRawApi, RawApi, RawResponse
from anyscale_sessions_api.types import AsyncPage, Operation, Page

from .._redaction import redact, shown_request_id
from .._sansio.call import Calls, Response, value_of
from .._sansio.pagination import AsyncPageImpl, SyncPage, first_cursor
from .arguments import told_clearly

if TYPE_CHECKING:
    from . import AsyncSessionsClient, SessionsClient

T = TypeVar("T")


def raw_of(operation: Operation[Any], response: Response, secrets: tuple[str, ...]) -> RawResponse[Any]:
    """A good response as it came. Raises `DecodeError`."""
    parsed = value_of(operation, response)
    content = None if operation.response is None else msgspec.json.decode(response.body)
    unknown = _unknown(content, _shape_of(operation.response), "$")
    return RawResponse(
        status=response.status,
        headers={name: value for name, value in response.headers.items() if name != "set-cookie"},
        body=bytes(response.body),
        parsed=parsed,
        unknown_fields=tuple(dict.fromkeys(redact(path, secrets) for path in unknown)),
        request_id=shown_request_id(response.headers, secrets),
    )


@cache
def _shape_of(kind: Any) -> Any:
    from msgspec.inspect import type_info

    return type_info(kind)


def _unknown(content: Any, shape: Any, path: str) -> Iterator[str]:
    """The paths of the fields in JSON content that its shape does not have."""
    match type(shape).__name__, content:
        case "UnionType", _:
            for option in shape.types:
                yield from _unknown(content, option, path)
        case "ListType", list():
            for item in content:  # pyright: ignore[reportUnknownVariableType]
                yield from _unknown(item, shape.item_type, f"{path}[...]")
        case "DataclassType", dict():
            known = {known.encode_name: known.type for known in shape.fields}
            for name, value in content.items():  # pyright: ignore[reportUnknownVariableType]
                if name in known:
                    yield from _unknown(value, known[name], f"{path}.{name}")
                else:
                    yield f"{path}.{name}"
        case _:
            pass


@told_clearly(OPERATION_IDS)
class RawOperations(RawApi):
    """Every operation of a `SessionsClient`, with raw responses."""

    def __init__(self, client: SessionsClient, steps: Callable[[Operation[Any]], Calls[RawResponse[Any]]]) -> None:
        self._client, self._steps = client, steps

    def _send(self, operation: Operation[T]) -> RawResponse[T]:
        return self._client._drive(self._steps(operation))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def _send_page(self, operation: Operation[T]) -> RawResponse[Page[T]]:
        raw: RawResponse[Any] = self._send(operation)
        fetch = self._client._page  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return evolve(raw, parsed=SyncPage(raw.parsed, first_cursor(operation), fetch))


@told_clearly(OPERATION_IDS)
class AsyncRawOperations(AsyncRawApi):
    """Every operation of an `AsyncSessionsClient`, with raw responses."""

    def __init__(self, client: AsyncSessionsClient, steps: Callable[[Operation[Any]], Calls[RawResponse[Any]]]) -> None:
        self._client, self._steps = client, steps

    async def _send(self, operation: Operation[T]) -> RawResponse[T]:
        return await self._client._drive(self._steps(operation))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    async def _send_page(self, operation: Operation[T]) -> RawResponse[AsyncPage[T]]:
        raw: RawResponse[Any] = await self._send(operation)
        fetch = self._client._page  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return evolve(raw, parsed=AsyncPageImpl(raw.parsed, first_cursor(operation), fetch))
