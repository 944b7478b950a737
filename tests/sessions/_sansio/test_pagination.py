"""Pages that know how to get the next one, over a list that the test holds."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    AsyncPage,
    ListResponseMetadata,
    Page,
    PageQuery,
    ResponseDecodeError,
    ServerError,
    Session,
    SessionListResponse,
    SessionsQuery,
    TextQuery,
)
from anyscale_sessions._sansio.pagination import MAX_EMPTY_PAGES, AsyncPageImpl, PageCursor, SyncPage, first_cursor
from anyscale_sessions_api.api.sessions.list_sessions import list_sessions
from anyscale_sessions_api.api.sessions.search_sessions import search_sessions

# A list as a server has it: for each paging token (`None` for the first page) the ids of a page and the next token.
Pages = Mapping[str | None, tuple[list[str], str | None]]
THREE: Pages = {None: (["a", "b"], "t1"), "t1": ([], "t2"), "t2": (["c"], None)}


class Listing:
    """A list read through pages of either kind, which remembers the operations that asked for them."""

    def __init__(self, pages: Pages, *, is_async: bool) -> None:
        self.pages = pages
        self.is_async = is_async
        self.asked: list[Any] = []
        self.failing: str | None = None

    def first(self, operation: Any) -> Any:
        """The page that an operation gives."""
        place = first_cursor(operation)
        return asyncio.run(self._fetch_async(place)) if self.is_async else self._fetch(place)

    def ids(self, page: Any) -> list[str]:
        """The ids of every item from a page on."""

        async def items() -> list[Session]:
            return [item async for item in page]

        return [item.id for item in (asyncio.run(items()) if self.is_async else page)]

    def next(self, page: Any) -> Any:
        """The next page."""
        return asyncio.run(page.next_page()) if self.is_async else page.next_page()

    def _response(self, place: PageCursor[Session]) -> SessionListResponse:
        self.asked.append(place.operation)
        if self.failing and token_of(place.operation) == self.failing:
            raise ServerError("down")
        ids, following = self.pages[token_of(place.operation)]
        metadata = ListResponseMetadata(next_paging_token=following)
        return SessionListResponse(results=[Session(id=name) for name in ids], metadata=metadata)

    def _fetch(self, place: PageCursor[Session]) -> Page[Session]:
        return SyncPage(self._response(place), place, self._fetch)

    async def _fetch_async(self, place: PageCursor[Session]) -> AsyncPage[Session]:
        return AsyncPageImpl(self._response(place), place, self._fetch_async)


def token_of(operation: Any) -> str | None:
    """The paging token that an operation sends, in its query or its body."""
    if operation.id == "list_sessions":
        token: str | None = operation.query.get("paging_token")
        return token
    return operation.body.paging.paging_token if operation.body.paging else None


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def is_async(request: pytest.FixtureRequest) -> bool:
    """Both kinds of page in turn."""
    return bool(request.param)


OPERATIONS = [
    list_sessions("prj_1"),
    search_sessions("prj_1"),
    search_sessions("prj_1", SessionsQuery(paging=PageQuery())),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_iteration_goes_through_all_pages(is_async: bool, operation: Any) -> None:
    """Iterating a page continues with all later ones, also after an empty page that has a next one."""
    listing = Listing(THREE, is_async=is_async)
    assert listing.ids(listing.first(operation)) == ["a", "b", "c"]
    assert [token_of(asked) for asked in listing.asked] == [None, "t1", "t2"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_next_page_goes_one_by_one(is_async: bool, operation: Any) -> None:
    """`next_page` returns the page after this one, `None` after the last, and the same page when called twice."""
    listing = Listing(THREE, is_async=is_async)
    first = listing.first(operation)
    second, again = listing.next(first), listing.next(first)
    assert [item.id for item in first.results] == ["a", "b"]
    assert second.results == again.results == []
    assert listing.ids(second) == listing.ids(again) == ["c"]
    third = listing.next(again)
    assert third.metadata == ListResponseMetadata(next_paging_token=None)
    assert listing.next(third) is None
    assert listing.ids(first) == listing.ids(first) == ["a", "b", "c"]


def test_other_arguments_stay(is_async: bool) -> None:
    """Later pages are requested with the same filters and size, and the caller's own query does not change."""
    listing = Listing(THREE, is_async=is_async)
    body = SessionsQuery(name=TextQuery(contains="n"), paging=PageQuery(count=2), creator_id="usr_1")
    listing.ids(listing.first(search_sessions("prj_1", body)))
    later = [
        {"name": {"contains": "n"}, "creator_id": "usr_1", "state_filter": [], "paging": asked.body.paging.to_dict()}
        for asked in listing.asked
    ]
    assert [asked.body.to_dict() for asked in listing.asked] == later
    assert [asked.body.paging.to_dict() for asked in listing.asked] == [
        {"count": 2},
        {"count": 2, "paging_token": "t1"},
        {"count": 2, "paging_token": "t2"},
    ]
    assert body.paging == PageQuery(count=2)
    listing.asked.clear()
    operation = list_sessions("prj_1", count=2)
    listing.ids(listing.first(operation))
    assert [asked.query for asked in listing.asked[1:]] == [
        {"project_id": "prj_1", "count": 2, "paging_token": token} for token in ("t1", "t2")
    ]
    assert operation.query == {"project_id": "prj_1", "count": 2}


