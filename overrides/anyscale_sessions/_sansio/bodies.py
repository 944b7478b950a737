"""Request bodies that are not JSON: text, binary data, forms, and forms of several parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


def is_json(media_type: str) -> bool:
    """Whether content of this type is JSON."""
    name = media_type.partition(";")[0].strip().lower()
    return name in ("application/json", "text/json") or name.endswith("+json")


def encode_content(value: Any, media_type: str, part_types: Mapping[str, str]) -> tuple[bytes, str]:
    """A body in the form of its media type, and the header Content-Type.

    Args:
        value: a text, binary data, or the fields of a form by their names on the wire.
        media_type: the media type in the spec.
        part_types: the media types of parts for which the spec states one.
    """
    name = media_type.partition(";")[0].strip().lower()
    if is_json(name):
        return msgspec.json.encode(value), media_type
    if name == FORM:
        return _form(value), media_type
    if name == MULTIPART:
        return _multipart(value, part_types)
    if isinstance(value, str):
        is_plain = value.isascii() or "charset" in media_type.lower()
        return value.encode(), media_type if is_plain else f"{media_type}; charset=utf-8"
    return bytes(value), media_type


def _form(fields: Mapping[str, Any]) -> bytes:
    from urllib.parse import urlencode

    return urlencode([(name, _text(item)) for name, item in _items(fields)]).encode()


def _items(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of a form, one by one: a list repeats its name."""
    for name, value in fields.items():
        yield from ((name, item) for item in (value if isinstance(value, (list, tuple)) else [value]))  # pyright: ignore[reportUnknownVariableType]


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    return item.isoformat() if isinstance(item, datetime) else str(item)


def _multipart(fields: Mapping[str, Any], part_types: Mapping[str, str]) -> tuple[bytes, str]:
    """The parts of a form (RFC 7578). Binary data is a file with the name of its field."""
    parts = [_part(name, item, part_types.get(name)) for name, item in _items(fields)]
    boundary = _boundary(b"".join(parts))
    lines = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    return b"%b--%b--\r\n" % (lines, boundary), f"{MULTIPART}; boundary={boundary.decode()}"


def _part(name: str, item: Any, media_type: str | None) -> bytes:
    quoted = name.translate({ord('"'): "%22", 10: "%0A", 13: "%0D"})
    header = f'Content-Disposition: form-data; name="{quoted}"'
    if isinstance(item, (bytes, bytearray)):
        header += f'; filename="{quoted}"'
        content, usual = bytes(item), "application/octet-stream"
    elif isinstance(item, dict):
        content, usual = msgspec.json.encode(item), "application/json"
    else:
        content, usual = _text(item).encode(), ""
    kind = media_type or usual
    header += f"\r\nContent-Type: {kind}" if kind else ""
    return header.encode() + b"\r\n\r\n" + content


def _boundary(content: bytes) -> bytes:
    """A boundary that is the same for the same content, and does not occur in it."""
    from hashlib import sha256

    digest = sha256(content)
    while (boundary := digest.hexdigest()[:32].encode()) in content:
        digest.update(boundary)
    return boundary
