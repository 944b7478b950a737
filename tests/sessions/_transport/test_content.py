"""Content encodings, piece by piece; tests/faults/cases/test_response_sizes.py has whole responses."""

from __future__ import annotations

import gzip
import zlib

import pytest

from anyscale_sessions._transport.content import UndecodableContent, decoder_of

TEXT = b"some content " * 10


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate"])
def test_content_is_decoded_in_pieces(encoding: str) -> None:
    """Content that arrives byte by byte is decoded, also deflate without the header of zlib."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = {"deflate": zlib.compress(TEXT), "raw deflate": compressor.compress(TEXT) + compressor.flush()}
    decoder = decoder_of(encoding.removeprefix("raw "))
    assert decoder is not None
    data = packed.get(encoding, gzip.compress(TEXT))
    assert b"".join(decoder.decode(data[at : at + 1], 1000) for at in range(len(data))) == TEXT
    decoder.finish()


def test_gzip_can_have_several_members() -> None:
    """Members of gzip that follow each other are one content."""
    decoder = decoder_of("gzip")
    assert decoder is not None
    assert decoder.decode(gzip.compress(b"a") + gzip.compress(b"b"), 1000) == b"ab"


def test_what_follows_deflate_is_refused() -> None:
    """Bytes after the end of deflate are no content."""
    decoder = decoder_of("deflate")
    assert decoder is not None
    with pytest.raises(UndecodableContent):
        decoder.decode(zlib.compress(TEXT) + b"more", 1000)


@pytest.mark.parametrize("encoding", ["br", "gzip, deflate"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """An encoding that is not known, and several at once, cannot be decoded."""
    with pytest.raises(UndecodableContent):
        decoder_of(encoding)
