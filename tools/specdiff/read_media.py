"""The content of a response that the clients read, where several are offered."""

from __future__ import annotations

from typing import NamedTuple

from spec.locations import Place
from spec.media import Form
from spec.navigate import Node
from spec.wire import responses_of


class ReadMedia(NamedTuple):
    """The media type that is read: the form of its content, and its place."""

    form: Form
    place: Place


def read_media(spec: Node, response: Place) -> ReadMedia | None:
    """What the clients read of a response; `None` if it has no content."""
    (read,) = responses_of(spec, {"responses": {"200": response.node}}, "get")
    if read is None:
        return None
    return ReadMedia(read.form, response.at("content", read.accept.partition(", ")[0]))
