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
        # A text can be cut off anywhere. Within JSON that is itself a text in JSON, quotes are escaped.
        text = rf"""(?P<before>(["'])(?:{fields})\2\s*:\s*(["']))(?:\\.|(?!\3)[^\\])*(?P<after>\3|\\?\Z)"""
        within = rf"""(?P<before>(\\+")(?:{fields})\2\s*:\s*\2).*?(?P<after>(?<!\\)\2|\Z)"""
        other = rf"""(?P<before>(["'])(?:{fields})\2\s*:\s*)(?!null)(?:[\[{{].*|[^\s"'\[{{][^,}}\]]*)(?P<after>)"""
        self._fields = [re.compile(pattern, re.DOTALL) for pattern in (text, within, other)]
        self._secrets = tuple(secrets)

    def text(self, text: str) -> str:
        """The text with its secrets masked."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern in self._fields:
            text = pattern.sub(rf"\g<before>{MASK}\g<after>", text)
        return text

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        """Headers with the values of those masked that hold secrets."""
        shown = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
        return [(name, MASK if name in SECRET_HEADERS else self.text(value)) for name, value in shown]
