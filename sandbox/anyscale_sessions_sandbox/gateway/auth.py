"""Who may use the sandbox: whoever sends its token, in upstream's cookie or as a bearer."""

from __future__ import annotations

import hmac
import re

from starlette.requests import HTTPConnection

from ..errors import AuthenticationError, PermissionDeniedError

COOKIE = "cli_token"
# What can stand in a cookie (RFC 6265, `cookie-octet`), and thus what a token can be made of.
TOKEN = re.compile(r"[!#-+\--:<-\[\]-~]+")


class Guard:
    """Lets requests pass that carry the token. Raises ValueError for a token that no cookie can carry."""

    def __init__(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise ValueError("a sandbox's token is one or more printable ASCII characters, except space and \",;\\")
        self._token = token.encode()

    def check(self, request: HTTPConnection) -> None:
        """Raise AuthenticationError if no token was sent, and PermissionDeniedError if it is another. The cookie counts if both came."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        sent = request.cookies.get(COOKIE) or (bearer.strip() if scheme.lower() == "bearer" else "")
        if not sent:
            raise AuthenticationError(f"No token was sent: neither the cookie {COOKIE} nor an Authorization header.")
        if not hmac.compare_digest(sent.encode(), self._token):
            raise PermissionDeniedError("The token is not the one of this sandbox.")
