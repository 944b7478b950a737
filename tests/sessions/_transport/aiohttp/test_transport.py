"""Over aiohttp: its sessions, what it may add to a request, and what it does after a fork."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from typing import Any

import pytest

from anyscale_sessions import APITimeoutError, AsyncSessionsClient, InvalidRequestError, SessionsError
from anyscale_sessions._transport.aiohttp import transport as module

from ...conftest import TOKEN, Face, Scripted
from ..conftest import GOOD, HEAD, Make

over_aiohttp = pytest.mark.parametrize("face", [(AsyncSessionsClient, "aiohttp")], indirect=True, ids=["aiohttp"])


def transport_of(face: Face) -> Any:
    """The transport of a client that was used."""
    (transport,) = face.client._connections._transports.values()
    return transport._transport


@over_aiohttp
def test_path_and_query_are_sent_unchanged(face: Make, scripted: Scripted) -> None:
    """Nothing in the path or the query is escaped twice."""
    scripted.json({"results": []})
    face(scripted.url).list_sessions("prj_1", paging_token="a b/c&d%'é")
    assert scripted.asked[0].line.split()[1].endswith("paging_token=a+b%2Fc%26d%25%27%C3%A9")


@over_aiohttp
def test_headers_of_a_step_are_sent(face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The headers of a traced call are sent, and the length of a POST request without a body is 0."""
    scripted.json({"result": {"id": "scd_1"}})
    client = face(scripted.url)
    context = client.client._context
    monkeypatch.setattr(client.client, "_context", lambda *given: _with_header(context(*given)), raising=True)
    client.kill_session_command("scd_1")
    assert scripted.asked[0].headers["content-length"] == "0"
    assert scripted.asked[0].headers["traceparent"] == "00-1-1-01"


def _with_header(context: Any) -> Any:
    from msgspec.structs import replace

    return replace(context, headers=((b"traceparent", b"00-1-1-01"),))


@over_aiohttp
def test_cookies_are_not_parsed(face: Make, scripted: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    """A malformed cookie is neither kept nor logged."""
    caplog.set_level(logging.DEBUG)
    scripted.json(GOOD, set_cookie="bad name=hush; Path=/")
    scripted.json(GOOD)
    client = face(scripted.url)
    client.get_session("ses_1")
    client.get_session("ses_1")
    assert "hush" not in caplog.text
    assert scripted.asked[1].headers["cookie"] == f"cli_token={TOKEN}"


@over_aiohttp
def test_requests_that_must_not_be_repeated_have_connections_of_their_own(
    face: Make, scripted: Scripted, session_body: Any
) -> None:
    """A create request goes over no connection that was kept for reads, and its own are kept for a second only."""
    scripted.json(GOOD)
    scripted.json(GOOD)
    client = face(scripted.url)
    client.get_session("ses_1")
    client.create_session(session_body)
    assert scripted.connections == 2
    assert transport_of(client)._non_idempotent.connector._keepalive_timeout == module.MAX_IDLE_S


@over_aiohttp
def test_a_proxy_sees_its_password_and_no_token(face: Make, scripted: Scripted) -> None:
    """The request for a tunnel has the password for the proxy, and neither the token nor any header of ours."""
    scripted.response(b"", 403)
    proxy = scripted.url.replace("http://", "http://us%40er:pass@")
    with pytest.raises(SessionsError):
        face("https://sessions.invalid", proxy=proxy, max_attempts=1).get_session("ses_1")
    headers = scripted.asked[0].headers
    assert headers["proxy-authorization"] == "Basic dXNAZXI6cGFzcw=="
    assert TOKEN not in str(headers)
    assert not any(name.startswith("x-anyscale") for name in headers)


@over_aiohttp
def test_a_proxy_that_speaks_socks_is_refused(face: Make) -> None:
    """A proxy that speaks SOCKS is refused with the first call, as aiohttp does not speak it."""
    client = face("https://sessions.invalid", proxy="socks5://us:er@127.0.0.1:1")
    with pytest.raises(InvalidRequestError, match="does not speak SOCKS") as raised:
        client.get_session("ses_1")
    assert raised.value.problems[0].field == "proxy"


@over_aiohttp
def test_after_a_fork_the_sessions_are_dropped(face: Make, scripted: Scripted) -> None:
    """A forked process drops the sessions without closing their sockets, and without a word about it."""
    scripted.json(GOOD)
    client = face(scripted.url)
    client.get_session("ses_1")
    transport = transport_of(client)
    connector = transport._session.connector
    transport.after_fork()
    assert transport._session.closed
    assert not connector.closed
    client.done(connector.close())


def test_an_unclosed_transport_is_warned_of(scripted: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    """A transport that is dropped without being closed leaves a ResourceWarning, and nothing in the log."""
    scripted.json(GOOD)

    async def get() -> None:
        await AsyncSessionsClient(TOKEN, host=scripted.url, transport="aiohttp").get_session("ses_1")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(get())
        gc.collect()
    assert any("unclosed AiohttpTransport" in str(each.message) for each in caught)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_call_waits_for_a_free_connection(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that gets no connection in time was not sent, and the others are."""
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 1)
    scripted.raw(HEAD + b"content-length: 27\r\n\r\n", b'{"result": {"id": "ses_1"}}', pause_s=0.3)

    async def scenario() -> None:
        async with AsyncSessionsClient(TOKEN, host=scripted.url, max_attempts=1, transport="aiohttp") as client:
            first = asyncio.create_task(client.get_session("ses_1"))
            await asyncio.to_thread(scripted.came.wait, 5.0)
            with pytest.raises(APITimeoutError, match="no connection in time"):
                await client.with_options(deadline=0.1).get_session("ses_1")
            assert (await first).id == "ses_1"

    asyncio.run(scenario())
    assert len(scripted.asked) == 1
