"""Requests to a service and its responses: everything passes as it arrives, and failures have a status."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import struct
import threading
from typing import Any
from unittest.mock import Mock

import h11
import pytest

from anyscale_sessions_sandbox.proxy.peer import Peer

from .conftest import PATIENCE_S, SERVICE, Exchange, Proxied, until_seen

BEARER = f"Authorization: Bearer {SERVICE}"
MIB = 1024 * 1024
WEBSOCKET = ("Connection: Upgrade", "Upgrade: websocket")


def responding(data: bytes, *, ends: bool = True) -> Any:
    """The behaviour of a service that reads a request and sends these bytes."""

    def respond(exchange: Exchange) -> None:
        exchange.read_all()
        exchange.wire.sendall(data)
        if ends:
            exchange.wire.shutdown(socket.SHUT_WR)

    return respond


def echo_upgrade(exchange: Exchange) -> None:
    """Switch to another protocol, send a greeting with the same bytes, and return what arrives."""
    exchange.read_all()
    exchange.wire.sendall(b"HTTP/1.1 101 Ok\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello")
    while data := exchange.wire.recv(65536):
        exchange.wire.sendall(data.upper())


class TestStreams:
    """Bodies pass in both directions as they arrive."""

    def test_events_arrive_one_by_one(self, proxied: Proxied) -> None:
        """Each server-sent event reaches the client before the service sends the next one."""
        turns = [threading.Event() for _ in range(3)]

        def behave(exchange: Exchange) -> None:
            exchange.begin(("Content-Type", "text/event-stream"))
            for number, turn in enumerate(turns):
                exchange.send(h11.Data(b"data: %d\n\n" % number))
                assert turn.wait(PATIENCE_S)
            exchange.send(h11.EndOfMessage())

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("GET /", BEARER)
            assert wire.head()[0] == 200
            for number, turn in enumerate(turns):
                assert wire.chunk() == b"data: %d\n\n" % number
                turn.set()
            assert wire.chunk() == b""

    def test_a_body_arrives_part_by_part(self, proxied: Proxied) -> None:
        """Each part of an upload reaches the service before the client sends the next one."""
        parts: list[bytes] = []
        arrived = threading.Semaphore(0)

        def behave(exchange: Exchange) -> None:
            while part := exchange.read():
                parts.append(part)
                arrived.release()
            exchange.answer()

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, "Transfer-Encoding: chunked")
            for number in range(3):
                wire.send(b"1\r\n%d\r\n" % number)
                assert arrived.acquire(timeout=PATIENCE_S)
            wire.send(b"0\r\n\r\n")
            assert wire.response().status == 200
        assert parts == [b"0", b"1", b"2"]

    def test_20_mib_pass_unchanged_in_both_directions(self, proxied: Proxied) -> None:
        """A body of 20 MiB returns from the service unchanged, in chunks that the service sends while it reads."""

        def behave(exchange: Exchange) -> None:
            exchange.begin()
            while part := exchange.read():
                exchange.send(h11.Data(part))
            exchange.send(h11.EndOfMessage())

        proxied.service.behave = behave
        block = bytes(range(256)) * (MIB // 256)
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, f"Content-Length: {20 * MIB}")
            sender = threading.Thread(target=lambda: [wire.send(block) for _ in range(20)])
            sender.start()
            received = hashlib.sha256(wire.response().body).digest()
            sender.join()
        assert received == hashlib.sha256(block * 20).digest()

    @pytest.mark.parametrize("status", [204, 304])
    def test_a_response_without_a_body_ends_at_once(self, proxied: Proxied, status: int) -> None:
        """A response whose status allows no body is complete without one, and the connection is kept."""
        proxied.service.behave = lambda exchange: exchange.wire.sendall(b"HTTP/1.1 %d X\r\n\r\n" % status)
        with proxied.wire() as wire:
            wire.request("GET /", BEARER)
            response = wire.response()
            assert (response.status, response.body, "transfer-encoding" in response.headers) == (status, b"", False)
            wire.request("GET /?token=wrong")
            assert wire.response().status == 403

    def test_a_response_to_head_has_the_length_only(self, proxied: Proxied) -> None:
        """A response to HEAD has the length of the body that it does not have, and the connection is kept."""
        proxied.service.behave = lambda exchange: exchange.wire.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n")
        with proxied.wire() as wire:
            for _ in range(2):
                wire.request("HEAD /", BEARER)
                assert wire.head() == (200, {"content-length": "5"})

    def test_a_response_that_ends_with_the_connection_is_complete(self, proxied: Proxied) -> None:
        """The body of a response without a length reaches the client in chunks, with an end."""
        proxied.service.behave = responding(b"HTTP/1.0 200 X\r\n\r\nall")
        assert proxied.ask().body == b"all"

    def test_interim_responses_are_passed_on(self, proxied: Proxied) -> None:
        """A client of HTTP/1.1 receives responses such as 103 before the last one, and an older client does not."""
        proxied.service.behave = responding(
            b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n"
        )
        with proxied.wire() as wire:
            wire.request("GET /", BEARER)
            assert wire.head() == (103, {"link": "</a>"})
            assert wire.response().status == 200
        with proxied.wire() as wire:
            wire.request("GET /", BEARER, version="1.0")
            assert wire.response().status == 200

    def test_a_client_can_wait_for_100(self, proxied: Proxied) -> None:
        """A client that expects `100 Continue` gets it from the service before it sends the body."""

        def behave(exchange: Exchange) -> None:
            exchange.wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            responding(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")(exchange)

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, "Expect: 100-continue", "Content-Length: 4")
            assert wire.head()[0] == 100
            wire.send(b"body")
            assert wire.response().status == 200


class TestSwitches:
    """Another protocol passes as bytes."""

    def test_bytes_pass_in_both_directions(self, proxied: Proxied) -> None:
        """After a switch all bytes pass, also those that were sent together with its request and its confirmation."""
        proxied.service.behave = echo_upgrade
        with proxied.wire() as wire:
            wire.send("\r\n".join(["GET / HTTP/1.1", "Host: localhost", BEARER, *WEBSOCKET, "", "first"]).encode())
            assert wire.head() == (101, {"connection": "Upgrade", "upgrade": "websocket"})
            assert wire.file.read(10) == b"helloFIRST"
            wire.send(b"second")
            assert wire.file.read(6) == b"SECOND"

    def test_the_end_of_the_client_reaches_the_service(self, proxied: Proxied) -> None:
        """A client that ends its side still receives what the service sends until it ends too."""

        def behave(exchange: Exchange) -> None:
            echo_upgrade(exchange)
            exchange.wire.sendall(b"bye")
            exchange.wire.shutdown(socket.SHUT_WR)

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("GET /", BEARER, *WEBSOCKET)
            wire.head()
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.file.read() == b"hellobye"

    def test_the_end_of_the_service_reaches_the_client(self, proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
        """After the service has ended the connection ends, even if the client does not."""
        monkeypatch.setattr("anyscale_sessions_sandbox.proxy.exchange.LINGER_S", 0.01)
        proxied.service.behave = lambda exchange: (
            exchange.wire.sendall(b"HTTP/1.1 101 Ok\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
            exchange.wire.shutdown(socket.SHUT_RDWR),
        )
        with proxied.wire() as wire:
            wire.request("GET /", BEARER, *WEBSOCKET)
            assert wire.head()[0] == 101
            assert wire.is_over()
            with contextlib.suppress(ConnectionError):
                while True:
                    wire.send(b"x" * MIB)

    def test_a_client_that_resets_ends_the_service(self, proxied: Proxied) -> None:
        """A client that breaks the connection off ends the connection to the service."""
        ended = threading.Event()

        def behave(exchange: Exchange) -> None:
            with contextlib.suppress(ConnectionError):
                echo_upgrade(exchange)
            ended.set()

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("GET /", BEARER, *WEBSOCKET)
            wire.head()
            reset(wire.socket)
        assert ended.wait(PATIENCE_S)

    def test_a_refused_switch_is_a_response(self, proxied: Proxied) -> None:
        """A service may answer a request for another protocol as a plain request."""
        assert proxied.ask("GET /", *WEBSOCKET).status == 200

    def test_a_switch_that_nobody_asked_for_is_an_error(self, proxied: Proxied) -> None:
        """A service that switches the protocol without a request causes 502."""
        proxied.service.behave = responding(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", ends=False)
        assert proxied.ask().status == 502


class TestSurplus:
    """What a service sends without a request."""

    def test_a_response_before_the_request_does_not_confuse_the_proxy(self, proxied: Proxied) -> None:
        """A service that responds as soon as it accepts the connection has answered the request."""
        with socket.create_server(("127.0.0.1", 0)) as hasty:
            proxied.open_at(hasty.getsockname()[1])
            with proxied.wire() as wire:
                wire.request("GET /", BEARER)
                connection, _ = hasty.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")
                    assert wire.response().status == 200

    def test_a_surplus_response_is_not_the_next_one(self, proxied: Proxied) -> None:
        """What a service sends after its response is dropped, together with the connection."""

        def behave(exchange: Exchange) -> None:
            exchange.read_all()
            exchange.wire.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nright" * 2)

        proxied.service.behave = behave
        with proxied.wire() as wire:
            for number in (1, 2):
                wire.request("GET /", BEARER)
                assert wire.response().body == b"right"
                assert proxied.service.connections == number


class TestFailures:
    """What goes wrong has a status, and never looks like a complete response."""

    def test_a_service_that_does_not_listen_is_down(self, proxied: Proxied) -> None:
        """A service on whose port nothing listens causes 502."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            proxied.open_at(unused.getsockname()[1])
            assert proxied.ask().status == 502

    @pytest.mark.parametrize("proxied", [{"connect_s": 0.01}], indirect=True)
    def test_a_service_that_does_not_accept_is_slow(self, proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
        """A service that does not accept the connection in time causes 504."""
        real = asyncio.open_connection
        monkeypatch.setattr(
            asyncio, "open_connection", lambda *where, **options: asyncio.Event().wait() if where else real(**options)
        )
        assert proxied.ask().status == 504

    @pytest.mark.parametrize("proxied", [{"response_s": 0.05}], indirect=True)
    def test_a_service_that_does_not_respond_is_slow(self, proxied: Proxied) -> None:
        """A service that does not begin its response in time causes 504."""
        proxied.service.behave = lambda _: proxied.released.wait(PATIENCE_S)
        assert proxied.ask().status == 504

    @pytest.mark.parametrize("proxied", [{"response_s": 7.0}], indirect=True)
    def test_a_slow_upload_is_not_the_fault_of_the_service(
        self, proxied: Proxied, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The time for the response does not end while the request is still arriving."""
        real, is_over = Peer.event, threading.Event()

        async def event(peer: Peer, timeout_s: float | None) -> h11.Event:
            if timeout_s == 7.0 and not is_over.is_set():
                is_over.set()
                raise TimeoutError
            return await real(peer, timeout_s)

        monkeypatch.setattr(Peer, "event", event)
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, "Content-Length: 2")
            assert is_over.wait(PATIENCE_S)
            wire.send(b"ab")
            assert wire.response()[::2] == (200, b"ab")

    @pytest.mark.parametrize("proxied", [{"body_s": 1.0}], indirect=True)
    def test_a_service_that_does_not_read_is_slow(self, proxied: Proxied) -> None:
        """A service that does not read the body of a request in time causes 504."""
        proxied.service.behave = lambda _: proxied.released.wait(PATIENCE_S)
        body = b"x" * 64 * MIB
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, f"Content-Length: {len(body)}")
            sender = threading.Thread(target=wire.send_anyway, args=(body,))
            sender.start()
            assert wire.response().status == 504
            wire.socket.shutdown(socket.SHUT_RDWR)
            sender.join()

    @pytest.mark.parametrize(
        ("response", "status"),
        [
            (b"", 502),
            (b"HTTP/1.1 200", 502),
            (b"nonsense\r\n\r\n", 502),
            (b"HTTP/1.1 200 X\r\nContent-Length: x\r\n\r\n", 502),
            (b"HTTP/1.1 200 X\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", 502),
            (b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 502),
        ],
        ids=["nothing", "a part", "no HTTP", "no number", "long head", "two lengths"],
    )
    @pytest.mark.parametrize("ends", [True, False])
    def test_a_hostile_response_is_not_passed_on(
        self, proxied: Proxied, response: bytes, status: int, ends: bool
    ) -> None:
        """A response that is malformed, ambiguous or too large causes 502."""
        proxied.service.behave = responding(response, ends=ends or len(response) < 20)
        assert proxied.ask("POST /").status == status

    @pytest.mark.parametrize(
        "body", [b"Content-Length: 9\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]
    )
    def test_a_truncated_response_is_truncated_for_the_client(self, proxied: Proxied, body: bytes) -> None:
        """A response that breaks off has no end for the client either: the connection is reset or ends early."""
        proxied.service.behave = responding(b"HTTP/1.1 200 X\r\n" + body)
        with proxied.wire() as wire:
            wire.request("GET /", BEARER)
            assert wire.head()[0] == 200
            received = b""
            with contextlib.suppress(ConnectionError):
                received = wire.file.read()
            assert not received.endswith(b"0\r\n\r\n")

    def test_a_session_that_does_not_run_is_unavailable(self, proxied: Proxied) -> None:
        """While a session is not running its service causes 503, also on a connection that was used before."""
        with proxied.wire() as wire:
            for status in (200, 503):
                wire.request("GET /", BEARER)
                assert wire.response().status == status
                proxied.proxies.suspend("ses_1")

    @pytest.mark.parametrize("length", [1, 20 * MIB])
    def test_a_service_may_respond_before_it_has_read_the_request(self, proxied: Proxied, length: int) -> None:
        """A response that a service sends before the end of the request, and then closes, reaches the client."""

        def behave(exchange: Exchange) -> None:
            exchange.read()
            exchange.answer(b"too large", status=413)
            raise ConnectionError

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, f"Content-Length: {20 * MIB}")
            sender = threading.Thread(target=wire.send_anyway, args=(b"x" * length,))
            sender.start()
            assert wire.response()[::2] == (413, b"too large")
            wire.socket.shutdown(socket.SHUT_RDWR)
            sender.join()

    def test_a_service_that_resets_a_connection_is_down(self, proxied: Proxied) -> None:
        """A service that resets the connection instead of a response causes 502."""

        def behave(exchange: Exchange) -> None:
            reset(exchange.wire)
            raise ConnectionError

        proxied.service.behave = behave
        assert proxied.ask("POST /").status == 502

    def test_a_service_that_closes_a_connection_at_once_is_down(
        self, proxied: Proxied, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A service that ends the connection before it has received anything causes 502."""
        real = asyncio.open_connection

        async def connect(*where: object, **options: Any) -> tuple[asyncio.StreamReader, Any]:
            if not where:
                return await real(**options)
            reader = asyncio.StreamReader()
            reader.feed_eof()
            return reader, Mock()

        monkeypatch.setattr(asyncio, "open_connection", connect)
        assert proxied.ask().status == 502

    def test_a_service_may_reset_while_the_request_is_sent(self, proxied: Proxied) -> None:
        """A service that resets the connection while it receives a request causes 502."""

        def behave(exchange: Exchange) -> None:
            reset(exchange.wire)
            raise ConnectionError

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, f"Content-Length: {20 * MIB}")
            sender = threading.Thread(target=wire.send_anyway, args=(b"x" * 20 * MIB,))
            sender.start()
            assert wire.response().status == 502
            wire.socket.shutdown(socket.SHUT_RDWR)
            sender.join()

    @pytest.mark.parametrize("proxied", [{"body_s": 0.05}], indirect=True)
    def test_a_slow_body_is_refused(self, proxied: Proxied) -> None:
        """A body that does not arrive in time causes 408, and the service sees no complete request."""
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, "Content-Length: 2")
            wire.send(b"a")
            assert wire.response().status == 408

    def test_a_malformed_body_is_refused(self, proxied: Proxied) -> None:
        """A body with a malformed chunk causes 400."""
        with proxied.wire() as wire:
            wire.request("POST /", BEARER, "Transfer-Encoding: chunked")
            wire.send(b"nonsense\r\n")
            assert wire.response().status == 400


