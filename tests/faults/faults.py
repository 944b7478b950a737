"""What can go wrong with a connection, each fault as a script for the server."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from .server import Line, Script

GOOD = b'{"result": {"id": "ses_1", "name": "nightly", "session_id": "ses_1"}, "results": []}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
MEBIBYTE = 1024 * 1024
IS_NIGHTLY = bool(os.environ.get("ANYSCALE_SESSIONS_NIGHTLY"))  # every case, which takes minutes


class Fault(NamedTuple):
    """A fault.

    Attributes:
        script: what the server does.
        is_retryable: whether it leaves no doubt that nothing was done, so that anything may be sent again.
        tls: the kind of certificate that the server shows, where it speaks TLS.
        is_https: whether the client speaks TLS.
    """

    script: Script
    is_retryable: bool = False
    tls: str | None = None
    is_https: bool = False


def length(body: bytes) -> bytes:
    """The header that says how long a body is, and the end of the headers."""
    return b"content-length: %d\r\n\r\n" % len(body)


def whole(body: bytes, status: bytes = b"200 OK", *headers: bytes) -> bytes:
    """A well-formed response."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 " + status + b"\r\ncontent-type: application/json\r\n" + lines + length(body) + body


def responses(*pieces: bytes, end: str = "close", pause_s: float = 0.0) -> Script:
    """Answer each request so; then go on, or end the connection."""

    def script(line: Line) -> None:
        while line.receive() is not None:
            line.send(*pieces, pause_s=pause_s)
            if end == "keep":
                continue
            if end == "reset":
                line.reset()
            if end == "stall":
                line.stall()
            return

    return script


def cuts(most_bytes: int, end: str) -> Script:
    """Take that much of a request, then end the connection."""

    def script(line: Line) -> None:
        if most_bytes:
            line.receive(most_bytes)
        if end == "reset":
            line.reset()
        elif end == "stall":
            line.stall()

    return script


def drips(data: bytes, head: bytes = b"") -> Script:
    """Answer with a drip."""

    def script(line: Line) -> None:
        while line.receive() is not None:
            line.send(head)
            line.drip(data)

    return script


def floods(piece: bytes) -> Script:
    """Answer without an end."""

    def script(line: Line) -> None:
        line.receive()
        while not line.server.over.wait(0.001):  # so that 15 at once leave the clients some time
            line.send(piece)

    return script


def echoes(status: bytes, *headers: bytes) -> Script:
    """Quote the whole request, with its token and its secrets, in the body and in headers of the response."""

    def script(line: Line) -> None:
        while (received := line.receive()) is not None:
            head, _, body = received.data.partition(b"\r\n\r\n")
            cookie = next(part for part in head.split(b"\r\n") if part.lower().startswith(b"cookie:"))[8:]
            detail = (head + b"\n" + body).decode("latin-1")
            text = json.dumps({"detail": detail, "error": {"detail": detail}}).encode()
            quoted = [name + b": " + cookie for name in (b"Set-Cookie", b"X-Echo", b"X-Request-ID")]
            places = {b"COOKIE": cookie, b"ELSEWHERE": line.server.url.encode() + b"/elsewhere"}
            head_lines = [status, *headers]
            for place, text_there in places.items():
                head_lines = [part.replace(place, text_there) for part in head_lines]
            line.send(whole(text, head_lines[0], *quoted, *head_lines[1:]))

    return script


def goes(_line: Line) -> None:
    """Do no more, so that the connection ends."""


def says_at_once(data: bytes) -> Script:
    """Answer the first byte, whatever it is."""

    def script(line: Line) -> None:
        line.receive(1)
        line.send(data)

    return script


def after_one(last: Script) -> Script:
    """Answer one request well, then do the script."""

    def script(line: Line) -> None:
        if line.receive() is not None:
            line.send(whole(GOOD))
            last(line)

    return script


def chunked(*chunks: bytes) -> bytes:
    """A response in chunks, as they are given."""
    return HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"".join(chunks)


def _connections() -> Iterator[tuple[str, Fault]]:
    for end in ("close", "reset", "stall"):
        yield f"{end} before the request", Fault(cuts(0, end))
        yield f"{end} at its first byte", Fault(cuts(1, end))
        yield f"{end} within its headers", Fault(cuts(60, end))
        yield f"{end} after the request", Fault(responses(end=end))
        yield f"{end} within the status line", Fault(responses(b"HTTP/1.1 20", end=end))
        yield f"{end} within the headers", Fault(responses(HEAD, end=end))
        yield f"{end} within the body", Fault(responses(HEAD + b"content-length: 999\r\n\r\n" + GOOD, end=end))
        yield f"{end} within a chunk", Fault(responses(chunked(b"ff\r\n{"), end=end))
        yield f"{end} before the last chunk", Fault(responses(chunked(b"%x\r\n%s\r\n" % (len(GOOD), GOOD)), end=end))
    yield "drip of a body", Fault(drips(b" " * 9999, HEAD + b"content-length: 9999\r\n\r\n"))
    yield "drip of headers", Fault(drips(HEAD + b"x-more: " + b"x" * 9999))
    yield "drip of chunks", Fault(drips(b"1\r\n \r\n" * 999, chunked()))
    yield "drip after a good response", Fault(drips(b"x" * 999, whole(GOOD)))


