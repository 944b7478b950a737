"""A search that never ends: page tokens that are always new, with pages that are full or empty."""

from __future__ import annotations

import asyncio
import itertools
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    CreateSessionCommand,
    OutcomeUnknownError,
    ResponseDecodeError,
    SessionsClient,
)

from ..conftest import hurrying_clock
from ..server import FaultServer, Line

MIB = 1024 * 1024
MAX_MEBIBYTES = 12  # a page and its parts, not all pages
MAX_REQUESTS = 210
BODY = CreateSession(name="kit", project_id="prj_1", cluster_config="x", cloud_id="cld_1", user_service_access="public")
COMMAND = CreateSessionCommand(session_id="ses_1", shell_command="ls")
PADDING = "p" * 2_000  # 200 pages with 50 items are 40 MiB
LARGE_PAGES, LARGE_ITEMS = 5, 3700  # pages of 15 MiB
MAX_MEBIBYTES_OF_LARGE_PAGES = 50


def endless(items: int, large: int = 0) -> tuple[FaultServer, Callable[[], int]]:
    """A server that breaks every change off and whose lists never end, and how many pages it has sent.

    `large` is the number of pages of nearly the largest size, before those with `items`.
    """
    numbers = itertools.count()
    item = {"id": "ses_9", "name": "other", "project_id": "prj_1", "cluster_config": PADDING, "shell_command": PADDING}
    results = json.dumps([item] * items).encode()
    large_results = json.dumps([item] * LARGE_ITEMS).encode() if large else b""

    def script(line: Line) -> None:
        while received := line.receive():
            start = received.data.partition(b"\r\n")[0]
            if b"/search " not in start and not start.startswith(b"GET"):
                return
            number = next(numbers)
            content = large_results if number < large else results
            end = b', "metadata": {"total": 9, "next_paging_token": "t%d"}}' % number
            length = len(b'{"results": ') + len(content) + len(end)
            # In pieces, because the memory of the server is measured too.
            for piece in (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % length, b'{"results": ', content, end):
                line.send(piece)

    return FaultServer(script), lambda: next(numbers)


def error_of(kind: type[Any], url: str, call: Callable[[Any], Any], transport: str = "httpcore") -> Any:
    """The error of a call, by either client."""
    client = kind("sss_token", host=url, transport=transport)
    client.clock = hurrying_clock()
    if kind is SessionsClient:
        with client, pytest.raises(Exception) as raised:  # noqa: PT011 - which one, the tests say
            call(client)
        return raised.value

    async def awaited() -> None:
        async with client:
            await call(client)

    with pytest.raises(Exception) as raised:  # noqa: PT011 - as above
        asyncio.run(awaited())
    return raised.value


KINDS = pytest.mark.parametrize(
    ("kind", "transport"),
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    ids=["sync", "async", "aiohttp"],
)


@KINDS
@pytest.mark.parametrize("items", [0, 50], ids=["empty", "full"])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.create_session(BODY), CreateOutcomeUnknownError),
        (lambda client: client.create_session(BODY, unique_name=True), CreateOutcomeUnknownError),
        (lambda client: client.launch_session(BODY), CreateOutcomeUnknownError),
        (lambda client: client.ensure_session(BODY), ResponseDecodeError),
        (lambda client: client.ensure_running(BODY), ResponseDecodeError),
        (lambda client: client.create_session_command(COMMAND), OutcomeUnknownError),
    ],
    ids=[
        "create_session",
        "unique name",
        "launch_session",
        "ensure_session",
        "ensure_running",
        "create_session_command",
    ],
)
def test_endless_search_ends(
    kind: type[Any], transport: str, items: int, call: Callable[[Any], Any], error: type[Any]
) -> None:
    """A search that never ends is left after a bounded number of pages, in little memory, with a typed error."""
    fault_server, pages = endless(items)
    with fault_server.serving() as server:
        raised, peak = measured(lambda: error_of(kind, server.url, call, transport))
    assert type(raised) is error
    text = "".join((str(raised), *getattr(raised, "__notes__", ())))
    assert "the list does not end" in text
    assert pages() < MAX_REQUESTS
    assert peak < MAX_MEBIBYTES * MIB


def measured(do: Callable[[], Any]) -> tuple[Any, int]:
    """The result of something, and the most memory that it used at a time."""
    tracemalloc.start()
    try:
        return do(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@KINDS
def test_large_pages_of_a_search_are_not_kept(kind: type[Any], transport: str) -> None:
    """A search whose pages have nearly the largest size, and do not end, stays under 50 MiB."""
    fault_server, pages = endless(0, LARGE_PAGES)
    with fault_server.serving() as server:
        raised, peak = measured(
            lambda: error_of(kind, server.url, lambda client: client.create_session(BODY), transport)
        )
    assert type(raised) is CreateOutcomeUnknownError
    assert pages() > LARGE_PAGES
    assert peak < MAX_MEBIBYTES_OF_LARGE_PAGES * MIB


@KINDS
def test_a_repeated_search_ends_too(kind: type[Any], transport: str) -> None:
    """`reconcile` of an unknown outcome searches again, and leaves an endless search as well."""
    fault_server, pages = endless(50)
    with fault_server.serving() as server:
        error = error_of(kind, server.url, lambda client: client.create_session(BODY), transport)
        first = pages()
        again, peak = measured(lambda: error_of(kind, server.url, error.reconcile, transport))
    assert type(again) is CreateOutcomeUnknownError
    assert pages() < first + MAX_REQUESTS
    assert peak < MAX_MEBIBYTES * MIB
