"""Redaction: what may be shown of a response, without the secrets in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from anyscale_sessions_api.types import SECRET_FIELDS

from .exceptions import BODY_LIMIT_BYTES

MASK = "***"
# The fields that the spec marks as secret, and the token that authenticates.
MASKED_FIELDS = SECRET_FIELDS | {"cli_token"}
# A shorter text is no secret. To redact it everywhere would make messages unreadable.
MIN_SECRET_CHARACTERS = 6
# A server may quote one line of a longer text, such as a cluster config.
MAX_SECRET_LINES = 1000
MAX_REQUEST_ID_CHARACTERS = 200


def redacted_body(body: bytes | bytearray, secrets: Iterable[str]) -> str:
    """The start of a response's body as text, with the values of secret fields and these secrets redacted."""
    known = tuple(secrets)
    text = redact(body[: 2 * BODY_LIMIT_BYTES].decode("utf-8", errors="replace"), known)
    if len(body) > 2 * BODY_LIMIT_BYTES:
        text = _without_cut_secret(text, known)
    return text.encode()[:BODY_LIMIT_BYTES].decode("utf-8", errors="ignore")


def redacted_request_id(headers: Mapping[str, str], secrets: Iterable[str]) -> str | None:
    """The server's id of the request, if it sent one. A server can put any text there, so it is redacted and cut."""
    text = headers.get("x-request-id")
    return None if text is None else redact(text, secrets)[:MAX_REQUEST_ID_CHARACTERS]


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with the values of secret fields and these secrets redacted."""
    # The longest first, because one may be part of another.
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(form, MASK)
    for pattern in _field_values():
        text = pattern.sub(rf"\g<before>{MASK}\g<after>", text)
    return text


def _forms(secret: str) -> Iterator[str]:
    """A secret and each of its lines: as it is, and escaped as in JSON, Python, HTML and URLs."""
    import json
    from html import escape  # loads a table of all entities, which few processes need
    from urllib.parse import quote, quote_plus

    for text in {secret, *map(str.strip, secret.splitlines()[:MAX_SECRET_LINES])}:
        if len(text) >= MIN_SECRET_CHARACTERS:
            yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1])
            yield from (quote(text, safe, errors="replace") for safe in ("", "/"))
            yield from (quote_plus(text, errors="replace"), escape(text))


def _without_cut_secret(text: str, secrets: Iterable[str]) -> str:
    """The text with a secret at its end redacted, even if the end of that secret was cut off."""
    for form in [form for secret in secrets for form in _forms(secret)]:
        for length in range(min(len(form), len(text)), 0, -1):
            if text.endswith(form[:length]):
                text = text[:-length] + MASK
                break
    return text


@cache
def _field_values() -> tuple[re.Pattern[str], ...]:
    """Patterns of a secret field and its text: in JSON or Python, and in JSON within JSON. The end may be cut off."""
    names = "|".join(sorted(map(re.escape, MASKED_FIELDS)))
    plain = rf"""(?P<before>(["'])(?:{names})\2\s*:\s*(["']))(?:\\.|(?!\3)[^\\])*(?P<after>\3|\\?\Z)"""
    within = rf"""(?P<before>(?<!\\)(\\+")(?:{names})\2\s*:\s*\2).*?(?P<after>(?<!\\)\2|\Z)"""
    return re.compile(plain, re.DOTALL), re.compile(within, re.DOTALL)
