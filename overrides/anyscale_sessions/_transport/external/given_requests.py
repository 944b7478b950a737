"""Makes the requests that go out over a client of the caller's.

Its `build_request` merges what the client adds to every request with ours, which takes httpx a fifth of the whole call.
Where the client is httpx's own, what came of merging is kept for as long as the client's headers are the same.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from types import FunctionType
from typing import Any, Final, NamedTuple

from ..._sansio.call import Send
from ..request_defaults import RequestDefaults

URLS_KEPT: Final = 16


class _Merged(NamedTuple):
    """Headers of requests without a body and with one, and those of the client that went into them."""

    theirs: list[tuple[bytes, bytes]]
    headers: Any
    body_headers: Any


class GivenRequests:
    """Makes requests for one client."""

    def __init__(self, wire: RequestDefaults, client: Any) -> None:
        self._wire, self._client = wire, client
        self._root = f"{wire.url.scheme}://{wire.url.netloc}"
        self._merged: _Merged | None = None
        self._httpx, self._build = _httpx_of(client)
        if self._httpx is not None:
            self._url = lru_cache(URLS_KEPT)(self._httpx.URL)

    def of(self, step: Send) -> Any:
        """The request of a step, as the client's `build_request` makes it."""
        client = self._client
        is_known = self._httpx is not None and getattr(client.build_request, "__func__", None) is self._build
        if not is_known or client.params:
            return self._built(step)
        theirs, merged = client.headers.raw, self._merged
        if merged is None or merged.theirs != theirs:
            merged = self._merged = self._merge(theirs)
        return self._made(step, merged)

    def _built(self, step: Send) -> Any:
        timeouts = self._timeouts(step)
        return self._client.build_request(
            step.request.method,
            self._root + self._wire.target_of(step),
            content=step.request.body,
            headers=self._wire.headers_of(step),
            timeout=tuple(timeouts.values()),
        )

    def _made(self, step: Send, merged: _Merged) -> Any:
        body = step.request.body
        request = self._httpx.Request(
            step.request.method,
            self._url(self._root + self._wire.target_of(step)),
            headers=merged.headers if body is None else merged.body_headers,  # which it copies
            stream=self._httpx.ByteStream(body or b""),
            extensions={"timeout": self._timeouts(step)},
        )
        request.read()  # so that the client's hooks and its authentication can look at the content
        if body is not None or step.request.method == "POST":
            request.headers["content-length"] = str(len(body or b""))
        for name, value in step.headers:
            request.headers[name.decode("ascii")] = value.decode("ascii")
        return request

    def _merge(self, theirs: list[tuple[bytes, bytes]]) -> _Merged:
        """What the client makes of our headers. Its cookies are not in it: a request with a cookie header gets none."""
        build, wire = self._client.build_request, self._wire
        plain = build("GET", self._root, headers=list(wire.headers))
        full = build("POST", self._root, headers=list(wire.body_headers), content=b"{}")
        return _Merged(theirs, plain.headers, full.headers)

    def _timeouts(self, step: Send) -> dict[str, float]:
        connect_s = min(step.timeout_s, self._wire.connect_timeout_s)
        return {"connect": connect_s, "read": step.timeout_s, "write": step.timeout_s, "pool": connect_s}


def _httpx_of(client: Any) -> tuple[Any, Any]:
    """The package httpx, and how its clients build requests, if the client is one of those as they come from there.

    A class that somebody derived, or a method that somebody put in the place of httpx's, may do anything.
    """
    httpx = sys.modules.get("httpx")  # whoever made a client of it has imported it
    if httpx is None or type(client) not in (httpx.Client, httpx.AsyncClient):
        return None, None
    build = httpx.Client.build_request
    is_theirs = type(build) is FunctionType and build.__globals__["__name__"].startswith("httpx.")
    return (httpx, build) if is_theirs else (None, None)
