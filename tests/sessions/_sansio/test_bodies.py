"""_sansio/bodies.py: text, binary data and forms are sent in the form of their media type."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from anyscale_sessions._sansio import bodies
from anyscale_sessions._sansio.bodies import encode_content, is_json


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", True),
        ("application/merge-patch+json", True),
        ("Application/JSON; charset=utf-8", True),
        ("text/plain", False),
    ],
)
def test_json_has_several_media_types(media_type: str, *, expected: bool) -> None:
    """JSON is known by its media type, whatever its parameters are."""
    assert is_json(media_type) is expected


@pytest.mark.parametrize(
    ("value", "media_type", "content", "header"),
    [
        ({"a": 1}, "application/merge-patch+json", b'{"a":1}', "application/merge-patch+json"),
        ("a,b", "text/csv", b"a,b", "text/csv"),
        ("é", "text/csv", "é".encode(), "text/csv; charset=utf-8"),
        ("é", "text/csv; charset=UTF-8", "é".encode(), "text/csv; charset=UTF-8"),
        (b"\x00", "image/png", b"\x00", "image/png"),
    ],
)
def test_content_has_its_media_type(value: Any, media_type: str, content: bytes, header: str) -> None:
    """Text is sent as UTF-8, and says so if that matters; binary data is sent as it is."""
    assert encode_content(value, media_type, {}) == (content, header)


def test_a_form_repeats_the_name_of_a_list() -> None:
    """Each item of a list is a field of its own, and each value is written as in a query."""
    fields = {"a b": ["x", "&"], "on": True, "at": datetime(2026, 1, 31, tzinfo=UTC), "n": 1}
    content, header = encode_content(fields, bodies.FORM, {})
    assert content == b"a+b=x&a+b=%26&on=true&at=2026-01-31T00%3A00%3A00%2B00%3A00&n=1"
    assert header == bodies.FORM


def test_the_parts_of_a_form_have_their_media_types() -> None:
    """Binary data is a file, an object is JSON, and the spec can name another media type."""
    fields = {"file": b"\x00", "info": {"a": 1}, "note": "n", 'q"\r\n': "x"}
    content, header = encode_content(fields, bodies.MULTIPART, {"note": "text/markdown"})
    boundary = header.removeprefix("multipart/form-data; boundary=").encode()
    parts = content.split(b"--" + boundary)
    assert parts[0] == b""
    assert parts[1:-1] == [
        (
            b'\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n\x00\r\n"
        ),
        b'\r\nContent-Disposition: form-data; name="info"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n',
        b'\r\nContent-Disposition: form-data; name="note"\r\nContent-Type: text/markdown\r\n\r\nn\r\n',
        b'\r\nContent-Disposition: form-data; name="q%22%0D%0A"\r\n\r\nx\r\n',
    ]
    assert parts[-1] == b"--\r\n"


def test_a_boundary_never_occurs_in_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """A boundary that the content contains is replaced by another one, always the same for the same content."""
    first = sha256(b"").hexdigest()[:32].encode()

    class Digest:
        """A digest whose first value is in the content."""

        def __init__(self, content: bytes) -> None:
            self.digest = sha256()
            assert first in content

        def hexdigest(self) -> str:
            return self.digest.hexdigest()

        def update(self, data: bytes) -> None:
            self.digest.update(data)

    monkeypatch.setattr("hashlib.sha256", Digest)
    content, header = encode_content({"a": first.decode()}, bodies.MULTIPART, {})
    assert first.decode() not in header
    assert content.count(header.removeprefix("multipart/form-data; boundary=").encode()) == 2
