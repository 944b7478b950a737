# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""Pages of lists."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, Generic, TypeVar

from attrs import evolve
from msgspec.structs import replace

from . import models
from .types import ITEMS, Operation

T = TypeVar("T")


class Page(ABC, Generic[T]):
    """One page of a list. Iterating continues with all later pages and fetches each when it is reached.

    Attributes:
        results: the items of this page.
        metadata: the total number of items and the token of the next page, if the server sends them.
    """

    __slots__ = ("metadata", "results")

    def __init__(self, results: list[T], metadata: models.ListResponseMetadata | None) -> None:
        self.results = results
        self.metadata = metadata

    def __repr__(self) -> str:
        return _describe("Page", self.results, self.metadata)

    @abstractmethod
    def next_page(self) -> Page[T] | None:
        """The page after this one, or `None` after the last."""

    @abstractmethod
    def __iter__(self) -> Iterator[T]:
        """Every item from this page on."""


class AsyncPage(ABC, Generic[T]):
    """`Page` for asynchronous clients: `async for` continues with all later pages.

    Attributes:
        results: the items of this page.
        metadata: the total number of items and the token of the next page, if the server sends them.
    """

    __slots__ = ("metadata", "results")

    def __init__(self, results: list[T], metadata: models.ListResponseMetadata | None) -> None:
        self.results = results
        self.metadata = metadata

    def __repr__(self) -> str:
        return _describe("AsyncPage", self.results, self.metadata)

    @abstractmethod
    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or `None` after the last."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[T]:
        """Every item from this page on."""


class AsyncPager(ABC, Generic[T]):
    """A list that has not been read yet.

    `async for` reads every item, page by page. `await`, once, returns the first page. If it is not used, nothing is sent.
    """

    __slots__ = ()

    @abstractmethod
    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        """The first page."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[T]:
        """Every item of the list."""


def items_and_metadata(response: Any) -> tuple[list[Any], models.ListResponseMetadata | None]:
    """The items and the metadata in the response of an operation that lists something."""
    return getattr(response, ITEMS), response.metadata


def next_token(metadata: models.ListResponseMetadata | None) -> str | None:
    """The token of the page after the one with this metadata; `None` or empty after the last."""
    token: str | None = None if metadata is None else metadata.next_paging_token
    return token


def token_of(operation: Operation[Any]) -> str | None:
    """The token in the arguments of an operation: where its list begins."""
    paging: Any = operation.body and operation.body.paging
    token: Any = operation.query.get("paging_token") if operation.body is None else paging and paging.paging_token
    return str(token) if token else None


def with_token(operation: Operation[Any], token: str) -> Operation[Any]:
    """The same list from this token on."""
    body = operation.body
    if body is not None:
        paging = body.paging or models.PageQuery()
        return replace(operation, body=evolve(body, paging=evolve(paging, paging_token=token)))
    return replace(operation, query={**operation.query, "paging_token": token})


def _describe(name: str, results: list[Any], metadata: models.ListResponseMetadata | None) -> str:
    is_last = not next_token(metadata)
    items = f"{len(results)} item{'' if len(results) == 1 else 's'}"
    return f"<{name}: {items}, {'the last page' if is_last else 'more follow'}>"
