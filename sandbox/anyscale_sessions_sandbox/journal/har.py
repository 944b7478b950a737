"""Journal entries as an HTTP archive (HAR 1.2), which browsers and other tools can read."""

from __future__ import annotations

from collections.abc import Iterable
from http.client import responses
from typing import Any

from .entry import Entry
from .redaction import Redactor

BASE_URL = "http://sandbox"
MS_PER_S = 1000
UNKNOWN = -1


def to_har(entries: Iterable[Entry], redactor: Redactor) -> dict[str, Any]:
    """The archive, with secrets redacted. Times are by the sandbox's clock, durations are real."""
    creator = {"name": "anyscale-sessions-sandbox", "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(entry, redactor) for entry in entries]}}


def _entry(entry: Entry, redactor: Redactor) -> dict[str, Any]:
    duration_ms = (entry.duration_s or 0.0) * MS_PER_S
    return {
        "startedDateTime": entry.time,
        "time": duration_ms,
        "request": _request(entry, redactor),
        "response": _response(entry, redactor),
        "cache": {},
        "timings": {"send": 0, "wait": duration_ms, "receive": 0},
        "comment": entry.operation or "",
    }


def _request(entry: Entry, redactor: Redactor) -> dict[str, Any]:
    body = {"postData": _content(entry.request_headers, entry.request_content, redactor)} if entry.size else {}
    return {
        "method": entry.method,
        "url": BASE_URL + redactor.text(entry.target),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(redactor.headers(entry.request_headers)),
        "queryString": _named((name, redactor.text(value)) for name, value in entry.query.items()),
        "headersSize": UNKNOWN,
        "bodySize": entry.size,
        **body,
    }


def _response(entry: Entry, redactor: Redactor) -> dict[str, Any]:
    status = entry.status or 0
    return {
        "status": status,
        "statusText": responses.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(redactor.headers(entry.response_headers)),
        "content": {"size": entry.response_size, **_content(entry.response_headers, entry.response_content, redactor)},
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": entry.response_size,
        **({"comment": f"fault: {entry.fault}"} if entry.fault else {}),
    }


def _content(headers: Iterable[tuple[bytes, bytes]], content: bytes, redactor: Redactor) -> dict[str, Any]:
    kinds = [value for name, value in redactor.headers(headers) if name == "content-type"]
    return {"mimeType": (kinds or [""])[0], "text": redactor.text(content.decode("utf-8", "replace"))}


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
