"""Redaction of secrets in texts, so that the texts can be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from ..spec import Document, Spec

REDACTED = "***"
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})


def secret_names(spec: Spec) -> frozenset[str]:
    """The names of the fields that contain secrets, according to the OpenAPI document."""
    return frozenset(_secret_names(spec, spec.document.get("components", {}).get("schemas", {})))


def _secret_names(spec: Spec, node: Any) -> Iterator[str]:
    """The names of secret fields in a part of the document."""
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
    """Whether a schema is marked as secret, or a schema in it that is not a named field."""
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


class Redactor:
    """Replaces the values of secret fields in texts that are JSON, or similar to it, and the given secrets anywhere."""

    def __init__(self, names: Iterable[str], secrets: Iterable[str]) -> None:
        fields = "|".join(sorted(map(re.escape, names))) or r"(?!)"
        # A text may be cut off anywhere. In JSON that is a string within JSON, quotes are escaped. Each pattern
        # looks at each character a limited number of times, so that no text takes long.
        text = rf"""(?P<before>(["'])(?:{fields})\2\s*:\s*(["']))(?:\\.|(?!\3)[^\\])*(?P<after>\3|\\?\Z)"""
        within = rf"""(?P<before>\\"(?:{fields})(\\+")\s*:\s*\2).*?(?P<after>(?<!\\)\2|\Z)"""
        other = rf"""(?P<before>(["'])(?:{fields})\2\s*:\s*)(?!null)(?:[\[{{].*|[^\s"'\[{{][^,}}\]]*)(?P<after>)"""
        self._fields = [re.compile(pattern, re.DOTALL) for pattern in (text, within, other)]
        self._secrets = tuple(secrets)

    def text(self, text: str) -> str:
        """The text with its secrets redacted."""
        text = self.known(text)
        for pattern in self._fields:
            text = pattern.sub(rf"\g<before>{REDACTED}\g<after>", text)
        return text

    def known(self, text: str) -> str:
        """The text with the given secrets redacted, but not the values of secret fields."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        """The headers, with secret values redacted."""
        shown = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
        return [(name, REDACTED if name in SECRET_HEADERS else self.text(value)) for name, value in shown]
