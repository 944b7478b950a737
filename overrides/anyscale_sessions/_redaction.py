"""Redaction: what may be shown of a response, without the secrets in it.

A text is first cut to about what is kept of it, then redacted once. The time is linear in the length of what is kept
and in that of the secrets.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from anyscale_sessions_api.service import TOKEN_COOKIE, TOKEN_HEADER
from anyscale_sessions_api.types import SECRET_FIELDS

from ._utils.secret_texts import SecretTexts
from .exceptions import BODY_LIMIT_BYTES

MASK = "***"
# The fields that the spec marks as secret, and the token that authenticates.
MASKED_FIELDS = SECRET_FIELDS | ({TOKEN_COOKIE or TOKEN_HEADER} - {""})
MAX_REQUEST_ID_CHARACTERS = 200
# More than is kept is redacted, because a mask can be shorter than what it replaces.
MARGIN = 2


def redacted_body(body: bytes | bytearray, secrets: Iterable[str]) -> str:
    """The start of a response's body as text, with the values of secret fields and these secrets redacted."""
    start = body[: MARGIN * BODY_LIMIT_BYTES]
    is_cut = len(start) < len(body)
    # A character that the cut has divided is left out.
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(start, not is_cut)
    (shown,) = _redacted([text], secrets, are_cut=[is_cut])
    return shown.encode()[:BODY_LIMIT_BYTES].decode("utf-8", errors="ignore")


def redacted_request_id(headers: Mapping[str, str], secrets: Iterable[str]) -> str | None:
    """The server's id of the request, if it sent one. A server can put any text there, so it is cut and redacted."""
    text = headers.get("x-request-id")
    return None if text is None else redacted_starts([text], secrets, MAX_REQUEST_ID_CHARACTERS)[0]


def redacted_starts(texts: Sequence[str], secrets: Iterable[str], limit: int) -> list[str]:
    """At most `limit` characters of each text, with the values of secret fields and these secrets redacted."""
    starts = [text[: MARGIN * limit] for text in texts]
    are_cut = [len(start) < len(text) for start, text in zip(starts, texts, strict=True)]
    return [shown[:limit] for shown in _redacted(starts, secrets, are_cut=are_cut)]


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with the values of secret fields and these secrets redacted."""
    return _redacted([text], secrets, are_cut=[False])[0]


def _redacted(texts: Sequence[str], secrets: Iterable[str], *, are_cut: Sequence[bool]) -> list[str]:
    known = secrets if isinstance(secrets, SecretTexts) else SecretTexts(secrets)
    return [_masked(text, spans) for text, spans in zip(texts, known.spans(texts, are_cut=are_cut), strict=True)]


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with a mask in the place of each span and of the value of each secret field."""
    pieces: list[str] = []
    end = 0
    for start, stop in spans:
        pieces += (text[end:start], MASK)
        end = stop
    text = "".join((*pieces, text[end:]))
    for pattern in _field_values():
        text = pattern.sub(rf"\g<before>{MASK}\g<after>", text)
    return text


@cache
def _field_values() -> tuple[re.Pattern[str], ...]:
    """Patterns of a secret field and its text: in JSON or Python, and in JSON within JSON. The end may be cut off."""
    names = "|".join(sorted(map(re.escape, MASKED_FIELDS)))
    plain = rf"""(?P<before>(["'])(?:{names})\2\s*:\s*(["']))(?:\\.|(?!\3)[^\\])*(?P<after>\3|\\?\Z)"""
    within = rf"""(?P<before>(?<!\\)(\\+")(?:{names})\2\s*:\s*\2).*?(?P<after>(?<!\\)\2|\Z)"""
    return re.compile(plain, re.DOTALL), re.compile(within, re.DOTALL)
