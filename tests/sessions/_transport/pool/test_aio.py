"""The pool of the asynchronous client."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import anyio
import pytest
from msgspec.structs import replace

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
    AsyncSessionsClient,
)
from anyscale_sessions._transport.pool import aio
from anyscale_sessions._transport.pool.aio_backend import _RecordedStream

from ...conftest import TOKEN, Scripted
from ..conftest import GOOD, HEAD


@pytest.mark.default_transport
def test_task_that_finds_no_free_connection(
    scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for tasks that share an asynchronous client."""
    monkeypatch.setattr(aio, "MAX_CONNECTIONS", 1)
    scripted.raw(HEAD + b"content-length: 27\r\n\r\n", b"", pause_s=60.0)

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
            first = asyncio.create_task(client.get_session("ses_1"))
            await asyncio.to_thread(scripted.came.wait, 5.0)
            client._limits = replace(client._limits, deadline_s=0.1)
            with pytest.raises(APITimeoutError):
                await client.create_session(session_body)
            first.cancel()

    asyncio.run(scenario())
    assert len(scripted.asked) == 1


def test_asynchronous_client_outlives_its_loop(scripted: Scripted) -> None:
    """One asynchronous client works in one event loop after the other, with connections of each loop's own."""
    client = AsyncSessionsClient(TOKEN, host=scripted.url)

    async def get_and_close() -> str:
        async with client:
            return (await client.get_session("ses_1")).id

    async def get_only() -> str:
        return (await client.get_session("ses_1")).id

    for _ in range(3):
        scripted.json(GOOD)
    assert asyncio.run(get_and_close()) == "ses_1"
    with asyncio.Runner() as first, asyncio.Runner() as second:
        assert first.run(get_only()) == "ses_1"
        assert second.run(get_only()) == "ses_1"
        assert scripted.connections == 3
        first.run(client.aclose())
        second.run(client.aclose())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_connections_of_a_dead_loop_are_forgotten(scripted: Scripted) -> None:
    """A client that was not closed in its first loop works in the next one, and keeps nothing of the first."""
    client = AsyncSessionsClient(TOKEN, host=scripted.url)

    async def get(*, close: bool) -> str:
        session = await client.get_session("ses_1")
        if close:
            await client.aclose()
        return session.id

    scripted.json(GOOD)
    scripted.json(GOOD)
    assert asyncio.run(get(close=False)) == "ses_1"
    assert asyncio.run(get(close=True)) == "ses_1"
    gc.collect()  # Python tells of the connections that the first loop left open: here, and in no other test


class Stuck:
    """A connection that fails to close."""

    def has_expired(self) -> bool:
        """Be too old."""
        return True

    kept_at = 0.0

    async def aclose(self) -> None:
        """Fail."""
        raise OSError


@pytest.mark.default_transport
def test_connection_that_cannot_be_closed_takes_no_place(scripted: Scripted) -> None:
    """A call that meets a connection which fails to close is not sent, and the slot of the connection is free again."""

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
            connections = client._connections.transport(asyncio.get_running_loop())._transport._connections
            connections._free.append(Stuck())
            with pytest.raises(APIConnectionError):
                await client.get_session("ses_1")
            assert connections._slots.value == aio.MAX_CONNECTIONS
            scripted.json(GOOD)
            assert (await client.get_session("ses_1")).id == "ses_1"

    asyncio.run(scenario())


@pytest.mark.default_transport
def test_attempt_that_goes_on_after_its_deadline(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt whose time has passed is a timeout, although its deadline is moved before the cancellation arrives."""

    async def read(stream: Any, *_: Any, **__: Any) -> bytes:
        scope = stream._backend.scope
        scope.limit(0.0)
        try:
            await anyio.sleep_forever()
        finally:
            scope.limit(30.0)
        return b""

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
            monkeypatch.setattr(_RecordedStream, "read", read)
            with pytest.raises(APITimeoutError):
                await client.get_session("ses_1")
            monkeypatch.undo()
            scripted.json(GOOD)
            assert (await client.get_session("ses_1")).id == "ses_1"

    asyncio.run(scenario())


@pytest.mark.default_transport
def test_surplus_connection_is_closed(scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A free connection that a call may not use is closed if the new one would be one too many."""
    monkeypatch.setattr(aio, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(aio, "MAX_IDLE_S", 0.0)
    created = {"id": "ses_1", "name": session_body.name, "project_id": session_body.project_id}
    scripted.json(GOOD)
    scripted.json({"result": created})

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url) as client:
            await client.get_session("ses_1")
            transport: Any = client._connections.transport(asyncio.get_running_loop())
            connections = transport._transport._connections
            (first,) = connections._free
            await client.create_session(session_body)
            (second,) = connections._free
            assert second is not first

    asyncio.run(scenario())
