"""tools/spec/media.py: how content is written, by its media type."""

from __future__ import annotations

from typing import Any

import pytest

from spec.media import Form, bare, form_of, is_binary

TEXT, OBJECT, BINARY = {"type": "string"}, {"type": "object"}, {"type": "string", "format": "binary"}


@pytest.mark.parametrize(
    ("media_type", "schema", "form"),
    [
        ("application/json", OBJECT, Form.JSON),
        ("Application/JSON; charset=utf-8", OBJECT, Form.JSON),
        ("application/problem+json", OBJECT, Form.JSON),
        ("text/json", OBJECT, Form.JSON),
        ("application/x-www-form-urlencoded", OBJECT, Form.FORM),
        ("multipart/form-data", OBJECT, Form.MULTIPART),
        ("multipart/mixed", OBJECT, Form.STREAM),
        ("text/event-stream", TEXT, Form.STREAM),
        ("application/x-ndjson", OBJECT, Form.STREAM),
        ("application/xml", OBJECT, Form.XML),
        ("text/xml", OBJECT, Form.XML),
        ("application/atom+xml", OBJECT, Form.XML),
        ("image/svg+xml", TEXT, Form.BYTES),
        ("text/plain", TEXT, Form.TEXT),
        ("text/csv", {}, Form.TEXT),
        ("*/*", OBJECT, Form.JSON),
        ("*/*", TEXT, Form.TEXT),
        ("*/*", BINARY, Form.BYTES),
        ("text/*", OBJECT, Form.TEXT),
        ("application/*", OBJECT, Form.JSON),
        ("application/pdf", {}, Form.BYTES),
        ("image/*", {}, Form.BYTES),
    ],
)
def test_the_media_type_decides_the_form(media_type: str, schema: dict[str, Any], form: Form) -> None:
    """Content has the form of its media type; a wildcard stands for JSON, unless the schema is a string."""
    assert form_of({}, media_type, schema) is form


def test_parameters_do_not_belong_to_the_name() -> None:
    """A media type is compared without its parameters and in lower case."""
    assert bare("Text/Plain; charset=utf-8") == "text/plain"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (BINARY, True),
        ({"contentMediaType": "image/png"}, True),
        ({"contentMediaType": "image/png", "contentEncoding": "base64"}, False),
        ({"$ref": "#/components/schemas/File"}, True),
        (TEXT, False),
    ],
)
def test_binary_data_are_found_in_both_versions_of_openapi(schema: dict[str, Any], expected: bool) -> None:
    """Binary data are `format: binary`, or a media type without an encoding, also behind a reference."""
    assert is_binary({"components": {"schemas": {"File": BINARY}}}, schema) is expected
