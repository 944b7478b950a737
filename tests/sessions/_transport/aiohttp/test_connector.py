"""Kept connections of aiohttp: nothing that arrived unasked answers a request, and none is sent twice."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from anyscale_sessions import APIConnectionError, AsyncSessionsClient

from ...conftest import TOKEN, Scripted

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
FIRST = HEAD + b'content-length: 27\r\n\r\n{"result": {"id": "ses_1"}}'
OTHER = FIRST.replace(b"ses_1", b"ses_X")


def ids(server: Scripted, pause: Any, ca_file: Any, calls: int = 2) -> list[str]:
    """The ids that calls receive one after the other, with a pause between them."""

    async def scenario() -> list[str]:
        options: dict[str, Any] = {"ca_file": str(ca_file), "transport": "aiohttp"}
        async with AsyncSessionsClient(TOKEN, host=server.url, **options) as client:
            found = []
            for _ in range(calls):
                found.append((await client.get_session_for_job("job_1")).id)
                await pause()
        return found

    return asyncio.run(scenario())


async def blocking() -> None:
    """Give the server time, but the event loop none."""
    time.sleep(0.05)  # noqa: ASYNC251 - the loop must not run


async def running() -> None:
    """Give the event loop time to receive."""
    await asyncio.sleep(0.05)


@pytest.mark.parametrize("pause", [blocking, running])
@pytest.mark.parametrize("is_https", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("pieces", [(FIRST + OTHER,), (FIRST, OTHER)], ids=["one piece", "two pieces"])
def test_a_response_that_nobody_asked_for_answers_nothing(
    scripted: Scripted, scripted_tls: Scripted, ca_file: Any, pieces: Any, is_https: bool, pause: Any
) -> None:
    """A second response to one request, in the same piece or later, is not taken for the next response."""
    server = scripted_tls if is_https else scripted
    server.raw(*pieces, pause_s=0.01)
    server.raw(FIRST)
    assert ids(server, pause, ca_file) == ["ses_1", "ses_1"]
    assert server.connections == 2


def test_a_clean_connection_is_used_again(scripted: Scripted, ca_file: Any) -> None:
    """A connection on which nothing arrived since its last response is used again."""
    for _ in range(3):
        scripted.raw(FIRST)
    assert ids(scripted, running, ca_file, calls=3) == ["ses_1"] * 3
    assert scripted.connections == 1


def test_aiohttp_does_not_retry_by_itself(scripted: Scripted) -> None:
    """A read that breaks on a kept connection is sent once per attempt, and no other connection is opened for it."""
    scripted.raw(FIRST)
    scripted.raw(end="close")

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1, transport="aiohttp") as client:
            await client.get_session("ses_1")
            with pytest.raises(APIConnectionError, match="broke"):
                await client.get_session("ses_1")

    asyncio.run(scenario())
    assert (len(scripted.asked), scripted.connections) == (2, 1)
