"""What a page asks for about the journal: one entry, a search, and a check of conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..control.controls import Components
from ..errors import NotFoundError, Problem, UnprocessableEntityError
from ..journal import Entry
from ..journal.har import to_har
from ..journal.redaction import Redactor
from ..spec import Document, Spec
from .copies import curl_copy, fault_copy, python_copy
from .masking import Mask
from .near_misses import near_misses


def entry_details(components: Components, spec: Spec, mask: Mask, redactor: Redactor, number: int) -> Document:
    """An entry, its copies, and why faults did not hit it. Raises NotFoundError."""
    entry = components.journal.entry(number)
    if entry is None:
        raise NotFoundError(f"The journal has no entry {number}.")
    return {
        "entry": entry.to_dict(redactor),
        "python": python_copy(entry, spec, mask),
        "curl": curl_copy(entry, mask),
        "har": to_har([entry], redactor),
        "fault": fault_copy(entry, mask),
        "near": near_misses(components, spec, entry),
    }


def search(components: Components, text: str) -> Document:
    """The numbers of the entries that contain a text, newest first. Upper and lower case are the same."""
    wanted = text.lower()
    found = [entry.number for entry in components.journal.entries() if wanted in _searched(entry)]
    return {"numbers": found[::-1]}


def match(components: Components, operation: str | None, conditions: Mapping[str, Any]) -> Document:
    """The entries that meet conditions, and the most similar others. Raises UnprocessableEntityError."""
    journal = components.journal
    try:
        found = journal.find(operation, **conditions)
        near = journal.nearest(operation, **conditions)
    except TypeError as error:  # an unknown name, or one that Python uses itself
        raise UnprocessableEntityError([Problem(("body",), str(error), "value_error")]) from None
    return {
        "matches": [entry.number for entry in found],
        "near": [{"number": entry.number, "unmet": unmet} for entry, unmet in near],
    }


def _searched(entry: Entry) -> str:
    """The texts of an entry that are searched, in lower case."""
    headers = b"\n".join(b": ".join(header) for header in (*entry.request_headers, *entry.response_headers))
    content = b"\n".join((headers, entry.request_content, entry.response_content)).decode("utf-8", "replace")
    return f"{entry.line()}\n{entry.target}\n{content}".lower()