class TestClients:
    """Clients come and go."""

    @pytest.mark.parametrize("proxied", [{"half_closed_s": 0.01}], indirect=True)
    @pytest.mark.parametrize("leave", ["end", "reset"])
    @pytest.mark.parametrize("request_line", ["GET /", "POST /"])
    def test_a_client_that_leaves_ends_the_exchange(self, proxied: Proxied, leave: str, request_line: str) -> None:
        """After a client has left, before or after the end of its request, its connection to the service ends."""
        ended = threading.Event()

        def behave(exchange: Exchange) -> None:
            with contextlib.suppress(OSError, h11.ProtocolError):
                while exchange.read() or exchange.wire.recv(1):
                    pass
            ended.set()

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request(request_line, BEARER, *(["Content-Length: 5"] if request_line == "POST /" else []))
            until_seen(proxied.service, 1)
            if leave == "reset":
                reset(wire.socket)
        assert ended.wait(PATIENCE_S)

    @pytest.mark.parametrize("proxied", [{"half_closed_s": 30.0}], indirect=True)
    def test_a_client_that_only_stops_sending_is_answered(self, proxied: Proxied) -> None:
        """A client that ends its side after the request receives the whole response."""
        parts = [b"a", b"b", b"c"]

        def behave(exchange: Exchange) -> None:
            assert proxied.released.wait(PATIENCE_S)
            exchange.answer_in_chunks(*parts)

        proxied.service.behave = behave
        with proxied.wire() as wire:
            wire.request("GET /", BEARER)
            wire.socket.shutdown(socket.SHUT_WR)
            until_seen(proxied.service, 1)
            proxied.released.set()
            assert wire.response().body == b"abc"

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_closed_connection_of_the_service_is_replaced(self, proxied: Proxied, method: str) -> None:
        """A request after the service has closed its connection reaches the service over another one."""

        def behave(exchange: Exchange) -> None:
            exchange.answer(exchange.read_all())
            raise ConnectionError

        proxied.service.behave = behave
        with proxied.wire() as wire:
            for _ in range(3):
                wire.request(f"{method} /", BEARER, body=b"x")
                assert wire.response()[::2] == (200, b"x")
        assert proxied.service.connections == 3

    @pytest.mark.parametrize(("method", "attempts"), [("GET", 2), ("POST", 1)])
    def test_a_request_is_repeated_only_if_it_may_be(self, proxied: Proxied, method: str, attempts: int) -> None:
        """If a used connection ends without a response, GET is sent again. POST uses a new connection anyway."""

        def behave(exchange: Exchange) -> None:
            if exchange.request.target == b"/last" and exchange.number > 1:
                raise ConnectionError
            exchange.answer(exchange.read_all())

        proxied.service.behave = behave
        with proxied.wire() as wire:
            for target in ("/first", "/last"):
                wire.request(f"{method} {target}", BEARER)
                assert wire.response().status == 200
        assert [exchange.request.target for exchange in proxied.service.seen].count(b"/last") == attempts


def reset(connection: socket.socket) -> None:
    """Break a connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
