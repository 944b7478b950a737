"""What only the asynchronous client does; the rest is tested for both clients in test_sync.py."""

from __future__ import annotations

import asyncio

import pytest

from anyscale_sessions import AsyncSessionsClient
from anyscale_sessions_sandbox import Sandbox

from ..conftest import TOKEN


def test_context_manager_closes(sandbox: Sandbox) -> None:
    """An `async with` statement returns the client itself and closes its connections."""

    async def scenario() -> None:
        async with AsyncSessionsClient(sandbox.token, host=sandbox.url) as client:
            assert isinstance(client, AsyncSessionsClient)
            assert (await client.list_sessions("prj_1")).results == []
            assert client._connections._transports
        assert client._connections._transports == {}

    asyncio.run(scenario())


def test_closing_without_connections_does_nothing() -> None:
    """A client that made no call can be closed."""
    client = AsyncSessionsClient(TOKEN, host="http://127.0.0.1:1")
    asyncio.run(client.aclose())
    assert client._connections._transports == {}


def test_call_needs_an_event_loop() -> None:
    """A call outside of an event loop raises Python's own error."""
    client = AsyncSessionsClient(TOKEN, host="http://127.0.0.1:1")
    with pytest.raises(RuntimeError):  # with the text of asyncio or of trio
        client.get_session("ses_1").send(None)
