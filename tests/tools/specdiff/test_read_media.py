"""tools/specdiff/read_media.py: the content of a response that the clients read."""

from __future__ import annotations

import pytest

from spec.locations import Place
from spec.media import Form
from specdiff.read_media import ReadMedia, read_media

TEXT = {"schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("offered", "form", "name"),
    [
        (["text/plain", "application/json"], Form.JSON, "application/json"),
        (["text/plain", "text/csv"], Form.TEXT, "text/plain"),
        (["image/png"], Form.BYTES, "image/png"),
    ],
)
def test_json_is_read_before_text_and_bytes(offered: list[str], form: Form, name: str) -> None:
    """Of several media types the clients read JSON, and else the first that is text or binary."""
    response = Place({"content": dict.fromkeys(offered, TEXT)}, "#")
    assert read_media({}, response) == ReadMedia(form, response.at("content", name))


def test_response_without_content_has_none() -> None:
    """A response without content has nothing to read."""
    assert read_media({}, Place({"description": "Gone."}, "#")) is None
