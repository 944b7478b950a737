"""Connections that the server may be closing: what must not be sent again does not use them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, CreateSession, CreateSessionCommand, SessionsClient, api
from anyscale_sessions._transport import fresh
from anyscale_sessions._transport.request_defaults import KEEPALIVE_S

from ..faults import responses, whole
from ..server import FaultServer

GOOD = b'{"result": {"id": "ses_1", "name": "a", "project_id": "p", "session_id": "ses_1"}, "results": []}'
BODY = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")
NON_IDEMPOTENT = [
    api.create_session(BODY),
    api.start_session("ses_1"),
    api.terminate_session("ses_1"),
    api.create_session_command(CreateSessionCommand(session_id="ses_1", shell_command="true")),
    api.kill_session_command("ses_1"),
]
CLIENTS = pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])


def connections(kind: type[Any], operation: Any, *, by_proxy: bool = False) -> list[int]:
    """The connection of a read, of an operation right after it, and of a read after that, by their numbers."""
    with FaultServer(responses(whole(GOOD), end="keep")).serving() as server:
        options: dict[str, Any] = {"host": server.url, "max_attempts": 1}
        if by_proxy:
            options |= {"host": "http://sessions.invalid", "allow_http": True, "proxy": server.url}

        async def scenario() -> None:
            async with AsyncSessionsClient("t" * 10, **options) as client:
                for each in (api.get_session("ses_1"), operation, api.get_session("ses_1")):
                    await client.send(each)

        if kind is AsyncSessionsClient:
            asyncio.run(scenario())
        else:
            with SessionsClient("t" * 10, **options) as client:
                for each in (api.get_session("ses_1"), operation, api.get_session("ses_1")):
                    client.send(each)
        return [received.connection for received in server.received]


@CLIENTS
@pytest.mark.parametrize("by_proxy", [False, True], ids=["direct", "proxy"])
@pytest.mark.parametrize("operation", NON_IDEMPOTENT, ids=lambda operation: operation.id)
def test_idle_connection_is_for_reads_only(
    kind: type[Any], operation: Any, by_proxy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must not be sent again goes over a new connection if the kept one was idle for too long."""
    for module in ("sync", "aio"):
        monkeypatch.setattr(f"anyscale_sessions._transport.pool.{module}.MAX_IDLE_S", 0.0)
    first, second, _ = connections(kind, operation, by_proxy=by_proxy)
    assert second != first


@CLIENTS
def test_connection_that_was_just_used_is_used_again(kind: type[Any]) -> None:
    """A connection that was in use less than a second ago is good for every request."""
    assert connections(kind, NON_IDEMPOTENT[0]) == [1, 1, 1]


@pytest.mark.parametrize(("idle_s", "numbers"), [(0.0, [1, 2, 3]), (60.0, [1, 2, 2])], ids=["idle", "just used"])
@pytest.mark.parametrize("operation", NON_IDEMPOTENT, ids=lambda operation: operation.id)
def test_aiohttp_keeps_connections_for_what_must_not_be_sent_again(
    operation: Any, idle_s: float, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over aiohttp, too, what must not be sent again uses a new connection, or one that was just in use."""
    monkeypatch.setattr("anyscale_sessions._transport.aiohttp.transport.MAX_IDLE_S", idle_s)
    with FaultServer(responses(whole(GOOD), end="keep")).serving() as server:

        async def scenario() -> None:
            async with AsyncSessionsClient("t" * 10, host=server.url, max_attempts=1, transport="aiohttp") as client:
                for each in (api.get_session("ses_1"), operation, operation):
                    await client.send(each)

        asyncio.run(scenario())
        assert [received.connection for received in server.received] == numbers


def test_limits() -> None:
    """Kept connections end before the usual 5 s, and count as open for one second."""
    assert (fresh.MAX_IDLE_S, KEEPALIVE_S) == (1.0, 4.0)
