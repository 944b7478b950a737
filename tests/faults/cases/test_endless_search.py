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

MAX_MEBIBYTES = 12  # a page and its parts, not all pages
MAX_REQUESTS = 210
BODY = CreateSession(name="kit", project_id="prj_1", cluster_config="x", cloud_id="cld_1", user_service_access="public")
COMMAND = CreateSessionCommand(session_id="ses_1", shell_command="ls")
PADDING = "p" * 20_000


def endless(items: int) -> tuple[FaultServer, Callable[[], int]]:
    """A server that breaks every change off and whose lists never end, and how many pages it has sent."""
    numbers = itertools.count()
    item = {"id": "ses_9", "name": "other", "project_id": "prj_1", "cluster_config": PADDING, "shell_command": PADDING}
    results = json.dumps([item] * items).encode()

    def script(line: Line) -> None:
        while received := line.receive():
            start = received.data.partition(b"\r\n")[0]
            if b"/search " not in start and not start.startswith(b"GET"):
                return
            data = b'{"results": %s, "metadata": {"total": 9, "next_paging_token": "t%d"}}' % (results, next(numbers))
            line.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(data), data))

    return FaultServer(script), lambda: next(numbers)


def error_of(kind: type[Any], url: str, call: Callable[[Any], Any]) -> Any:
    """The error of a call, by either client."""
    client = kind("sss_token", host=url)
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


@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient], ids=["sync", "async"])
@pytest.mark.parametrize("items", [0, 50], ids=["empty", "full"])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.create_session(BODY), CreateOutcomeUnknownError),
        (lambda client: client.ensure_session(BODY), ResponseDecodeError),
        (lambda client: client.create_session_command(COMMAND), OutcomeUnknownError),
    ],
    ids=["create_session", "ensure_session", "create_session_command"],
)
def test_endless_search_ends(kind: type[Any], items: int, call: Callable[[Any], Any], error: type[Any]) -> None:
    """A search that never ends is left after a bounded number of pages, in little memory, with a typed error."""
    fault_server, pages = endless(items)
    with fault_server.serving() as server:
        tracemalloc.start()
        try:
            raised = error_of(kind, server.url, call)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert type(raised) is error
    text = "".join((str(raised), *getattr(raised, "__notes__", ())))
    assert "the list does not end" in text
    assert pages() < MAX_REQUESTS
    assert peak < MAX_MEBIBYTES * 1024 * 1024
