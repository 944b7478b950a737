"""Turns a step of a call into a request of httpcore."""

from __future__ import annotations

import httpcore

from ..._sansio.messages import Send
from ..request_defaults import RequestDefaults


class RequestBuilder:
    """Builds the requests to one server.

    Attributes:
        origin: scheme, host and port of the server.
    """

    def __init__(self, defaults: RequestDefaults) -> None:
        self._defaults = defaults
        self.origin = httpcore.Origin(defaults.url.scheme.encode(), defaults.host.encode(), defaults.port)

    def build(self, step: Send) -> httpcore.Request:
        """The request of a step."""
        connect_s = min(step.timeout_s, self._defaults.connect_timeout_s)
        timeouts = {"connect": connect_s, "pool": connect_s, "read": step.timeout_s, "write": step.timeout_s}
        target = self._defaults.target_of(step).encode("ascii")
        origin = self.origin
        return httpcore.Request(
            step.request.method,
            httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target),
            headers=self._defaults.headers_of(step),
            content=step.request.body,
            extensions={"timeout": timeouts},
        )
