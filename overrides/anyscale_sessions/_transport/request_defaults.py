"""What all transports share: where requests go, the headers they carry, and how much of a response is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from .._sansio.messages import Response, Send
from .._utils.records import Record
from .content import UndecodableContent, decoder_of

if TYPE_CHECKING:
    import ssl

MAX_CONNECTIONS: Final = 100
# Less than the 5 s after which uvicorn, Node.js and many proxies close an idle connection.
KEEPALIVE_S: Final = 4.0
MAX_RESPONSE_BYTES: Final = 16 * 1024 * 1024
MAX_ERROR_BYTES: Final = 64 * 1024
MAX_LENGTH_DIGITS: Final = 18
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Settings(Record, frozen=True, kw_only=True):
    """How to reach the API.

    Attributes:
        base_url: URL that the paths of the spec are appended to.
        headers: headers of every request; one of them carries the token.
        token: the token, which must not be shown.
        connect_timeout_s: seconds to get a connection.
        tls: a TLS context that trusts the caller's `ca_file`; if `None`, the usual certificates are trusted.
        proxy: URL of a proxy; never used for loopback addresses.
        trust_env: whether the environment is searched for a proxy and certificates.
        max_response_bytes: the longest response that is read.
        transport: name of the transport.
    """

    _hidden = frozenset({"headers", "proxy", "token"})

    base_url: str
    headers: Mapping[str, str]
    connect_timeout_s: float
    token: str = ""
    tls: ssl.SSLContext | None = None
    proxy: str | None = None
    trust_env: bool = True
    max_response_bytes: int = MAX_RESPONSE_BYTES
    transport: str = "httpcore"


class RequestDefaults(Record, frozen=True, kw_only=True):
    """What every request to one server has in common, computed once.

    Attributes:
        url: the base URL, split into its parts.
        connect_timeout_s: seconds to get a connection.
        max_response_bytes: the longest response that is read.
        headers: headers of a request without a body.
        body_headers: headers of a request with a body, except its length.
    """

    _hidden = frozenset({"headers", "body_headers"})

    url: SplitResult
    connect_timeout_s: float
    max_response_bytes: int
    headers: tuple[tuple[bytes, bytes], ...]
    body_headers: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def of(cls, settings: Settings) -> RequestDefaults:
        """The defaults for these settings."""
        url = urlsplit(settings.base_url)
        texts = {"host": url.netloc, **settings.headers}
        headers = tuple((name.encode("ascii"), value.encode("ascii")) for name, value in texts.items())
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

    @property
    def root(self) -> str:
        """Scheme and authority of the server, as a URL begins."""
        return f"{self.url.scheme}://{self.url.netloc}"

    def headers_of(self, step: Send) -> list[tuple[bytes, bytes]]:
        """The headers of a request."""
        body = step.request.body
        if body is None:
            # Without a length, some servers wait for the body of a POST.
            length = [(b"content-length", b"0")] if step.request.method == "POST" else []
            return [*self.headers_without_length(step), *length]
        return [*self.headers_without_length(step), (b"content-length", b"%d" % len(body))]

    def headers_without_length(self, step: Send) -> Sequence[tuple[bytes, bytes]]:
        """The headers of a request except the length of its body."""
        common = self.headers if step.request.body is None else self.body_headers
        if step.request.headers:
            return _with_own(common, step)
        return (*common, *step.headers) if step.headers else common

    def target_of(self, step: Send) -> str:
        """The path and the query of a request."""
        return self.url.path + step.request.target


def _with_own(common: Iterable[tuple[bytes, bytes]], step: Send) -> Sequence[tuple[bytes, bytes]]:
    """The headers of all requests, with those of this request in their place. Cookies are added."""
    headers = {**dict(step.headers), **dict(common)}
    for name, value in ((name.encode("ascii"), value) for name, value in step.request.headers):
        if value is None:
            headers.pop(name, None)
        elif name == b"cookie" and name in headers:
            headers[name] += b"; " + value.encode("ascii")
        else:
            headers[name] = value.encode("ascii")
    return list(headers.items())


class TransportError(Exception):
    """A transport of ours does not accept a response."""


class TooLong(TransportError):
    """The response is longer than the limit."""


class Encoded(TransportError):
    """The response has a content encoding that is not known, or is not what its encoding says."""


class Body:
    """A response's body, decoded and read up to a limit.

    The status of an error matters more than its body: a body that is too long is cut, and one that cannot be decoded
    is left out. For any other response `TooLong` or `Encoded` is raised.
    """

    __slots__ = ("_chunks", "_decoder", "_is_error", "_left")

    def __init__(self, defaults: RequestDefaults, status: int, headers: Mapping[str, str]) -> None:
        self._chunks: list[bytes] = []
        self._is_error = status >= 300
        self._left = MAX_ERROR_BYTES if self._is_error else defaults.max_response_bytes
        self._decoder = None
        try:
            self._decoder = decoder_of(headers.get("content-encoding", ""))
        except UndecodableContent:
            self._reject()
        length = content_length(headers)
        if length is not None and length > self._left and not self._is_error:
            raise TooLong

    def add(self, chunk: bytes) -> bool:
        """Add a chunk, and return whether to read on. Raises `TooLong` or `Encoded`."""
        if self._decoder is not None and self._left >= 0:
            try:
                chunk = self._decoder.decode(chunk, self._left + 1)
            except UndecodableContent:
                self._reject()
                return False
        if len(chunk) > self._left and not self._is_error:
            raise TooLong
        self._chunks.append(chunk[: max(0, self._left)])
        self._left -= len(chunk)
        return self._left >= 0

    async def add_all(self, chunks: AsyncIterator[bytes]) -> None:
        """Add chunks until enough is read. Raises `TooLong` or `Encoded`."""
        async for chunk in chunks:
            reads_on = self.add(chunk)
            del chunk  # a traceback would show it if the wait for the next one is interrupted
            if not reads_on:
                return

    def content(self) -> bytes:
        """All chunks joined. Raises `Encoded` if they end too early."""
        if self._decoder is not None and self._left >= 0:
            try:
                self._decoder.finish()
            except UndecodableContent:
                self._reject()
        return b"".join(self._chunks)

    def _reject(self) -> None:
        if not self._is_error:
            raise Encoded
        self._chunks.clear()
        self._left = 0


def content_length(headers: Mapping[str, str]) -> int | None:
    """The announced length of a body, however many zeros it starts with; `None` without a valid one."""
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= MAX_LENGTH_DIGITS else 10**MAX_LENGTH_DIGITS


def lower_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in lower case. If a name occurs more than once, the last value counts."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def response_of(status: int, headers: Mapping[str, str], body: Body) -> Response:
    """The response as the call policy receives it."""
    return Response(status, headers, body.content())
