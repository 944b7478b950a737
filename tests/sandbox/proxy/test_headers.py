"""The headers of requests and responses on their way through a proxy."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.gateway.hosts import AllowedHosts
from anyscale_sessions_sandbox.proxy.access import Access
from anyscale_sessions_sandbox.proxy.headers import for_client, for_service, has_body, is_ambiguous, upgrade_of
from anyscale_sessions_sandbox.proxy.route import Route

ROUTE = Route(Access((b"the-token",), (b"the-token",)), AllowedHosts(()), 80, added_headers=[(b"x-added", b"1")])
FORWARDED = [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-proto", b"http")]


def sent(*headers: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The headers that the service receives, apart from those that each request has."""
    received = for_service([(b"host", b"localhost:80"), *headers], ROUTE, b"127.0.0.1")
    usual = [(b"host", b"localhost:80"), (b"x-forwarded-host", b"localhost:80"), (b"x-added", b"1"), *FORWARDED]
    assert [item for item in usual if item not in received] == []
    return [item for item in received if item not in usual]


def test_headers_of_the_connection_are_dropped() -> None:
    """Hop-by-hop headers, and those that `Connection` names, are not passed on, in neither direction."""
    dropped = [(b"connection", b"keep-alive, X-Own"), (b"x-own", b"1"), (b"keep-alive", b"1"), (b"te", b"trailers")]
    dropped += [(b"proxy-authorization", b"Basic x"), (b"upgrade", b"h2c")]
    assert sent(*dropped, (b"accept", b"*/*")) == [(b"accept", b"*/*")]
    assert for_client([*dropped, (b"etag", b"x")]) == [(b"etag", b"x")]


def test_the_length_of_a_body_is_not_dropped() -> None:
    """A `Connection` header that names `Content-Length` does not make the proxy drop the length of a body."""
    length = (b"content-length", b"3")
    assert sent((b"connection", b"close, content-length"), length) == [length]


def test_headers_that_only_the_proxy_may_send_are_replaced() -> None:
    """Headers about the way of a request, and those that the route adds, cannot be set by a client."""
    forged = [(b"x-forwarded-for", b"8.8.8.8"), (b"forwarded", b"for=8.8.8.8"), (b"x-real-ip", b"8.8.8.8")]
    assert sent(*forged, (b"x-added", b"2")) == []


def test_the_token_is_removed() -> None:
    """The service does not receive the token."""
    assert sent((b"authorization", b"Bearer the-token"), (b"cookie", b"a=1; anyscale-token=the-token")) == [
        (b"cookie", b"a=1")
    ]


def test_a_request_without_a_host_gets_the_one_of_the_proxy() -> None:
    """A request of HTTP/1.0 without `Host` reaches the service with the address of the proxy, as HTTP/1.1 requires."""
    received = dict(for_service([], ROUTE, b"127.0.0.1"))
    assert received[b"host"] == received[b"x-forwarded-host"] == b"127.0.0.1:80"


def test_a_body_stays_chunked() -> None:
    """A chunked body is passed on as a chunked body."""
    assert sent((b"transfer-encoding", b"chunked")) == [(b"transfer-encoding", b"chunked")]


def test_an_upgrade_is_passed_on() -> None:
    """The request to switch to another protocol, and its confirmation, are passed on in normal form."""
    upgrade = [(b"connection", b"keep-alive, Upgrade"), (b"upgrade", b"websocket")]
    assert sent(*upgrade) == for_client(upgrade) == [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        ([(b"connection", b"upgrade"), (b"upgrade", b"websocket")], b"websocket"),
        ([(b"upgrade", b"websocket")], None),
        ([(b"connection", b"upgrade")], None),
    ],
)
def test_an_upgrade_has_two_headers(headers: list[tuple[bytes, bytes]], protocol: bytes | None) -> None:
    """A message is about another protocol only if it has `Upgrade`, and `Connection` names it."""
    assert upgrade_of(headers) == protocol


LENGTH, CHUNKED = (b"content-length", b"5"), (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize(
    ("headers", "version", "is_unclear"),
    [
        ([LENGTH], b"1.1", False),
        ([CHUNKED], b"1.1", False),
        ([LENGTH, CHUNKED], b"1.1", True),
        ([CHUNKED], b"1.0", True),
    ],
)
def test_a_message_with_two_ends_is_ambiguous(
    headers: list[tuple[bytes, bytes]], version: bytes, is_unclear: bool
) -> None:
    """A message with a length and chunks, or with chunks in HTTP/1.0, is ambiguous."""
    assert is_ambiguous(headers, version) is is_unclear


@pytest.mark.parametrize(
    ("headers", "expected"), [([], False), ([(b"content-length", b"0")], False), ([LENGTH], True), ([CHUNKED], True)]
)
def test_a_body_has_a_length_or_chunks(headers: list[tuple[bytes, bytes]], expected: bool) -> None:
    """A request has a body if it has a length other than 0, or chunks."""
    assert has_body(headers) is expected
