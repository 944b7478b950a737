"""Who may use a service, for all settings and tokens, over HTTP and over WebSocket."""

from __future__ import annotations

import hmac
from typing import Any

import h11
import pytest

from anyscale_sessions_sandbox.gateway.hosts import AllowedHosts
from anyscale_sessions_sandbox.proxy.access import Verdict, decide, head_access, user_service_access
from anyscale_sessions_sandbox.proxy.credentials import Credentials

from .conftest import OWN, SERVICE, Proxied

SESSIONS: dict[str, dict[str, Any]] = {
    "public": {"access_token": OWN, "user_service_token": SERVICE, "user_service_access": "public"},
    "private": {"access_token": OWN, "user_service_token": None, "user_service_access": "private"},
    "unset, closed": {"access_token": OWN, "allow_public_internet_traffic": False},
    "unset, open": {"access_token": OWN, "allow_public_internet_traffic": True},
}
TOKEN_OF = {"public": SERVICE, "private": OWN, "unset, closed": OWN, "unset, open": OWN}
HOSTS = AllowedHosts(())
PRIVATE = user_service_access(SESSIONS["private"])
OPEN = user_service_access(SESSIONS["unset, open"])
WITH_COOKIE = Credentials((), (OWN.encode(),))
NOTHING = Credentials((), ())
WEBSOCKET = ("Connection: Upgrade", "Upgrade: websocket")


def switch(exchange: Any) -> None:
    """Switch to a protocol that returns each text in upper case, if the client asks for it."""
    if b"upgrade" not in exchange.headers:
        exchange.answer()
        return
    exchange.read_all()
    exchange.send(
        h11.InformationalResponse(status_code=101, headers=[("Connection", "Upgrade"), ("Upgrade", "websocket")])
    )
    while data := exchange.wire.recv(65536):
        exchange.wire.sendall(data.upper())


def presented(how: str, token: str, port: int) -> tuple[str, list[str]]:
    """The target and the headers of a request that presents a token in one of the ways."""
    headers = {
        "bearer": [f"Authorization: Bearer {token}"],
        "cookie": [f"Cookie: theme=dark; anyscale-token={token}"],
        "cookie of the port": [f"Cookie: anyscale-token-{port}={token}"],
    }
    return (f"/page?token={token}&x=1" if how == "link" else "/page?x=1"), headers.get(how, [])


@pytest.mark.parametrize("how", ["none", "bearer", "cookie", "cookie of the port", "link"])
@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("setting", SESSIONS)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_token_opens_what_it_is_for(proxied: Proxied, kind: str, setting: str, is_right: bool, how: str) -> None:
    """A request is answered with 401 without a token and with 403 if it is wrong, unless everyone has access."""
    proxied.service.behave = switch
    port = proxied.open(SESSIONS[setting])
    target, headers = presented(how, TOKEN_OF[setting] if is_right else "wrong", port)
    with proxied.wire() as wire:
        wire.request(f"GET {target}", *headers, *(WEBSOCKET if kind == "websocket" else ()))
        status, _ = wire.head()
        is_open = setting == "unset, open"
        if how == "link" and is_right and kind == "http":
            assert status == 303
        elif is_open or (is_right and how != "none"):
            assert status == (101 if kind == "websocket" else 200)
        else:
            assert status == (401 if how == "none" else 403)
        if status == 101:
            wire.send(b"ping")
            assert wire.file.read(4) == b"PING"
    assert len(proxied.service.seen) == (status in (101, 200))
    for exchange in proxied.service.seen:
        if is_right:
            assert TOKEN_OF[setting] not in str((exchange.request.target, exchange.headers))


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, Verdict.ALLOWED),
        ({"origin": "http://localhost:80"}, Verdict.ALLOWED),
        ({"origin": "HTTP://LOCALHOST:80"}, Verdict.ALLOWED),
        ({"origin": "http://localhost:81"}, Verdict.FOREIGN_PAGE),
        ({"origin": "null"}, Verdict.FOREIGN_PAGE),
        ({"sec-fetch-site": "same-origin"}, Verdict.ALLOWED),
        ({"sec-fetch-site": "none"}, Verdict.ALLOWED),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, Verdict.FOREIGN_PAGE),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, Verdict.FOREIGN_PAGE),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, Verdict.ALLOWED),
    ],
)
def test_a_page_of_another_origin_cannot_use_the_cookie(headers: dict[str, str], verdict: Verdict) -> None:
    """A cookie gives access to pages of the service and to links to it, but not to pages of other origins."""
    fields = [(name.encode(), value.encode()) for name, value in {"host": "localhost:80", **headers}.items()]
    assert decide(PRIVATE, WITH_COOKIE, fields, HOSTS) is verdict
    assert decide(PRIVATE, Credentials((OWN.encode(),), ()), fields, HOSTS) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("host", "verdict"),
    [("localhost:1", Verdict.ALLOWED), (None, Verdict.ALLOWED), ("evil.example:1", Verdict.FOREIGN_HOST)],
)
def test_a_service_without_a_token_answers_to_names_of_this_machine_only(host: str | None, verdict: Verdict) -> None:
    """A request without a token for another host, which a page of that host can cause, has no access to any service."""
    fields = [(b"host", host.encode())] if host else []
    assert decide(OPEN, NOTHING, fields, HOSTS) is verdict


def test_the_head_requires_the_access_token_always() -> None:
    """The dashboard of a session requires its access token, even if its user service is open, and hides both tokens."""
    access = head_access({**SESSIONS["unset, open"], "user_service_token": SERVICE})
    assert (access.tokens, access.is_open) == ((OWN.encode(),), False)
    assert access.hides(SERVICE.encode())


@pytest.mark.parametrize("presented", [(OWN, SERVICE, "x"), ("x", OWN, SERVICE)])
def test_all_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, presented: tuple[str, ...]) -> None:
    """Each presented token is compared with each token by `hmac.compare_digest`, also after one was accepted."""
    access = user_service_access({**SESSIONS["unset, closed"], "user_service_token": SERVICE})
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(hmac, "compare_digest", lambda *pair: bool(compared.append(pair)) or pair[0] == pair[1])
    assert access.accepts([token.encode() for token in presented])
    assert compared == [(one.encode(), token.encode()) for one in presented for token in (OWN, SERVICE)]


def test_the_repr_shows_no_token() -> None:
    """The repr of a rule, which a traceback can contain, does not show the tokens."""
    assert repr(PRIVATE) == "Access(is_open=False)"
