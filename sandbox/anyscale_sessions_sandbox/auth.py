"""Who may use the sandbox: whoever sends its token, in upstream's cookie or as a bearer."""

from __future__ import annotations

import hmac

from starlette.requests import HTTPConnection

from .errors import Forbidden, Unauthorized

COOKIE = "cli_token"


class Guard:
    """Lets requests pass that carry the token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def check(self, request: HTTPConnection) -> None:
        """Raise Unauthorized if no token was sent, and Forbidden if it is another. The cookie counts if both came."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        sent = request.cookies.get(COOKIE) or (bearer.strip() if scheme.lower() == "bearer" else "")
        if not sent:
            raise Unauthorized(f"No token was sent: neither the cookie {COOKIE} nor an Authorization header.")
        if not hmac.compare_digest(sent.encode(), self._token):
            raise Forbidden("The token is not the one of this sandbox.")
