"""Pages of a list that know how to get the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

from attrs import evolve

from anyscale_sessions_api.models import ListResponseMetadata, PageQuery
from anyscale_sessions_api.types import AsyncPage, Operation, Page

from .exceptions import ReplyUndecodable

T = TypeVar("T")


class SyncPage(Page[T], Generic[T]):
    """A page that a `SessionsClient` fetched."""

    __slots__ = ("_fetch", "_operation")

    def __init__(self, reply: Any, operation: Operation[T], fetch: Callable[[Operation[T]], Page[T]]) -> None:
        super().__init__(reply.results, reply.metadata)
        self._operation, self._fetch = operation, fetch

    def next_page(self) -> Page[T] | None:
        """The page after this one, or `None` after the last. Raises what the listing itself raises."""
        operation = following(self._operation, self.metadata)
        return None if operation is None else self._fetch(operation)

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        while page is not None:
            yield from page.results
            page = page.next_page()


class AwaitedPage(AsyncPage[T], Generic[T]):
    """A page that an `AsyncSessionsClient` fetched."""

    __slots__ = ("_fetch", "_operation")

    def __init__(
        self, reply: Any, operation: Operation[T], fetch: Callable[[Operation[T]], Awaitable[AsyncPage[T]]]
    ) -> None:
        super().__init__(reply.results, reply.metadata)
        self._operation, self._fetch = operation, fetch

    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or `None` after the last. Raises what the listing itself raises."""
        operation = following(self._operation, self.metadata)
        return None if operation is None else await self._fetch(operation)

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        while page is not None:
            for item in page.results:
                yield item
            page = await page.next_page()


def following(operation: Operation[T], metadata: ListResponseMetadata | None) -> Operation[T] | None:
    """The operation that gets the next page. Raises `ReplyUndecodable` where the server leads in a circle."""
    token = metadata.next_paging_token if metadata is not None else None
    if not token:
        return None
    body: Any = operation.body
    paging = None if body is None else body.paging
    used = operation.query.get("paging_token") if body is None else paging and paging.paging_token
    if token == used:
        raise ReplyUndecodable(f"{operation.id}: the server named the same page as the next one again")
    if body is None:
        return evolve(operation, query={**operation.query, "paging_token": token})
    return evolve(operation, body=evolve(body, paging=evolve(paging or PageQuery(), paging_token=token)))
