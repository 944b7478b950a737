"""What writes the journal: a layer around the application that sees requests come and responses go."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .entry import MOST_BYTES, Entry
from .journal import Journal

# Where handlers find the entry of their request, to write into it what only they know.
ENTRY = "sandbox_entry"


class Recorder:
    """Writes down every request and its response."""

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query: str = scope["query_string"].decode("latin-1")
        entry = self._journal.open(scope["method"], scope["path"] + (f"?{query}" if query else ""))
        entry.request_headers = scope["headers"]
        scope[ENTRY] = entry
        began = time.monotonic()

        async def receive_seen() -> Message:
            message = await receive()
            content: bytes = message.get("body", b"")
            entry.size += len(content)
            entry.request_content += content[: MOST_BYTES - len(entry.request_content)]
            return message

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status, entry.response_headers = message["status"], message["headers"]
            else:
                note_response(entry, message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive_seen, send_seen)
        finally:
            entry.duration_s = round(time.monotonic() - began, 6)


def note_response(entry: Entry, content: bytes) -> None:
    """Write down a part of a response's body."""
    entry.response_size += len(content)
    entry.response_content += content[: MOST_BYTES - len(entry.response_content)]
