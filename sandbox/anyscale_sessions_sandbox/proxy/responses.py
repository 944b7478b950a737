"""The responses that a proxy makes itself: refusals, and the redirect at the end of a sign-in link."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import h11

from .access import Verdict
from .credentials import session_cookie

# These keep a sign-in link out of caches, and out of the `Referer` of the next request.
CONFIDENTIAL = ((b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer"))


class Refusal(Exception):
    """The proxy answers a request itself, with this status and this text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


NOT_RUNNING = (HTTPStatus.SERVICE_UNAVAILABLE, "The session is not running.")
TOO_MANY = (HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients are connected to this service.")
DOWN = (
    HTTPStatus.BAD_GATEWAY,
    "The service does not answer. Check that it runs in the session, and on the port that the environment names.",
)
NOT_HTTP = (HTTPStatus.BAD_GATEWAY, "The response of the service is not valid HTTP.")
SLOW = (HTTPStatus.GATEWAY_TIMEOUT, "The service did not respond in time.")
SLOW_CLIENT = (HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
AMBIGUOUS = (HTTPStatus.BAD_REQUEST, "The request has both Content-Length and Transfer-Encoding. Send one of them.")
NO_TUNNELS = (HTTPStatus.METHOD_NOT_ALLOWED, "CONNECT is not supported.")
BY_VERDICT = {
    Verdict.MISSING_TOKEN: (
        HTTPStatus.UNAUTHORIZED,
        "A token of the session is required: as a bearer token, in a cookie, or in a sign-in link.",
    ),
    Verdict.WRONG_TOKEN: (HTTPStatus.FORBIDDEN, "The token does not give access to this service."),
    Verdict.FOREIGN_PAGE: (HTTPStatus.FORBIDDEN, "A page of another origin may not use the cookie of this service."),
    Verdict.FOREIGN_HOST: (HTTPStatus.MISDIRECTED_REQUEST, "The service has another host name. Use localhost."),
}


def refusal(status: int, text: str) -> tuple[h11.Response, h11.Data, h11.EndOfMessage]:
    """A refusal. The connection is closed after it."""
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *CONFIDENTIAL,
    ]
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    return _response(status, headers), h11.Data(body), h11.EndOfMessage()


def signed_in(location: bytes, port: int, token: bytes) -> tuple[h11.Response, h11.EndOfMessage]:
    """A redirect to the same place without the token, which is in a cookie from now on."""
    headers = [
        # With two slashes at its beginning, it would be the address of another host.
        (b"location", b"/" + location.lstrip(b"/\\")),
        (b"set-cookie", b"%s=%s; HttpOnly; SameSite=Strict; Path=/" % (session_cookie(port), token)),
        (b"content-length", b"0"),
        *CONFIDENTIAL,
    ]
    return _response(HTTPStatus.SEE_OTHER, headers), h11.EndOfMessage()


def _response(status: int, headers: Sequence[tuple[bytes, bytes]]) -> h11.Response:
    return h11.Response(status_code=status, reason=HTTPStatus(status).phrase.encode(), headers=list(headers))
