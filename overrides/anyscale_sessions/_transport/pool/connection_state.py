"""What passes over one connection: whether the request was sent, and which bytes belong to no response.

httpcore keeps all bytes that it reads, so a byte after the end of a response would become the start of the next one. It
is therefore given no byte beyond the end: the head of a response and a body in chunks end with a blank line, and any
other body has a known length.
"""

from __future__ import annotations

import re
import ssl
from typing import Any, Final

from ..request_defaults import content_length

BLANK_LINE: Final = re.compile(rb"\n\r?\n")


class ConnectionState:
    """The state of one connection, shared by its streams: the plain one, and one for each layer of TLS.

    Attributes:
        is_sent: whether a byte of the last request may have been sent. What opens a tunnel does not count.
        unread: bytes that were received and not yet given to httpcore.
        stream: the stream that was opened last, over which requests are sent.
    """

    def __init__(self) -> None:
        self.is_sent = False
        self.unread = b""
        self.stream: Any = None
        self._unsent: list[bytes] = []
        self._request_start = b""
        self._body_bytes_left: int | None = None
        self._last_given = b""

    def start_request(self, method: str) -> None:
        """Prepare for a request and the head of its response."""
        self.is_sent = False
        self._request_start = f"{method} ".encode("ascii")
        self._body_bytes_left = None
        self._unsent.clear()

    def start_body(self, headers: dict[str, str]) -> None:
        """Prepare for the body of the response that has these headers."""
        if "transfer-encoding" not in headers:
            self._body_bytes_left = content_length(headers)

    def queue(self, data: bytes) -> None:
        """Keep bytes to be sent: head and body of a request go out in one piece."""
        self._unsent.append(data)

    def take_queued(self) -> bytes:
        """The bytes to be sent now."""
        data = b"".join(self._unsent)
        self._unsent.clear()
        self.is_sent = self.is_sent or data.startswith(self._request_start)
        return data

    def next_piece(self) -> bytes:
        """The next unread bytes, up to the place where the response may end."""
        unread = self.unread
        if self._body_bytes_left is not None:
            end = self._body_bytes_left
            self._body_bytes_left = max(0, end - len(unread))
        else:
            found = BLANK_LINE.search(self._last_given + unread)
            end = found.end() - len(self._last_given) if found else len(unread)
            # A blank line can be split between two pieces.
            self._last_given = b"" if found else (self._last_given + unread)[-2:]
        self.unread = unread[end:]
        return unread[:end]

    def is_clean(self) -> bool:
        """Whether everything that was received belongs to a response, as far as is known without reading more."""
        return not self.unread and not _has_tls_data(self.stream)


def _has_tls_data(stream: Any) -> bool:
    """Whether TLS over memory, as anyio does it, has received more than was read. The connection is unusable then."""
    tls: Any = stream.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject):
        return False  # a TLS socket reads one record at a time and leaves the others in the socket
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass
    return True
