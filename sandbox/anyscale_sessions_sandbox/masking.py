"""Texts with the secrets in them masked, so that they can be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .spec import Document, Spec

MASK = "***"
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})


def secret_names(spec: Spec) -> frozenset[str]:
    """The fields of the spec's schemas that hold secrets."""
    schemas: dict[str, Document] = spec.document.get("components", {}).get("schemas", {})
    return frozenset(
        name
        for schema in schemas.values()
        for name, field in schema.get("properties", {}).items()
        if field.get("format") == "password" or field.get("writeOnly")
    )


class Masking:
    """Masks the values of these fields in texts that are JSON, or nearly so, and these very secrets."""

    def __init__(self, names: Iterable[str], secrets: Iterable[str]) -> None:
        fields = "|".join(sorted(map(re.escape, names))) or r"(?!)"
        # The end of a text may be cut off, in the midst of a value as well; quotes are escaped in JSON within JSON.
        self._field = re.compile(
            rf"""(?P<before>(?P<quote>\\*["'])(?:{fields})(?P=quote)\s*:\s*)"""
            r"""(?:(?P=quote)(?:(?!(?P=quote)).)*?(?:(?<!\\)(?P=quote)|\Z)|[^\s"',\\}\]][^,}\]]*|[\[{].*)""",
            re.DOTALL,
        )
        self._secrets = tuple(secrets)

    def text(self, text: str) -> str:
        """The text with its secrets masked."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return self._field.sub(lambda found: f'{found["before"]}"{MASK}"', text)

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        """Headers with the values of those masked that hold secrets."""
        shown = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
        return [(name, MASK if name in SECRET_HEADERS else self.text(value)) for name, value in shown]
