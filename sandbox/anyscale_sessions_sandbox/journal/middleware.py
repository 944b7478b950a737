"""ASGI middleware that gives each request an id and a date, logs it, and records it in the journal."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..clock import Clock, to_text
from ..real_time import monotonic
from .entry import MAX_BODY_BYTES_KEPT, Entry
from .journal import Journal

# The key of the journal entry in the scope of a request, for handlers that add to it.
ENTRY = "sandbox_entry"
# The key of the journal in the scope of a request.
JOURNAL = "sandbox_journal"
# The headers that the middleware sets, instead of any that are there.
OWN_HEADERS = frozenset({b"x-request-id", b"date"})

logger = logging.getLogger("anyscale_sessions_sandbox")


class JournalMiddleware:
    """Adds `X-Request-ID` and `Date`, by the sandbox's clock, to each response, and records both sides in the journal.

    Without a journal, requests are logged only.
    """

    def __init__(self, app: ASGIApp, clock: Clock, journal: Journal | None) -> None:
        self._app = app
        self._clock = clock
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request and its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = str(uuid.uuid4())
        now = self._clock.now()
        entry = self._journal.open(to_text(now), scope["method"], _target(scope)) if self._journal else None
        scope[ENTRY], scope[JOURNAL] = entry, self._journal
        start_s = monotonic()

        async def receive_recorded() -> Message:
            message = await receive()
            if entry and entry.is_authenticated:
                record_request(entry, message.get("body", b""))
            return message

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message["headers"] if name not in OWN_HEADERS]
                headers += [(b"x-request-id", request_id.encode()), (b"date", _http_date(now.replace(microsecond=0)))]
                message["headers"] = headers
                logger.info("%s %s %d", request_id, scope.get("operation_id", "-"), message["status"])
                if entry:
                    entry.status, entry.response_headers = message["status"], headers
                if self._journal and entry and not entry.is_authenticated:
                    self._journal.add(entry)
            elif entry and entry.is_authenticated:
                record_response(entry, message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive_recorded, send_recorded)
        finally:
            if self._journal and entry:
                self._journal.finish(entry, round(monotonic() - start_s, 6))


@lru_cache(maxsize=1)
def _http_date(now: datetime) -> bytes:
    """A whole second as the `Date` header has it. Most requests come in the same second as the one before."""
    return format_datetime(now, usegmt=True).encode()


def _target(scope: Scope) -> str:
    """The path and the query of a request."""
    path: str = scope["path"]
    query: str = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def admit(scope: Scope, path: Mapping[str, str]) -> None:
    """Record the whole request, because it has the token. Without a journal, nothing is recorded."""
    entry: Entry | None = scope[ENTRY]
    if entry:
        entry.keep_all(_target(scope), scope["headers"], path)
        scope[JOURNAL].add(entry)


def record_request(entry: Entry, content: bytes) -> None:
    """Record a part of a request body."""
    entry.size += len(content)
    entry.request_content += content[: MAX_BODY_BYTES_KEPT - len(entry.request_content)]


def record_response(entry: Entry, content: bytes) -> None:
    """Record a part of a response body."""
    entry.response_size += len(content)
    entry.response_content += content[: MAX_BODY_BYTES_KEPT - len(entry.response_content)]
