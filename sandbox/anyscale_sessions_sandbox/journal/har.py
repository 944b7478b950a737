"""Journal entries as an HTTP archive (HAR 1.2), which browsers and other tools read."""

from __future__ import annotations

from collections.abc import Iterable
from http.client import responses
from typing import Any

from .entry import Entry
from .redaction import Masking

BASE_URL = "http://sandbox"
MS_PER_S = 1000
UNKNOWN = -1


def to_har(entries: Iterable[Entry], masking: Masking) -> dict[str, Any]:
    """The archive, with secrets masked. Times are the sandbox's, durations real."""
    creator = {"name": "anyscale-sessions-sandbox", "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(entry, masking) for entry in entries]}}


def _entry(entry: Entry, masking: Masking) -> dict[str, Any]:
    took_ms = (entry.duration_s or 0.0) * MS_PER_S
    return {
        "startedDateTime": entry.time,
        "time": took_ms,
        "request": _request(entry, masking),
        "response": _response(entry, masking),
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "comment": entry.operation or "",
    }


def _request(entry: Entry, masking: Masking) -> dict[str, Any]:
    body = {"postData": _content(entry.request_headers, entry.request_content, masking)} if entry.size else {}
    return {
        "method": entry.method,
        "url": BASE_URL + masking.text(entry.target),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(masking.headers(entry.request_headers)),
        "queryString": _named((name, masking.text(value)) for name, value in entry.query.items()),
        "headersSize": UNKNOWN,
        "bodySize": entry.size,
        **body,
    }


def _response(entry: Entry, masking: Masking) -> dict[str, Any]:
    status = entry.status or 0
    return {
        "status": status,
        "statusText": responses.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(masking.headers(entry.response_headers)),
        "content": {"size": entry.response_size, **_content(entry.response_headers, entry.response_content, masking)},
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": entry.response_size,
        **({"comment": f"fault: {entry.fault}"} if entry.fault else {}),
    }


def _content(headers: Iterable[tuple[bytes, bytes]], content: bytes, masking: Masking) -> dict[str, Any]:
    kinds = [value for name, value in masking.headers(headers) if name == "content-type"]
    return {"mimeType": (kinds or [""])[0], "text": masking.text(content.decode("utf-8", "replace"))}


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
