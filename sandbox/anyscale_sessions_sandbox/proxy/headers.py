"""The headers of requests and responses on their way through a proxy."""

from __future__ import annotations

from .credentials import Headers, without_tokens
from .route import Route

# The headers that are about one connection, and not about the message (RFC 9110, section 7.6.1).
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# A client cannot make the proxy drop this header by naming it in `Connection`, because the body would have no length.
CONTENT_LENGTH = b"content-length"
# The proxy replaces these, because any client could send them.
FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"})


def is_ambiguous(headers: Headers, http_version: bytes) -> bool:
    """Whether two readers could disagree about where a message ends. Attackers use that to hide a request."""
    names = [name for name, _ in headers]
    if b"transfer-encoding" not in names:
        return False
    return CONTENT_LENGTH in names or http_version < b"1.1"


def has_body(headers: Headers) -> bool:
    """Whether a request has a body."""
    return any(name == b"transfer-encoding" or (name == CONTENT_LENGTH and value != b"0") for name, value in headers)


def upgrade_of(headers: Headers) -> bytes | None:
    """The protocol that a request asks to switch to, or that a response switches to."""
    if b"upgrade" not in _connection_options(headers):
        return None
    return next((value for name, value in headers if name == b"upgrade"), None)


def for_service(headers: Headers, route: Route, client_address: bytes) -> Headers:
    """The headers of a request as the service receives them.

    The headers that the route adds replace those of the client with the same names.
    """
    host = next((value for name, value in headers if name == b"host"), b"127.0.0.1:%d" % route.port)
    replaced = {b"host", *FORWARDED, *(name for name, _ in route.added_headers)}
    kept = without_tokens([item for item in _end_to_end(headers) if item[0] not in replaced], route.access.hides)
    forwarded = [(b"x-forwarded-for", client_address), (b"x-forwarded-host", host), (b"x-forwarded-proto", b"http")]
    is_chunked = any(name == b"transfer-encoding" for name, _ in headers)
    chunked = [(b"transfer-encoding", b"chunked")] if is_chunked else []
    return [(b"host", host), *kept, *forwarded, *chunked, *route.added_headers, *_upgrade_headers(headers)]


def for_client(headers: Headers) -> Headers:
    """The headers of a response as the client receives them."""
    return [*_end_to_end(headers), *_upgrade_headers(headers)]


def _end_to_end(headers: Headers) -> Headers:
    dropped = HOP_BY_HOP | (_connection_options(headers) - {CONTENT_LENGTH})
    return [(name, value) for name, value in headers if name not in dropped]


def _connection_options(headers: Headers) -> set[bytes]:
    values = [value for name, value in headers if name == b"connection"]
    return {option.strip().lower() for value in values for option in value.split(b",")}


def _upgrade_headers(headers: Headers) -> Headers:
    protocol = upgrade_of(headers)
    return [(b"connection", b"Upgrade"), (b"upgrade", protocol)] if protocol else []
