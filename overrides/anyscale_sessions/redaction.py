"""What may be shown of a reply: its beginning, with everything secret in it masked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .exceptions import BODY_LIMIT_BYTES

MASK = "***"
SECRET_FIELDS = (
    "access_token",
    "anyscaled_config",
    "cli_token",
    "cluster_config",
    "connect_url",
    "ssh_private_key",
    "user_service_token",
    "webterminal_auth_url",
)

_FIELD_VALUE = re.compile(rf'("(?:{"|".join(SECRET_FIELDS)})"\s*:\s*)"(?:[^"\\]|\\.)*("|\Z)', re.DOTALL)


def shown_body(body: bytes, secrets: Iterable[str]) -> str:
    """The start of a reply's body as text: the values of secret fields, and these secrets, are masked."""
    return masked(body[: 2 * BODY_LIMIT_BYTES].decode("utf-8", errors="replace"), secrets)[:BODY_LIMIT_BYTES]


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with the values of secret fields, and these secrets, masked."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _FIELD_VALUE.sub(rf'\1"{MASK}"', text)
