"""The connection of a client: which requests it may send, how it signs in, and how long it may take."""

from __future__ import annotations

import pytest

from .conftest import OWN, SERVICE, Proxied, until_seen

BEARER = f"Authorization: Bearer {SERVICE}"


def test_a_connection_is_kept(proxied: Proxied) -> None:
    """Requests that follow each other use one connection to the proxy and one to the service."""
    with proxied.wire() as wire:
        for number in range(3):
            wire.request(f"GET /{number}", BEARER)
            assert wire.response().status == 200
    assert [exchange.request.target for exchange in proxied.service.seen] == [b"/0", b"/1", b"/2"]
    assert proxied.service.connections == 1


def test_requests_can_be_sent_before_the_response(proxied: Proxied) -> None:
    """Requests that a client sends at once are answered one after the other."""
    with proxied.wire() as wire:
        wire.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n" % (n, BEARER.encode()) for n in (1, 2)))
        assert [wire.response().status for _ in range(2)] == [200, 200]
    assert [exchange.request.target for exchange in proxied.service.seen] == [b"/1", b"/2"]


def test_a_request_that_arrives_later_than_the_last_is_read_while_its_response_is_awaited(proxied: Proxied) -> None:
    """A request that arrives while the service works on the last one is kept, and answered next."""
    proxied.service.behave = lambda exchange: (proxied.released.wait(10), exchange.answer())
    with proxied.wire() as wire:
        wire.request("GET /1", BEARER)
        until_seen(proxied.service, 1)
        wire.request("GET /2", BEARER)
        proxied.released.set()
        assert [wire.response().status for _ in range(2)] == [200, 200]


def test_old_clients_are_answered_once(proxied: Proxied) -> None:
    """A client of HTTP/1.0 gets a response that ends with the connection."""
    proxied.service.behave = lambda exchange: exchange.answer_in_chunks(b"a", b"b")
    with proxied.wire() as wire:
        wire.request("GET /", BEARER, version="1.0")
        response = wire.response()
        assert (response.status, response.body) == (200, b"ab")
        assert "transfer-encoding" not in response.headers


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 70_000, 431),
        (b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
    ids=["two lengths", "chunks in 1.0", "two values", "no host", "TLS", "long head", "tunnel", "unknown coding"],
)
def test_requests_that_are_no_plain_http_are_refused(proxied: Proxied, data: bytes, status: int) -> None:
    """A request that is ambiguous, malformed, too large or a tunnel is refused, and does not reach the service."""
    with proxied.wire() as wire:
        wire.send(data)
        assert wire.response().status == status
        assert wire.is_over()
    assert proxied.service.seen == []


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://localhost/a?b=c", b"/a?b=c"),
        ("HTTPS://localhost", b"/"),
        ("http://localhost?b=/c/d", b"/?b=/c/d"),
    ],
)
def test_a_whole_url_is_a_target_too(proxied: Proxied, url: str, target: bytes) -> None:
    """A target that is a whole URL reaches the service as a path, with its query."""
    with proxied.wire() as wire:
        wire.request(f"GET {url}", BEARER)
        assert wire.response().status == 200
    assert proxied.service.seen[0].request.target == target


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_sign_in_link_leads_to_the_page(proxied: Proxied, method: str) -> None:
    """A sign-in link sets a cookie for this port and leads to the same page without the token."""
    with proxied.wire() as wire:
        wire.request(f"{method} /page?a=1&token={SERVICE}&b=2")
        status, headers = wire.head()
        assert (status, headers["location"]) == (303, "/page?a=1&b=2")
        cookie, *attributes = headers["set-cookie"].split("; ")
        assert cookie == f"anyscale-token-{proxied.port}={SERVICE}"
        assert attributes == ["HttpOnly", "SameSite=Strict", "Path=/"]
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
        wire.request(f"{method} {headers['location']}", f"Cookie: {cookie}")
        assert wire.head()[0] == 200
    assert [exchange.request.target for exchange in proxied.service.seen] == [b"/page?a=1&b=2"]


def test_a_sign_in_link_leads_to_no_other_host(proxied: Proxied) -> None:
    """The redirect of a sign-in link that begins with two slashes stays on this host."""
    assert proxied.ask(f"GET //evil.example/?token={SERVICE}", authorized=False).headers["location"] == "/evil.example/"


def test_the_body_of_a_sign_in_request_is_ignored(proxied: Proxied) -> None:
    """A sign-in request with a body is answered, and the connection can be used again."""
    with proxied.wire() as wire:
        wire.request(f"GET /?token={SERVICE}", body=b"body")
        assert wire.response().status == 303
        wire.request("GET /", BEARER)
        assert wire.response().status == 200


def test_a_link_signs_in_no_other_method(proxied: Proxied) -> None:
    """The token of a link does not count for methods that a browser does not repeat after a redirect."""
    response = proxied.ask(f"POST /?token={SERVICE}", authorized=False)
    assert (response.status, response.headers["www-authenticate"]) == (401, "Bearer")


def test_no_token_reaches_the_service(proxied: Proxied) -> None:
    """Both tokens of a session are removed from all places of a request, whichever of them gave access."""
    headers = [BEARER, f"Cookie: theme=dark; anyscale-token={OWN}", f"Referer: http://localhost/?token={OWN}"]
    with proxied.wire() as wire:
        wire.request(f"POST /?token={SERVICE}&token={OWN}&a=1", *headers, body=b"body")
        assert wire.response().body == b"body"
    (exchange,) = proxied.service.seen
    assert exchange.request.target == b"/?a=1"
    assert exchange.headers[b"cookie"] == b"theme=dark"
    assert not any(token in str((exchange.request.target, exchange.headers)) for token in (OWN, SERVICE))


@pytest.mark.parametrize("proxied", [{"idle_s": 0.05}], indirect=True)
def test_an_idle_connection_is_closed(proxied: Proxied) -> None:
    """A connection without a request is closed after a time, without a response."""
    with proxied.wire() as wire:
        assert wire.is_over()


@pytest.mark.parametrize("proxied", [{"head_s": 0.05}], indirect=True)
def test_a_slow_head_is_refused(proxied: Proxied) -> None:
    """A request whose head does not arrive in time is answered with 408."""
    with proxied.wire() as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        assert wire.response().status == 408
        assert wire.is_over()


@pytest.mark.parametrize("data", [b"", b"GET / HT"])
def test_a_client_that_leaves_is_forgotten(proxied: Proxied, data: bytes) -> None:
    """A client that leaves before its request is complete causes no response and no error."""
    with proxied.wire() as wire:
        wire.send(data)
    assert proxied.ask().status == 200
