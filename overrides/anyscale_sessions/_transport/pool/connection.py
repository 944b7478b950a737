"""One httpcore connection of the synchronous pool."""

from __future__ import annotations

from typing import Any

from anyscale_sessions_api.types import Secret

from ..._sansio.messages import Response, Send
from ..request_defaults import Body, RequestDefaults, lower_headers, response_of
from .deadline import DeadlineBackend
from .request_builder import RequestBuilder


class Connection:
    """One connection to the server, direct or through a proxy.

    Attributes:
        kept_at: when it was last given back, by the monotonic clock.
    """

    kept_at = 0.0

    def __init__(self, requests: RequestBuilder, http: Any, backend: DeadlineBackend) -> None:
        self._requests, self._http, self._backend, self._state = requests, http, backend, backend.state

    @property
    def is_sent(self) -> bool:
        """Whether a byte of the last request may have been sent."""
        return self._state.is_sent

    def exchange(self, step: Send, defaults: RequestDefaults, ends_at: float) -> Response:
        """Send a request and read its response, until a time of the monotonic clock."""
        self._backend.deadline.ends_at = ends_at
        self._state.start_request(step.request.method)
        response = self._http.handle_request(self._requests.build(step))
        try:
            headers = Secret(lower_headers(response.headers))
            body = Body(defaults, response.status, headers.value)
            self._state.start_body(headers.value)
            all(map(body.add, response.iter_stream()))  # no variable holds a chunk while the next one is awaited
        finally:
            response.close()
        return response_of(response.status, headers.value, body)

    def is_free(self) -> bool:
        """Whether another request can be sent."""
        return bool(self._http.is_available()) and self._state.is_clean()

    def has_expired(self) -> bool:
        """Whether it was closed or idle for too long, or has received something since the last response."""
        return not self._http.is_available() or bool(self._http.has_expired())

    def close(self) -> None:
        """Close the connection."""
        try:
            self._http.close()
        finally:
            self._backend.close()