def _framing() -> Iterator[tuple[str, Fault]]:
    responses_by_name = {
        "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18,
        "nothing but line ends": b"\r\n" * 4000,
        "binary": bytes(range(256)) * 40,
        "status of words": b"HTTP/1.1 OK\r\n\r\n",
        "status of 4 digits": b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
        "status 099": b"HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n",
        "status 000": b"HTTP/1.1 000 Odd\r\ncontent-length: 0\r\n\r\n",
        "status 101": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n" + GOOD,
        "HTTP/9.9": b"HTTP/9.9 200 OK\r\n\r\n",
        "chunk without a size": chunked(b"\r\n{}\r\n"),
        "chunk of no hex": chunked(b"xyz\r\n{}\r\n"),
        "chunk of negative size": chunked(b"-5\r\n{}\r\n"),
        "chunk of huge size": chunked(b"f" * 30 + b"\r\n{}\r\n"),
        "chunk longer than its size": chunked(b"2\r\n{}{}\r\n0\r\n\r\n"),
        "length of words": HEAD + b"content-length: many\r\n\r\n" + GOOD,
        "negative length": HEAD + b"content-length: -5\r\n\r\n" + GOOD,
        "length of 5,000 digits": HEAD + b"content-length: " + b"9" * 5000 + b"\r\n\r\n" + GOOD,
        "length beyond the limit": HEAD + b"content-length: 99999999999\r\n\r\n" + GOOD,
        "two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "length and chunks": HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "unknown transfer encoding": HEAD + b"transfer-encoding: gzip\r\n\r\n" + GOOD,
        "length that is too short": HEAD + b"content-length: 5\r\n\r\n" + GOOD,
        "header without a colon": HEAD + b"broken\r\n" + length(GOOD) + GOOD,
        "header with a null byte": HEAD + b"x: a\x00b\r\n" + length(GOOD) + GOOD,
        "header that is folded": HEAD + b"x: a\r\n b\r\n" + length(GOOD) + GOOD,
        "huge header": HEAD + b"x: " + b"x" * 300_000 + b"\r\n" + length(GOOD) + GOOD,
        "many headers": HEAD + b"x: y\r\n" * 60_000 + length(GOOD) + GOOD,
        "headers without an end": HEAD + b"x: y\r\n" * 60_000,
    }
    for name, data in responses_by_name.items():
        yield name, Fault(responses(data))
    yield "flood of 1xx", Fault(floods(b"HTTP/1.1 102 Processing\r\n\r\n" * 9))
    yield "flood of headers", Fault(floods(b"x: y\r\n" * 500))
    yield "body without an end", Fault(floods(chunked(b"10000\r\n" + b" " * 65536 + b"\r\n")))


def _bodies() -> Iterator[tuple[str, Fault]]:
    bomb = gzip.compress(b" " * 4 * MEBIBYTE)
    bodies = {
        "empty body": b"",
        "HTML": b"<html>",
        "null": b"null",
        "list": b"[]",
        "text": b'"x"',
        "NaN": b'{"result": {"id": "ses_1", "idle_timeout": NaN}}',
        "infinity": b'{"result": {"id": "ses_1", "idle_timeout": -Infinity}}',
        "huge number": b'{"result": {"id": "ses_1", "idle_timeout": ' + b"9" * 100_000 + b"}}",
        "deep nesting": b'{"result": ' + b"[" * 100_000,
        "two objects": GOOD + GOOD,
        "byte order mark": b"\xef\xbb\xbf" + GOOD,
        "UTF-16": GOOD.decode().encode("utf-16"),
        "not UTF-8": b'{"result": {"id": "\xff"}}',
        "lone surrogate": rb'{"result": {"id": "\ud800"}}',
        "wrong types": b'{"result": {"id": 5}, "results": {}}',
        "other id": b'{"result": {"id": "ses_2", "session_id": "ses_2"}}',
        "odd date": b'{"result": {"id": "ses_1", "created_at": "9999999999-01-01T00:00:00Z"}}',
    }
    for name, body in bodies.items():
        yield name, Fault(responses(whole(body), end="keep"))
    coded = {"gzip": bomb, "deflate": zlib.compress(b" " * MEBIBYTE), "br": b"\x00", "identity, gzip": bomb}
    for coding, data in coded.items():
        header = b"content-encoding: " + coding.encode()
        yield f"{coding} bomb", Fault(responses(whole(data, b"200 OK", header), end="keep"))
        yield f"{coding} bomb with 500", Fault(responses(whole(data, b"500 No", header), end="keep"))
    yield "gzip bomb in gzip", Fault(responses(whole(gzip.compress(bomb), b"200 OK", b"content-encoding: gzip, gzip")))
    yield "2 MiB", Fault(responses(whole(b" " * 2 * MEBIBYTE)))
    yield "2 MiB without a length", Fault(responses(HEAD + b"connection: close\r\n\r\n" + b" " * 2 * MEBIBYTE))


