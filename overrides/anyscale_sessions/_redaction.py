"""What may be shown of a response: its beginning, with everything secret in it redact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from anyscale_sessions_api.types import SECRET_FIELDS

from .exceptions import BODY_LIMIT_BYTES

MASK = "***"
# What the spec marks as secret, and the token that authenticates.
MASKED_FIELDS = SECRET_FIELDS | {"cli_token"}
# A shorter text is no secret, and masking every place where it stands would make messages unreadable.
SHORTEST_SECRET_CHARACTERS = 6
# Of a text of several lines, such as a cluster config, a server may quote the line that it does not like.
MOST_SECRET_LINES = 1000
LONGEST_REQUEST_ID_CHARACTERS = 200


def redacted_body(body: bytes | bytearray, secrets: Iterable[str]) -> str:
    """The start of a response's body as text: the values of secret fields, and these secrets, are redact."""
    known = tuple(secrets)
    text = redact(body[: 2 * BODY_LIMIT_BYTES].decode("utf-8", errors="replace"), known)
    if len(body) > 2 * BODY_LIMIT_BYTES:
        text = _without_cut_secret(text, known)
    return text.encode()[:BODY_LIMIT_BYTES].decode("utf-8", errors="ignore")


def shown_request_id(headers: Mapping[str, str], secrets: Iterable[str]) -> str | None:
    """The server's id of the request, where it gave one; it is the server's to choose, so that it can hold anything."""
    text = headers.get("x-request-id")
    return None if text is None else redact(text, secrets)[:LONGEST_REQUEST_ID_CHARACTERS]


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with the values of secret fields, and these secrets, redact."""
    # The longest first: one may be part of another.
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(form, MASK)
    for pattern in _field_values():
        text = pattern.sub(rf"\g<before>{MASK}\g<after>", text)
    return text


def _forms(secret: str) -> Iterator[str]:
    """A secret and each of its lines: as it is, and as JSON, Python, HTML and URLs have it."""
    import json
    from html import escape  # with a table of all entities, which few processes ever need
    from urllib.parse import quote, quote_plus

    for text in {secret, *map(str.strip, secret.splitlines()[:MOST_SECRET_LINES])}:
        if len(text) >= SHORTEST_SECRET_CHARACTERS:
            yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1])
            yield from (quote(text, safe, errors="replace") for safe in ("", "/"))
            yield from (quote_plus(text, errors="replace"), escape(text))


def _without_cut_secret(text: str, secrets: Iterable[str]) -> str:
    """The text without the beginning of a secret at its end, of which the rest was cut off."""
    for form in [form for secret in secrets for form in _forms(secret)]:
        for length in range(min(len(form), len(text)), 0, -1):
            if text.endswith(form[:length]):
                text = text[:-length] + MASK
                break
    return text


@cache
def _field_values() -> tuple[re.Pattern[str], ...]:
    """A secret field with its text in JSON or in Python, and the same in JSON within JSON; the end may be cut off."""
    names = "|".join(sorted(map(re.escape, MASKED_FIELDS)))
    plain = rf"""(?P<before>(["'])(?:{names})\2\s*:\s*(["']))(?:\\.|(?!\3)[^\\])*(?P<after>\3|\\?\Z)"""
    within = rf"""(?P<before>(?<!\\)(\\+")(?:{names})\2\s*:\s*\2).*?(?P<after>(?<!\\)\2|\Z)"""
    return re.compile(plain, re.DOTALL), re.compile(within, re.DOTALL)
