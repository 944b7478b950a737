"""Texts with the secrets in them masked, so that they can be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from ..spec import Document, Spec

MASK = "***"
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})


def secret_names(spec: Spec) -> frozenset[str]:
    """The fields of the spec's schemas that hold secrets, wherever within them these are marked as such."""
    return frozenset(_secret_names(spec, spec.document.get("components", {}).get("schemas", {})))


def _secret_names(spec: Spec, node: Any) -> Iterator[str]:
    """The names in a part of the spec."""
    if isinstance(node, list):
        node = dict(enumerate(cast("list[Any]", node)))  # type: ignore[redundant-cast]
    if isinstance(node, dict):
        parts = cast("Document", node)
        fields = parts.get("properties")
        if isinstance(fields, dict):
            yield from (name for name, field in cast("Document", fields).items() if _is_secret(spec, field))
        for part in parts.values():
            yield from _secret_names(spec, part)


def _is_secret(spec: Spec, schema: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a value is marked as secret, or one within it that has no name of its own."""
    if not isinstance(schema, dict):
        return False
    node = cast("Document", schema)
    if node.get("format") == "password" or node.get("writeOnly"):
        return True
    reference: str = node.get("$ref", "")
    inner: list[Any] = [part for key in ("allOf", "anyOf", "oneOf", "prefixItems") for part in node.get(key, ())]
    inner += [node.get("items"), node.get("additionalProperties")]
    if reference not in {"", *seen}:
        inner.append(spec.target(reference))
    return any(_is_secret(spec, part, seen | {reference}) for part in inner)


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
