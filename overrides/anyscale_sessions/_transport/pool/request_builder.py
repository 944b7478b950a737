"""Steps as httpcore's requests."""

from __future__ import annotations

from typing import Any

import httpcore

from ..._sansio.call import Send
from ..request_defaults import RequestDefaults


class Requests:
    """Makes httpcore's requests out of steps.

    Attributes:
        origin: the server that they are for.
    """

    def __init__(self, wire: RequestDefaults) -> None:
        self._wire = wire
        self._scheme = wire.url.scheme.encode()
        self._host = wire.host.encode()
        self._port = wire.port
        self.origin = httpcore.Origin(self._scheme, self._host, self._port)

    def of(self, step: Send, trace: Any = None) -> httpcore.Request:
        """The request of a step; `trace` is told of what becomes of it."""
        connect_s = min(step.timeout_s, self._wire.connect_timeout_s)
        timeouts = {"connect": connect_s, "pool": connect_s, "read": step.timeout_s, "write": step.timeout_s}
        target = self._wire.target_of(step).encode("ascii")
        return httpcore.Request(
            step.request.method,
            httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target),
            headers=self._wire.headers_of(step),
            content=step.request.body,
            extensions={"timeout": timeouts} if trace is None else {"timeout": timeouts, "trace": trace},
        )