def test_listing_can_begin_in_the_middle(is_async: bool) -> None:
    """A list can begin at a token from an earlier page."""
    listing = Listing(THREE, is_async=is_async)
    assert listing.ids(listing.first(list_sessions("prj_1", paging_token="t2"))) == ["c"]
    body = SessionsQuery(paging=PageQuery(paging_token="t1"))
    assert listing.ids(listing.first(search_sessions("prj_1", body))) == ["c"]


@pytest.mark.parametrize("metadata", [None, ListResponseMetadata(), ListResponseMetadata(next_paging_token="")])
def test_no_token_is_the_end(metadata: ListResponseMetadata | None) -> None:
    """Metadata that is null, or has no token or an empty one, marks the last page."""
    assert first_cursor(list_sessions("prj_1")).next_cursor(metadata) is None


@pytest.mark.parametrize("items", [[], ["a"]])
def test_many_empty_pages_end_with_an_error(is_async: bool, items: list[str]) -> None:
    """A list with 100 empty pages in a row ends with an error that has the token to continue with."""
    tokens: list[str | None] = [None, *(f"t{number}" for number in range(150))]
    pages: Pages = {token: (items if number == 50 else [], f"t{number}") for number, token in enumerate(tokens)}
    listing = Listing(pages, is_async=is_async)
    with pytest.raises(ResponseDecodeError, match="100 pages in a row are empty") as raised:
        listing.ids(listing.first(list_sessions("prj_1")))
    assert len(listing.asked) == (MAX_EMPTY_PAGES if not items else 51 + MAX_EMPTY_PAGES)
    assert raised.value.paging_token == f"t{len(listing.asked) - 1}"
    assert [session.id for session in raised.value.read] == items


CIRCLES: list[tuple[Pages, str | None]] = [
    ({None: (["a"], "t1"), "t1": (["b"], "t1")}, None),
    ({None: (["a"], "t1"), "t1": (["b"], "t2"), "t2": (["c"], "t1")}, None),
    ({"t0": (["a"], "t0")}, "t0"),
    ({"t0": (["a"], "t1"), "t1": (["b"], "t0")}, "t0"),
]


