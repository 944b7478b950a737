"""A proxy that fails: errors of ours in time, nothing sent twice that may have left, and no connection left over."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    RateLimitError,
    Session,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions._transport.pool.sync import MAX_CONNECTIONS

from .conftest import hurrying_clock, open_sockets, shown
from .faults import GOOD, cuts, drips, echoes, responses, says_at_once, whole
from .server import FaultServer, Line, Script

CANARY = "canary"
TOKEN = f"sss_{CANARY}"
STALLED = {"timeout": 0.15, "connect_timeout": 0.15, "deadline": 0.3}
PATIENT = {"timeout": 10.0, "connect_timeout": 10.0, "deadline": 20.0}
GRACE_S = 5.0
MAX_ATTEMPTS = 2
HOST = "sessions.invalid"  # which the certificate of kind "other name" is for
BODY = CreateSession(name="nightly", project_id="prj_1", uses_app_config=True, build_id="b", compute_template_id="c")
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Fault(NamedTuple):
    """What a proxy does, and what a create request comes to by it.

    Attributes:
        script: what it does with a connection, or what the server does beyond the tunnel.
        ends: how the create ends.
        sent: how many creates reach the server or, where the proxy sees them, the proxy.
        tls: the kind of certificate that the server beyond the tunnel shows; no tunnel comes about where there is none.
    """

    script: Script
    ends: type[Any]
    sent: int
    tls: str | None = None


GOOD_RESPONSES = responses(whole(GOOD), end="keep")


def forwarding() -> Iterator[tuple[str, Fault]]:
    """What a proxy does that passes requests on, as it does for http."""
    yield "passes on", Fault(GOOD_RESPONSES, Session, 1)
    yield "407", Fault(echoes(b"407 Proxy Authentication Required", b"Proxy-Authenticate: Basic"), APIStatusError, 1)
    yield "403", Fault(echoes(b"403 COOKIE"), APIStatusError, 1)
    yield "502", Fault(echoes(b"502 COOKIE"), CreateOutcomeUnknownError, 1)
    yield "504", Fault(echoes(b"504 No"), CreateOutcomeUnknownError, 1)
    yield "503, to come back later", Fault(echoes(b"503 No", b"Retry-After: 0"), CreateOutcomeUnknownError, 1)
    yield "429", Fault(echoes(b"429 No", b"Retry-After: 0"), RateLimitError, MAX_ATTEMPTS)
    for end in ("close", "reset", "stall"):
        yield f"{end} within the headers", Fault(cuts(60, end), CreateOutcomeUnknownError, 1)
        yield f"{end} after the request", Fault(responses(end=end), CreateOutcomeUnknownError, 1)


def breaks_handshake(end: str) -> Script:
    """Open a tunnel, and end it when TLS has begun in it."""

    def script(line: Line) -> None:
        if line.receive() is not None:
            line.send(ESTABLISHED)
            cuts(1, end)(line)

    return script


def refusing() -> Iterator[tuple[str, Fault]]:
    """What a proxy does that opens no tunnel, as it should for https: then nothing has left, whatever it was."""
    for status in (b"302 COOKIE", b"403 No", b"407 Proxy Authentication Required", b"502 No", b"503 No", b"999 No"):
        response = whole(b"<html>", status, b"Proxy-Authenticate: Basic", b"Location: http://elsewhere.invalid/")
        yield status.decode(), Fault(responses(response, end="keep"), APIConnectionError, 0)
    for end in ("close", "reset"):
        yield f"{end} at the first byte", Fault(cuts(1, end), APIConnectionError, 0)
        yield f"{end} after CONNECT", Fault(responses(end=end), APIConnectionError, 0)
        yield f"{end} within the response", Fault(responses(ESTABLISHED[:20], end=end), APIConnectionError, 0)
        yield f"{end} of the tunnel", Fault(breaks_handshake(end), APIConnectionError, 0)
    yield "no HTTP", Fault(says_at_once(b"SSH-2.0-OpenSSH_9.9\r\n"), APIConnectionError, 0)
    yield "no TLS", Fault(responses(ESTABLISHED + b"HTTP/1.1 400 Bad Request\r\n\r\n"), APIConnectionError, 0)
    yield "stall at the first byte", Fault(cuts(1, "stall"), APITimeoutError, 0)
    yield "stall after CONNECT", Fault(responses(end="stall"), APITimeoutError, 0)
    yield "stall of the tunnel", Fault(responses(ESTABLISHED, end="stall"), APITimeoutError, 0)
    yield "drip", Fault(drips(ESTABLISHED + b"x" * 999), APITimeoutError, 0)
    yield "drip of headers", Fault(drips(ESTABLISHED[:-2] + b"x: " + b"x" * 9999), APITimeoutError, 0)
    yield "untrusted server", Fault(GOOD_RESPONSES, APIConnectionError, 0, tls="untrusted")
    yield "another server", Fault(GOOD_RESPONSES, APIConnectionError, 0, tls="good")


def tunnelling() -> Iterator[tuple[str, Fault]]:
    """What happens beyond a tunnel, which is what happens without one."""
    yield "good", Fault(GOOD_RESPONSES, Session, 1, tls="other name")
    yield "403", Fault(echoes(b"403 COOKIE"), APIStatusError, 1, tls="other name")
    yield "407", Fault(echoes(b"407 COOKIE"), APIStatusError, 1, tls="other name")
    for end in ("close", "reset", "stall"):
        yield f"{end} within the headers", Fault(cuts(60, end), CreateOutcomeUnknownError, 1, tls="other name")
        yield f"{end} after the request", Fault(responses(end=end), CreateOutcomeUnknownError, 1, tls="other name")


FAULTS = {
    **{f"http, {name}": fault for name, fault in forwarding()},
    **{f"https, {name}": fault for name, fault in itertools.chain(refusing(), tunnelling())},
}

# With those it is seen that a proxy over TLS is the same.
TLS = [
    *(f"http, {name}" for name in ("passes on", "407", "reset after the request")),
    *(f"https, {name}" for name in ("good", "403 No", "no TLS", "stall after CONNECT", "untrusted server")),
]


def tunnel_to(port: int) -> Script:
    """Open a tunnel to a port of this machine, whatever the client has asked for, and pass on what goes through it."""

    def script(line: Line) -> None:
        if line.receive() is None:
            return
        line.send(ESTABLISHED)
        with socket.create_connection(("127.0.0.1", port)) as there:
            other_end = {line.socket: there, there: line.socket}
            while True:
                is_read = isinstance(line.socket, ssl.SSLSocket) and line.socket.pending()
                for source in [line.socket] if is_read else select.select([*other_end], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    other_end[source].sendall(data)

    return script


@contextmanager
def serving(
    fault: Fault, certificates: dict[str, ssl.SSLContext], proxy_tls: str | None = None
) -> Iterator[tuple[FaultServer, FaultServer]]:
    """A proxy, and the server that requests come to: one beyond its tunnel, or itself."""
    with ExitStack() as stack:
        script = fault.script
        if fault.tls:
            server = stack.enter_context(FaultServer(fault.script, certificates[fault.tls]).serving())
            script = tunnel_to(server.port)
        proxy = FaultServer(script, certificates[proxy_tls] if proxy_tls else None)
        stack.enter_context(proxy.serving())
        yield proxy, server if fault.tls else proxy


Call = Callable[..., Any]


@pytest.fixture(
    params=[(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    ids=["sync", "async", "aiohttp"],
)
def made(request: pytest.FixtureRequest, ca_file: Path) -> Iterator[Callable[..., Call]]:
    """Makes a client behind a proxy, of either kind in turn, as a function that performs one of its operations."""
    with asyncio.Runner() as runner:
        clients: list[Any] = []

        def make(scheme: str, proxy: str, **options: Any) -> Call:
            kind, transport = request.param
            client = kind(
                TOKEN,
                transport=transport,
                host=f"{scheme}://{HOST}",
                proxy=proxy.replace("://", f"://{CANARY}:{CANARY}@"),
                allow_http=True,
                ca_file=str(ca_file),
                **{"max_attempts": MAX_ATTEMPTS, **options},
            )
            client.clock = hurrying_clock()
            clients.append(client)

            async def awaited(result: Any) -> Any:
                return await result

            def call(name: str, *arguments: Any) -> Any:
                result = getattr(client, name)(*arguments)
                return result if isinstance(client, SessionsClient) else runner.run(awaited(result))

            call.runner = runner  # type: ignore[attr-defined]
            return call

        yield make
        for client in clients:
            if isinstance(client, SessionsClient):
                client.close()
            else:
                runner.run(client.aclose())


async def sockets_left_in_loop(before: int) -> int:
    """How many sockets are more than before, once asyncio has had the time to end TLS over aiohttp."""
    ends_at = time.monotonic() + GRACE_S
    while (left := open_sockets() - before) and time.monotonic() < ends_at:  # noqa: ASYNC110 - a closed socket is not announced
        await asyncio.sleep(0.005)
    return left


@pytest.mark.parametrize(("name", "proxy_tls"), [*((name, None) for name in FAULTS), *((name, "good") for name in TLS)])
def test_fault_of_a_proxy(
    name: str,
    proxy_tls: str | None,
    made: Callable[..., Call],
    certificates: dict[str, ssl.SSLContext],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A create ends in time as its class of outcome says: repeated where it never left, else sent once.

    No secret is in its error or in a log, and no connection is left open that has failed.
    """
    caplog.set_level(logging.DEBUG)
    fault = FAULTS[name]
    scheme = name.partition(",")[0]
    limits = STALLED if "stall" in name or "drip" in name else PATIENT
    gc.collect()
    before = open_sockets()
    with serving(fault, certificates, proxy_tls) as (proxy, server):
        call = made(scheme, proxy.url, **limits)
        began = time.monotonic()
        try:
            result = call("create_session", BODY)
        except SessionsError as error:
            result = error
        seconds = time.monotonic() - began
    sent = sum("/v0/sessions/ HTTP" in received.line for received in server.received)
    is_too_slow = limits is STALLED and not sent  # on a machine that is busy, no tunnel may come about in time
    assert isinstance(result, APITimeoutError if is_too_slow else fault.ends), result
    assert is_too_slow or sent == fault.sent
    assert seconds < limits["deadline"] + GRACE_S
    assert not any(CANARY in text for text in shown(result if isinstance(result, SessionsError) else None))
    assert CANARY not in caplog.text
    if issubclass(fault.ends, APIConnectionError | APITimeoutError):
        is_for_good = fault.tls is not None
        assert limits is STALLED or proxy.connections == result.attempts == (1 if is_for_good else MAX_ATTEMPTS)
        assert call.runner.run(sockets_left_in_loop(before)) == 0


@pytest.mark.parametrize(
    "name", ["https, no TLS", "https, untrusted server", "https, 403 No", "https, reset after CONNECT"]
)
def test_failures_use_nothing_up(name: str, made: Callable[..., Call], certificates: dict[str, ssl.SSLContext]) -> None:
    """However many tunnels have failed, there is room for the next."""
    calls = [0]
    with serving(FAULTS[name], certificates) as (proxy, _), serving(FAULTS["https, good"], certificates) as (good, _):
        failing, working = proxy.script, good.script

        def script(line: Line) -> None:
            (failing if calls[0] <= MAX_CONNECTIONS else working)(line)

        proxy.script = script
        call = made("https", proxy.url, **PATIENT, max_attempts=1)
        for _ in range(MAX_CONNECTIONS + 1):
            with pytest.raises(APIConnectionError):
                call("get_session", "ses_1")
            calls[0] += 1
        assert call("get_session", "ses_1").id == "ses_1"
