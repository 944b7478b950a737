"""Pages and lists that were not read yet."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable

import pytest

from anyscale_sessions import (
    AsyncPage,
    AsyncPager,
    AsyncSessionsClient,
    CreateSession,
    InvalidRequestError,
    SessionsClient,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox

from ..conftest import Face, Scripted

Make = Callable[..., Face]


def asked(scripted: Scripted) -> list[str]:
    """The methods and paths that were requested."""
    return [each.line.removesuffix(" HTTP/1.1").replace("/v0/", "/") for each in scripted.asked]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


def test_async_list_is_awaited_or_iterated(sandbox: Sandbox, session_body: CreateSession) -> None:
    """An asynchronous list gives its first page when awaited, and all items when iterated, also more than once."""

    async def use() -> None:
        async with AsyncSessionsClient(sandbox.token, host=sandbox.url) as client:
            for _ in range(3):
                await client.create_session(session_body)
            pager = client.list_sessions("prj_1", count=2)
            assert isinstance(pager, AsyncPager)
            assert "list_sessions" in repr(pager)
            page = await pager
            assert isinstance(page, AsyncPage)
            assert repr(page) == "<AsyncPage: 2 items, more follow>"
            last = await page.next_page()
            assert repr(last) == "<AsyncPage: 1 item, the last page>"
            with pytest.raises(RuntimeError, match="already awaited"):
                await pager
            for _ in range(2):
                assert len([each async for each in pager]) == 3
            lists = (client.list_sessions("prj_1"), client.search_sessions("prj_1"))
            assert [len(each.results) for each in await asyncio.gather(*lists)] == [3, 3]
            with pytest.raises(InvalidRequestError):
                await client.list_sessions("a\n")

    asyncio.run(use())


def test_unused_async_list_sends_nothing(scripted: Scripted) -> None:
    """An asynchronous list that is not used sends nothing and warns of nothing."""

    async def use() -> None:
        async with AsyncSessionsClient("sss_token", host=scripted.url) as client:
            client.list_sessions("prj_1")
            client.search_sessions("prj_1", {"name": {"equals": "x"}})
            gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(use())
    assert scripted.asked == []


def test_pages_show_how_many_items_they_have(sandbox: Sandbox, session_body: CreateSession) -> None:
    """The repr of a page shows how many items it has and whether more follow, and none of them."""
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        for _ in range(3):
            client.create_session(session_body)
        page = client.list_sessions("prj_1", count=2)
        assert repr(page) == "<Page: 2 items, more follow>"
        assert repr(page.next_page()) == "<Page: 1 item, the last page>"