@pytest.mark.parametrize(("pages", "begin"), CIRCLES)
def test_repeated_token_ends_with_an_error(is_async: bool, pages: Pages, begin: str | None) -> None:
    """A server that leads back to an earlier page ends the iteration with an error, for a circle of any length."""
    for operation in (
        list_sessions("prj_1", paging_token=begin),
        search_sessions("prj_1", SessionsQuery(paging=PageQuery(paging_token=begin))),
    ):
        listing = Listing(pages, is_async=is_async)
        with pytest.raises(ResponseDecodeError, match="a page token that was already used"):
            listing.ids(listing.first(operation))
        assert len(listing.asked) == len(pages)


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=3), max_size=3), min_size=1, max_size=8), st.data())
def test_any_list_is_read_once_and_in_order(chunks: list[list[str]], data: st.DataObject) -> None:
    """Every item of every page is read once and in order, or the iteration ends where the server leads back."""
    last = data.draw(st.none() | st.integers(1, len(chunks) - 1)) if len(chunks) > 1 else None
    tokens = [None, *(f"t{number}" for number in range(1, len(chunks)))]
    followers = [*tokens[1:], None if last is None else tokens[last]]
    listing = Listing(dict(zip(tokens, zip(chunks, followers, strict=True), strict=True)), is_async=False)
    read: list[str] = []
    try:
        read.extend(item.id for item in listing.first(list_sessions("prj_1")))
    except ResponseDecodeError:
        assert last is not None
    else:
        assert last is None
    assert read == [name for chunk in chunks for name in chunk]


def test_pages_are_of_the_public_kinds() -> None:
    """The pages that clients return are `Page` and `AsyncPage`."""
    page = Listing(THREE, is_async=False).first(list_sessions("prj_1"))
    assert isinstance(page, Page)
    assert isinstance(Listing(THREE, is_async=True).first(list_sessions("prj_1")), AsyncPage)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_error_has_the_items_read_and_the_next_token(is_async: bool, operation: Any) -> None:
    """An iteration that fails has the items that it read, and the token of the page that it could not read."""
    listing = Listing({None: (["a"], "t1"), "t1": (["b", "c"], "t2")}, is_async=is_async)
    listing.failing = "t2"
    page = listing.first(operation)
    with pytest.raises(ServerError) as raised:
        listing.ids(page)
    assert [item.id for item in raised.value.read] == ["a", "b", "c"]
    assert (raised.value.read_count, raised.value.paging_token) == (3, "t2")
    with pytest.raises(ServerError) as raised:
        listing.next(listing.next(page))
    assert [item.id for item in raised.value.read] == ["b", "c"]
    assert (raised.value.read_count, raised.value.paging_token) == (2, "t2")
    listing.failing = None
    listing.pages = {**listing.pages, "t2": (["d"], None)}
    assert listing.ids(listing.first(list_sessions("prj_1", paging_token="t2"))) == ["d"]


def test_long_list_takes_no_more_memory(is_async: bool) -> None:
    """An iteration keeps at most the last thousand items, and otherwise only those of the current page."""
    ids = [str(number) for number in range(3_000)]
    tokens: list[str | None] = [None, *(f"t{number}" for number in range(1, 31))]
    pages = {token: (ids[100 * number :][:100], tokens[number + 1]) for number, token in enumerate(tokens[:-1])}
    listing = Listing(pages, is_async=is_async)
    listing.failing = "t30"
    others = count_of_sessions()
    with pytest.raises(ServerError) as raised:
        listing.ids(listing.first(list_sessions("prj_1")))
    assert [item.id for item in raised.value.read] == ids[-1_000:]
    assert (raised.value.read_count, raised.value.paging_token) == (3_000, "t30")
    assert count_of_sessions() - others < 1_250


def count_of_sessions() -> int:
    """How many sessions there are in this process."""
    gc.collect()
    return sum(type(item) is Session for item in gc.get_objects())


def test_repeated_token_keeps_the_items_read(is_async: bool) -> None:
    """The error of a repeated token has the items that were read before it."""
    listing = Listing({None: (["a"], "t1"), "t1": (["b"], "t1")}, is_async=is_async)
    with pytest.raises(ResponseDecodeError) as raised:
        listing.ids(listing.first(list_sessions("prj_1")))
    assert [item.id for item in raised.value.read] == ["a", "b"]
    assert raised.value.paging_token == "t1"
