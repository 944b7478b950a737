"""Authentication by the sandbox's token, sent in upstream's cookie or as a bearer token."""

from __future__ import annotations

import hmac
import re

from starlette.requests import HTTPConnection

from ..errors import AuthenticationError, PermissionDeniedError
from .addresses import is_loopback

COOKIE = "cli_token"
MIN_TOKEN_CHARACTERS = 16
# The characters that a cookie value may contain (RFC 6265, `cookie-octet`).
TOKEN = re.compile(rf"[!#-+\--:<-\[\]-~]{{{MIN_TOKEN_CHARACTERS},}}")


class Authenticator:
    """Checks that requests carry the token. Raises ValueError for a token that is short or that no cookie can carry."""

    def __init__(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise ValueError(
                f"the token must have at least {MIN_TOKEN_CHARACTERS} characters, all of them printable ASCII "
                'characters other than space and ",;\\'
            )
        self._token = token.encode()

    def authenticate(self, request: HTTPConnection) -> None:
        """Check the token of a request. If both the cookie and a bearer token were sent, the cookie counts.

        Raises AuthenticationError if no token was sent, and PermissionDeniedError if the token is wrong.
        """
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        sent = request.cookies.get(COOKIE) or (bearer.strip() if scheme.lower() == "bearer" else "")
        if not sent:
            raise AuthenticationError(f"No token was sent: neither the cookie {COOKIE} nor an Authorization header.")
        if not hmac.compare_digest(sent.encode(), self._token):
            raise PermissionDeniedError("The token is not the one of this sandbox.")


def check_is_local(request: HTTPConnection, served: str) -> None:
    """Raise PermissionDeniedError, with what is `served`, if a request comes from another machine."""
    # A caller in the same process has no address.
    if request.client and not is_loopback(request.client.host):
        raise PermissionDeniedError(f"{served} only accepts requests from this machine.")
