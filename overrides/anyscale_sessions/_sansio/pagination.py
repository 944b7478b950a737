"""Pages of a list that can fetch the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator, Sequence
from typing import Any, Final, Generic, TypeVar

from anyscale_sessions_api import models
from anyscale_sessions_api.pages import (
    AsyncPage,
    AsyncPager,
    Page,
    items_and_metadata,
    next_token,
    token_of,
    with_token,
)
from anyscale_sessions_api.types import Operation

from .._utils.records import Record
from ..exceptions import ResponseDecodeError, SessionsError

MAX_ITEMS_KEPT: Final = 1_000
MAX_EMPTY_PAGES: Final = 100
"""How many pages without an item may follow one another before a list counts as endless."""

T = TypeVar("T")


class PageCursor(Record, Generic[T], frozen=True):
    """The position of a page in its list.

    Attributes:
        operation: the operation that returns the page.
        number: how many pages come before it.
        numbers: the page number that each token led to, shared by all pages of a list.
        empty_pages: how many pages without an item come directly before it.
    """

    operation: Operation[Any]
    number: int
    numbers: dict[str, int]
    empty_pages: int = 0

    def next_cursor(
        self, metadata: models.ListResponseMetadata | None, *, is_empty: bool = False
    ) -> PageCursor[T] | None:
        """The cursor that the token in a page's metadata leads to, or `None` after the last page.

        Raises `ResponseDecodeError` if the token leads back to a page that was already read, or if too many pages
        without an item have followed one another.
        """
        token = next_token(metadata)
        if not token:
            return None
        # A token that led to this page or an earlier one leads back. `next_page` may be called twice on one page.
        if self.numbers.get(token, self.number + 1) <= self.number:
            raise ResponseDecodeError(f"{self.operation.id}: the server returned a page token that was already used")
        empty_pages = self.empty_pages + 1 if is_empty else 0
        if empty_pages >= MAX_EMPTY_PAGES:
            raise endless_list(self.operation, f"{empty_pages} pages in a row are empty", token)
        self.numbers[token] = self.number + 1
        return PageCursor(with_token(self.operation, token), self.number + 1, self.numbers, empty_pages)


def endless_list(operation: Operation[Any], reason: str, token: str) -> ResponseDecodeError:
    """The error of a list that does not end. It has the token of the page that was not read."""
    error = ResponseDecodeError(f"{operation.id}: the list does not end: {reason}, and the server names another page")
    error.paging_token = token
    return error


def first_cursor(operation: Operation[Any]) -> PageCursor[Any]:
    """The cursor of the page that a list operation returns."""
    token = token_of(operation)
    return PageCursor(operation, 0, {str(token): 0} if token else {})


class _Progress(Generic[T]):
    """How many items an iteration has read, and the last of them, so that a long list takes no more memory."""

    __slots__ = ("_count", "_last")

    def __init__(self) -> None:
        self._last: deque[T] = deque(maxlen=MAX_ITEMS_KEPT)
        self._count = 0

    def add(self, items: Sequence[T]) -> None:
        """A page was read to its end."""
        self._last.extend(items)
        self._count += len(items)

    def attach_to(self, error: SessionsError) -> None:
        """Keep in an error what was read before it."""
        error.read, error.read_count = tuple(self._last), self._count


def _attach_page(error: SessionsError, page: Page[Any] | AsyncPage[Any]) -> None:
    """Keep in an error what the page before it holds, and the token of the page that could not be read."""
    error.read, error.read_count = tuple(page.results), len(page.results)
    error.paging_token = next_token(page.metadata)


class SyncPage(Page[T], Generic[T]):
    """A page that a `SessionsClient` fetched."""

    __slots__ = ("_cursor", "_fetch")

    def __init__(self, response: Any, cursor: PageCursor[T], fetch: Callable[[PageCursor[T]], Page[T]]) -> None:
        super().__init__(*items_and_metadata(response))
        self._cursor, self._fetch = cursor, fetch

    def next_page(self) -> Page[T] | None:
        """The page after this one, or `None` after the last.

        Raises the errors of the list operation. They hold this page's items in `read`, and the token to continue with.
        """
        try:
            cursor = self._cursor.next_cursor(self.metadata, is_empty=not self.results)
            return None if cursor is None else self._fetch(cursor)
        except SessionsError as error:
            _attach_page(error, self)
            raise

    def __iter__(self) -> Iterator[T]:
        page: Page[T] | None = self
        progress = _Progress[T]()
        while page is not None:
            yield from page.results
            progress.add(page.results)
            try:
                page = page.next_page()
            except SessionsError as error:
                progress.attach_to(error)
                raise


class AsyncPageImpl(AsyncPage[T], Generic[T]):
    """A page that an `AsyncSessionsClient` fetched."""

    __slots__ = ("_cursor", "_fetch")

    def __init__(
        self, response: Any, cursor: PageCursor[T], fetch: Callable[[PageCursor[T]], Awaitable[AsyncPage[T]]]
    ) -> None:
        super().__init__(*items_and_metadata(response))
        self._cursor, self._fetch = cursor, fetch

    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or `None` after the last.

        Raises the errors of the list operation. They hold this page's items in `read`, and the token to continue with.
        """
        try:
            cursor = self._cursor.next_cursor(self.metadata, is_empty=not self.results)
            return None if cursor is None else await self._fetch(cursor)
        except SessionsError as error:
            _attach_page(error, self)
            raise

    async def __aiter__(self) -> AsyncIterator[T]:
        page: AsyncPage[T] | None = self
        progress = _Progress[T]()
        while page is not None:
            for item in page.results:
                yield item
            progress.add(page.results)
            try:
                page = await page.next_page()
            except SessionsError as error:
                progress.attach_to(error)
                raise


class AsyncPagerImpl(AsyncPager[T], Generic[T]):
    """A list of an `AsyncSessionsClient` that has not been read yet."""

    __slots__ = ("_fetch_first", "_is_awaited", "_operation_id")

    def __init__(self, operation_id: str, fetch_first: Callable[[], Coroutine[Any, Any, AsyncPage[T]]]) -> None:
        self._operation_id, self._fetch_first, self._is_awaited = operation_id, fetch_first, False

    def __repr__(self) -> str:
        return f"<AsyncPager of {self._operation_id}: await it, or iterate over it with async for>"

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        if self._is_awaited:
            raise RuntimeError(f"this {self._operation_id} was already awaited; call the method again")
        self._is_awaited = True
        return self._fetch_first().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self._fetch_first():
            yield item