def _statuses() -> Iterator[tuple[str, Fault]]:
    statuses = [204, 205, 304, 400, 403, 409, 422, 500, 503, 520, 999]
    if IS_NIGHTLY:
        statuses += [201, 206, 299, 300, 401, 402, 404, 405, 408, 413, 418, 451, 499, 501, 502, 504, 505, 599, 600]
    for status in statuses:
        yield f"{status}", Fault(echoes(b"%d Told" % status))
    for status, value in itertools.product((429, 503), (b"1", b"Wed, 21 Oct 2037 07:28:00 GMT", b"121")):
        script = echoes(b"%d No" % status, b"Retry-After: " + value)
        yield f"{status}, Retry-After {value.decode()}", Fault(script, is_retryable=True)
    for value in (b"inf", b"nan", b"-1", b"9" * 35, b"1e3", b"\xff"):
        name = f"429, Retry-After {value.decode('latin-1')}"
        yield name, Fault(echoes(b"429 No", b"Retry-After: " + value), is_retryable=True)
    yield "reason that quotes the token", Fault(echoes(b"500 COOKIE"))
    for status in (301, 302, 303, 307, 308) if IS_NIGHTLY else (302, 307, 308):
        yield f"{status} elsewhere", Fault(echoes(b"%d Moved" % status, b"Location: ELSEWHERE?COOKIE"))
        yield f"{status} to itself", Fault(echoes(b"%d Moved" % status, b"Location: /v0/sessions/?COOKIE"))


def _kept_connections() -> Iterator[tuple[str, Fault]]:
    yield "close after a good response", Fault(after_one(goes))
    yield "reset after a good response", Fault(after_one(Line.reset))
    yield "stray bytes after a good response", Fault(responses(whole(GOOD) + b"stray", end="keep"))
    yield "two responses to one request", Fault(responses(whole(GOOD) * 2, end="keep"))
    yield "body after 204", Fault(responses(b"HTTP/1.1 204 No Content\r\n\r\n" + whole(GOOD), end="keep"))


def _tls() -> Iterator[tuple[str, Fault]]:
    good = responses(whole(GOOD), end="keep")
    for kind in ("other name", "expired", "untrusted"):
        yield f"TLS: {kind}", Fault(good, is_retryable=True, tls=kind, is_https=True)
    yield "TLS: plain text", Fault(says_at_once(b"HTTP/1.1 400 Bad Request\r\n\r\n"), is_retryable=True, is_https=True)
    yield "TLS: stalled handshake", Fault(Line.stall, is_retryable=True, is_https=True)
    yield "TLS: closed handshake", Fault(cuts(1, "close"), is_retryable=True, is_https=True)
    yield "TLS: reset handshake", Fault(cuts(1, "reset"), is_retryable=True, is_https=True)
    yield (
        "TLS: dripping handshake",
        Fault(drips(b"\x16\x03\x03\x40\x00" + b"x" * 999), is_retryable=True, is_https=True),
    )
    over_tls = {
        "drip": drips(b" " * 9999, HEAD + b"content-length: 9999\r\n\r\n"),
        "stall": responses(HEAD, end="stall"),
        "cut": responses(HEAD + b"content-length: 999\r\n\r\n" + GOOD),
        "cut without a length": responses(HEAD + b"connection: close\r\n\r\n" + GOOD[:20]),
        "reset": responses(HEAD, end="reset"),
        "stray bytes": responses(whole(GOOD), b"stray", end="keep"),
        "echo": echoes(b"403 No"),
    }
    for name, script in over_tls.items():
        yield f"TLS: {name}", Fault(script, tls="good", is_https=True)


FAULTS: dict[str, Fault] = dict(
    itertools.chain(_connections(), _framing(), _bodies(), _statuses(), _kept_connections(), _tls())
)
