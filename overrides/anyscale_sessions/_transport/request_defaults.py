"""What every transport keeps to: where requests go, the headers they carry, and how much of a response is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from .._sansio.call import Response, Send
from .._utils.records import Record

if TYPE_CHECKING:
    import ssl

MAX_CONNECTIONS: Final = 100
KEEPALIVE_S: Final = 5.0
MAX_RESPONSE_BYTES: Final = 16 * 1024 * 1024
MAX_ERROR_BYTES: Final = 64 * 1024
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Settings(Record, frozen=True, kw_only=True):
    """How to reach the API.

    Attributes:
        base_url: what the paths of the spec stand below.
        headers: sent with every request; the token is in the cookie.
        connect_timeout_s: seconds to get a connection.
        tls: what trusts certificates, where the caller named some; else the usual ones.
        proxy: URL of a proxy; never used for this machine.
        trust_env: whether a proxy and certificates are looked for in the environment.
        max_response_bytes: a longer response is not read.
        transport: the name of the transport.
    """

    _hidden = frozenset({"headers", "proxy"})

    base_url: str
    headers: Mapping[str, str]
    connect_timeout_s: float
    tls: ssl.SSLContext | None = None
    proxy: str | None = None
    trust_env: bool = True
    max_response_bytes: int = MAX_RESPONSE_BYTES
    transport: str = "httpcore"

    @property
    def token(self) -> str:
        """What stands in the cookie."""
        return self.headers.get("cookie", "").partition("=")[2]


class RequestDefaults(Record, frozen=True, kw_only=True):
    """Settings as requests need them, worked out once.

    Attributes:
        url: the base URL, in its parts.
        connect_timeout_s: seconds to get a connection.
        max_response_bytes: a longer response is not read.
        headers: those of a request without a body.
        body_headers: those of a request with one, but for its length.
    """

    _hidden = frozenset({"headers", "body_headers"})

    url: SplitResult
    connect_timeout_s: float
    max_response_bytes: int
    headers: tuple[tuple[bytes, bytes], ...]
    body_headers: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def of(cls, settings: Settings) -> RequestDefaults:
        """The wire that these settings make."""
        url = urlsplit(settings.base_url)
        given = {"host": url.netloc, **settings.headers}
        headers = tuple((name.encode("ascii"), value.encode("ascii")) for name, value in given.items())
        return cls(
            url=url,
            connect_timeout_s=settings.connect_timeout_s,
            max_response_bytes=settings.max_response_bytes,
            headers=headers,
            body_headers=(*headers, (b"content-type", b"application/json")),
        )

    @property
    def host(self) -> str:
        """The name or the address of the server."""
        return self.url.hostname or ""

    @property
    def port(self) -> int:
        """The port of the server."""
        return self.url.port or DEFAULT_PORTS[self.url.scheme]

    def headers_of(self, step: Send) -> list[tuple[bytes, bytes]]:
        """The headers of a request."""
        body = step.request.body
        if body is None:
            # A POST without a body says so, or some servers wait for one.
            length = [(b"content-length", b"0")] if step.request.method == "POST" else []
            return [*self.headers, *step.headers, *length]
        return [*self.body_headers, *step.headers, (b"content-length", b"%d" % len(body))]

    def target_of(self, step: Send) -> str:
        """The path and the query of a request, below the server's root."""
        return self.url.path + step.request.target


class TooLong(Exception):
    """The response is longer than what is read."""


class Encoded(Exception):
    """The response came in a content encoding, which nobody asked for."""


class Body:
    """A response's body as it comes in, up to a limit.

    An error says the most important thing in its status: its body is cut where it is too long, and left out where it
    is encoded. Any other response is not read then: raises `Encoded` or `TooLong`.
    """

    __slots__ = ("_chunks", "_is_error", "_left")

    def __init__(self, wire: RequestDefaults, status: int, headers: Mapping[str, str]) -> None:
        self._chunks: list[bytes] = []
        self._is_error = status >= 300
        self._left = MAX_ERROR_BYTES if self._is_error else wire.max_response_bytes
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            if not self._is_error:
                raise Encoded
            self._left = 0
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._left and not self._is_error:
            raise TooLong

    def add(self, chunk: bytes) -> bool:
        """Take a chunk; says whether more is wanted. Raises `TooLong`."""
        if len(chunk) > self._left and not self._is_error:
            raise TooLong
        self._chunks.append(chunk[: self._left])
        self._left -= len(chunk)
        return self._left >= 0

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._chunks)


def lower_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in lower case; of several with one name, the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def response_of(status: int, headers: Mapping[str, str], body: Body) -> Response:
    """The response as the policy sees it."""
    return Response(status, headers, body.whole())
