"""The responses that a proxy makes itself."""

from __future__ import annotations

from http import HTTPStatus

import h11
import pytest

from anyscale_sessions_sandbox.proxy.access import Verdict
from anyscale_sessions_sandbox.proxy.responses import BY_VERDICT, refusal, signed_in


def wire_of(*events: h11.Event) -> tuple[bytes, list[bytes]]:
    """The status line and the other lines of a response."""
    http = h11.Connection(h11.SERVER)
    http.receive_data(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    http.next_event()
    first, *others = b"".join(http.send(event) or b"" for event in events).split(b"\r\n")
    return first, others


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.ALLOWED])
def test_each_verdict_has_a_refusal(verdict: Verdict) -> None:
    """A refused request gets a text that says why, is not cached, and ends the connection."""
    status, text = BY_VERDICT[verdict]
    first, others = wire_of(*refusal(status, text))
    assert first == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    assert {b"cache-control: no-store", b"connection: close", f"{text}\n".encode()} <= set(others)
    assert (b"www-authenticate: Bearer" in others) == (status == 401)


@pytest.mark.parametrize("location", [b"/a", b"//a", b"/\\/a", b"a"])
def test_a_redirect_stays_on_the_host(location: bytes) -> None:
    """The place that a sign-in link leads to is a path, and never the name of another host."""
    first, others = wire_of(*signed_in(location, 80, b"the-token"))
    assert first == b"HTTP/1.1 303 See Other"
    assert b"location: /a" in others
    assert b"set-cookie: anyscale-token-80=the-token; HttpOnly; SameSite=Strict; Path=/" in others
