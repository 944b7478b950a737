"""User service tokens: create one, and check one.

A token is the URL-safe base64 form of exactly 32 bytes, without padding. These are 43 characters; the last one carries
only four bits (openapi.yaml, `UserServiceToken`).
"""

from __future__ import annotations

import re

TOKEN_BYTES = 32

_CANONICAL = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def make_user_service_token() -> str:
    """A new token from the random source of the operating system."""
    from secrets import token_urlsafe  # loads OpenSSL: 3 ms that only a public user service needs

    return token_urlsafe(TOKEN_BYTES)


def is_user_service_token(token: object) -> bool:
    """Whether the platform accepts `token` as a user service token."""
    return isinstance(token, str) and _CANONICAL.fullmatch(token) is not None
