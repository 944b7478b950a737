"""The content encodings of a response: gateways compress even what was asked for as it is."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

GZIP: Final = frozenset({"gzip", "x-gzip"})
DEFLATE: Final = "deflate"
ZLIB_HEADER_BYTES: Final = 2
IDENTITY: Final = frozenset({"", "identity"})


class UndecodableContent(Exception):
    """The data are not in the encoding that was announced, or end too early."""


class Decoder(Protocol):
    """Decodes the content of a response piece by piece."""

    def decode(self, data: bytes, max_bytes: int) -> bytes:
        """At most so many decoded bytes of the data and of what came before. Raises `UndecodableContent`."""
        ...

    def finish(self) -> None:
        """Raise `UndecodableContent` if the data end too early."""
        ...


def decoder_of(encoding: str) -> Decoder | None:
    """The decoder for a header Content-Encoding; `None` for content as it is. Raises `UndecodableContent`."""
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in IDENTITY]
    if not names:
        return None
    if len(names) == 1 and (names[0] in GZIP or names[0] == DEFLATE):
        return ZlibDecoder(is_gzip=names[0] in GZIP)
    raise UndecodableContent


class ZlibDecoder:
    """Decodes gzip, also of several members, and deflate, with or without the header of zlib."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._window_bits = zlib.MAX_WBITS | 16 if is_gzip else zlib.MAX_WBITS
        self._is_gzip = is_gzip
        self._first = b""  # as much as a header of zlib takes
        self._decoder = zlib.decompressobj(self._window_bits)

    def decode(self, data: bytes, max_bytes: int) -> bytes:
        """At most so many decoded bytes of the data and of what came before. Raises `UndecodableContent`."""
        decoded: list[bytes] = []
        left = max_bytes
        while data and left > 0:
            if self._decoder.eof:
                if not self._is_gzip:
                    raise UndecodableContent  # something follows the end
                self._decoder = zlib.decompressobj(self._window_bits)
            piece = self._decompress(data, left)
            left -= len(piece)
            decoded.append(piece)
            data = self._decoder.unused_data or self._decoder.unconsumed_tail
        return b"".join(decoded)

    def _decompress(self, data: bytes, max_bytes: int) -> bytes:
        first, self._first = self._first, (self._first + data)[:ZLIB_HEADER_BYTES]
        try:
            return self._decoder.decompress(data, max_bytes)
        except zlib.error:
            if self._is_gzip or len(first) >= ZLIB_HEADER_BYTES:
                raise UndecodableContent from None
        self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)  # many servers send deflate without its header
        return self._decompress(first + data, max_bytes)

    def finish(self) -> None:
        """Raise `UndecodableContent` if the data end too early."""
        if self._first and not self._decoder.eof:
            raise UndecodableContent
