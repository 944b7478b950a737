"""How the content of a request or a response is written, by its media type."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from spec.navigate import Node, options_of


class Form(StrEnum):
    """How content is written."""

    JSON = "json"
    FORM = "form"
    MULTIPART = "multipart"
    TEXT = "text"
    BYTES = "bytes"
    XML = "xml"
    STREAM = "stream"


JSON_TYPES = frozenset({"application/json", "text/json"})
STREAM_TYPES = frozenset({"text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq"})
BINARY_KEYWORDS = ("contentEncoding", "contentMediaType")
UNREADABLE = frozenset({Form.XML, Form.STREAM})
"""Forms that are neither sent nor read."""


def form_of(spec: Node, media_type: str, schema: object) -> Form:
    """The form of content with this media type. A wildcard stands for JSON, unless the schema is a string."""
    name = bare(media_type)
    if name in JSON_TYPES or name.endswith("+json"):
        return Form.JSON
    if name == "application/x-www-form-urlencoded":
        return Form.FORM
    if name == "multipart/form-data":
        return Form.MULTIPART
    if name in STREAM_TYPES or name.startswith("multipart/"):
        return Form.STREAM
    if name in ("application/xml", "text/xml") or (name.endswith("+xml") and not name.startswith("image/")):
        return Form.XML
    if name.startswith("text/") and name != "text/*":
        return Form.TEXT
    if name in ("*/*", "application/*", "text/*") and not is_binary(spec, schema):
        is_text = any(option.get("type") == "string" for option in options_of(spec, schema))
        return Form.TEXT if is_text or name == "text/*" else Form.JSON
    return Form.BYTES


def bare(media_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_binary(spec: Node, schema: object) -> bool:
    """Whether a schema is that of binary data, as OpenAPI 3.0 or 3.1 writes it."""
    return any(_is_binary(option) for option in options_of(spec, schema))


def _is_binary(schema: dict[str, Any]) -> bool:
    if schema.get("format") == "binary":
        return True
    return "contentMediaType" in schema and schema.get("contentEncoding") is None and "properties" not in schema
