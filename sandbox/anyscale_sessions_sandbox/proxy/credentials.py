"""The tokens in a request: finding them, and removing them before the service sees the request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

Headers: TypeAlias = list[tuple[bytes, bytes]]

# The cookie that the platform's tools send. A browser sends a cookie to all ports of a host, so the cookie of a sign-in
# link also has the port in its name.
COOKIE_NAME = b"anyscale-token"
# The cookies that a service never sees: those of the proxies, and the one of the Sessions API.
HIDDEN_COOKIES = re.compile(rb"anyscale-token(-[0-9]+)?|cli_token")
LINK_PARAMETER = b"token"
# A token is removed from an authorization of any scheme.
AUTHORIZATION_DELIMITER = re.compile(rb'[\s,="]+')


class Credentials(NamedTuple):
    """The tokens that a request presents, by the way in which it presents them."""

    bearer: tuple[bytes, ...]
    cookies: tuple[bytes, ...]
    link: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


def credentials_of(headers: Headers, target: bytes, port: int) -> Credentials:
    """The tokens in a request to the proxy on this port."""
    bearer = [_bearer_token(value) for name, value in headers if name == b"authorization"]
    cookies = [part.partition(b"=") for name, value in headers if name == b"cookie" for part in value.split(b";")]
    names = (COOKIE_NAME, session_cookie(port))
    link = [_link_token(part) for part in target.partition(b"?")[2].split(b"&")]
    return Credentials(
        tuple(token for token in bearer if token),
        tuple(_unquoted(value) for name, _, value in cookies if name.strip() in names and _unquoted(value)),
        tuple(token for token in link if token),
    )


def session_cookie(port: int) -> bytes:
    """The name of the cookie for the proxy on this port."""
    return b"%s-%d" % (COOKIE_NAME, port)


def without_tokens(headers: Headers, hides: Callable[[bytes], bool]) -> Headers:
    """The headers without tokens. Other cookies stay, and so does an authorization for the service itself."""
    kept: Headers = []
    for name, value in headers:
        if name == b"cookie":
            parts = [part for part in value.split(b";") if not _is_hidden_cookie(part, hides)]
            if any(part.strip() for part in parts):
                kept.append((name, b";".join(parts).strip()))
        elif name == b"referer":
            kept.append((name, without_link_token(value, hides)))
        elif name != b"authorization" or not any(map(hides, AUTHORIZATION_DELIMITER.split(value))):
            kept.append((name, value))
    return kept


def without_link_token(target: bytes, hides: Callable[[bytes], bool]) -> bytes:
    """The target of a request without tokens in its query. Everything else is unchanged."""
    path, _, query = target.partition(b"?")
    parts = query.split(b"&")
    kept = [part for part in parts if not hides(_link_token(part))]
    if len(kept) == len(parts):
        return target
    return b"?".join(filter(None, (path, b"&".join(kept))))


def _is_hidden_cookie(part: bytes, hides: Callable[[bytes], bool]) -> bool:
    name, _, value = part.partition(b"=")
    return bool(HIDDEN_COOKIES.fullmatch(name.strip())) or hides(_unquoted(value))


def _unquoted(value: bytes) -> bytes:
    """The value of a cookie, which some clients send in double quotes."""
    return value.strip().strip(b'"')


def _link_token(part: bytes) -> bytes:
    """The token in a part of a query; empty if it has none."""
    name, _, value = part.partition(b"=")
    return unquote_to_bytes(value) if unquote_to_bytes(name) == LINK_PARAMETER else b""


def _bearer_token(value: bytes) -> bytes:
    scheme, _, token = value.replace(b"\t", b" ").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""
