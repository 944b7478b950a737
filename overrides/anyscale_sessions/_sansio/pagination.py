"""Pages of a list that know how to get the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from anyscale_sessions_api.pages import AsyncPage, Page
from attrs import evolve
from msgspec.structs import replace

from anyscale_sessions_api import models
from anyscale_sessions_api.types import Operation

from .._utils.records import Record
from ..exceptions import ResponseDecodeError, SessionsError

if TYPE_CHECKING:
    from anyscale_sessions_api.models import ListResponseMetadata

MOST_ITEMS_KEPT: Final = 1_000

T = TypeVar("T")


class PageCursor(Record, Generic[T], frozen=True):
    """Where a page stands in its list.

    Attributes:
        operation: what gave the page.
        number: how many pages came before it.
        numbers: the number of the page that each token led to, shared by all pages of a walk.
    """

    operation: Operation[T]
    number: int
    numbers: dict[str, int]

    def following(self, metadata: ListResponseMetadata | None) -> PageCursor[T] | None:
        """The place that a page's `next_paging_token` leads to. Raises `ResponseDecodeError` where it leads back."""
        token = metadata and metadata.next_paging_token
        if not token:
            return None
        # A page may be asked for its next one twice; only a token that led to it, or to one before it, leads back.
        if self.numbers.get(token, self.number + 1) <= self.number:
            raise ResponseDecodeError(f"{self.operation.id}: the server names a page that was read as the next one")
        self.numbers[token] = self.number + 1
        return PageCursor(_from(self.operation, token), self.number + 1, self.numbers)


def first_cursor(operation: Operation[T]) -> PageCursor[T]:
    """The place that a listing begins at."""
    body: Any = operation.body
    token = operation.query.get("paging_token") if body is None else body.paging and body.paging.paging_token
    return PageCursor(operation, 0, {str(token): 0} if token else {})


def _from(operation: Operation[T], token: str) -> Operation[T]:
    """The same listing, from a token on; a search has it in its body."""
    body: Any = operation.body
    if body is None:
        return replace(operation, query={**operation.query, "paging_token": token})
    return replace(operation, body=evolve(body, paging=evolve(body.paging or models.PageQuery(), paging_token=token)))


class _Progress(Generic[T]):
    """How many items a walk has read, and the last of them: a long list takes no more memory than a short one."""

    __slots__ = ("_count", "_last")

    def __init__(self) -> None:
        self._last: deque[T] = deque(maxlen=MOST_ITEMS_KEPT)
        self._count = 0

    def note(self, items: Sequence[T]) -> None:
        """A page was read to its end."""
        self._last.extend(items)
        self._count += len(items)

    def told(self, error: SessionsError) -> None:
        """Keep in an error what was read before it."""
        error.read, error.read_count = tuple(self._last), self._count


def _told(error: SessionsError, page: Sequence[Any], metadata: ListResponseMetadata | None) -> None:
    """Keep in an error what the page before it holds, and where to go on."""
    error.read, error.read_count = tuple(page), len(page)
    error.paging_token = None if metadata is None else metadata.next_paging_token


class SyncPage(Page[T], Generic[T]):
    """A page that a `SessionsClient` fetched."""

    __slots__ = ("_fetch", "_place")

    def __init__(self, response: Any, place: PageCursor[T], fetch: Callable[[PageCursor[T]], Page[T]]) -> None:
        super().__init__(response.results, response.metadata)
        self._place, self._fetch = place, fetch

    def next_page(self) -> Page[T] | None:
        """The page after this one, or `None` after the last.

        Raises what the listing itself raises, with what this page holds in `read`, and where to go on.
        """
        try:
            place = self._place.following(self.metadata)
            return None if place is None else self._fetch(place)
        except SessionsError as error:
            _told(error, self.results, self.metadata)
            raise

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        walked = _Progress[T]()
        while page is not None:
            yield from page.results
            walked.note(page.results)
            try:
                page = page.next_page()
            except SessionsError as error:
                walked.told(error)
                raise


class AsyncPageImpl(AsyncPage[T], Generic[T]):
    """A page that an `AsyncSessionsClient` fetched."""

    __slots__ = ("_fetch", "_place")

    def __init__(
        self, response: Any, place: PageCursor[T], fetch: Callable[[PageCursor[T]], Awaitable[AsyncPage[T]]]
    ) -> None:
        super().__init__(response.results, response.metadata)
        self._place, self._fetch = place, fetch

    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or `None` after the last.

        Raises what the listing itself raises, with what this page holds in `read`, and where to go on.
        """
        try:
            place = self._place.following(self.metadata)
            return None if place is None else await self._fetch(place)
        except SessionsError as error:
            _told(error, self.results, self.metadata)
            raise

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        walked = _Progress[T]()
        while page is not None:
            for item in page.results:
                yield item
            walked.note(page.results)
            try:
                page = await page.next_page()
            except SessionsError as error:
                walked.told(error)
                raise
