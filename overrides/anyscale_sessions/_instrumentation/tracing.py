"""OpenTelemetry, where the application uses it: one span for each call, its attempts as events, the trace in a header.

The API package (extra `[otel]`) is never imported first: an application that traces has done so before it calls. Where
it has not, nothing happens. Spans hold the operation, its path without ids, statuses and times; nothing of what is sent
or received.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..exceptions import SessionsError
from ..version import __version__

if TYPE_CHECKING:
    from anyscale_sessions_api.types import Operation

    from .._sansio.call import Calls
    from .hooks import RequestInfo, ResponseInfo, RetryInfo

T = TypeVar("T")

# What a propagator may not put in the place of ours.
RESERVED_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "cookie", "host"}
    | {"transfer-encoding", "user-agent", "x-anyscale-client", "x-anyscale-client-version"}
)
_NAME: Final = r"[A-Za-z0-9-]{1,64}"
_VALUE: Final = r"[\x20-\x7e]{0,8192}"


def is_traced() -> bool:
    """Whether the application uses OpenTelemetry."""
    return "opentelemetry.trace" in sys.modules


class CallSpan:
    """The span of one call.

    Attributes:
        headers: what tells the server which trace it is part of.
    """

    def __init__(self, operation: Operation[Any], host: str) -> None:
        from opentelemetry import propagate, trace

        attributes = {
            "http.request.method": operation.method,
            "server.address": host,
            "url.template": operation.path,
            "anyscale_sessions.operation": operation.id,
        }
        self._span = trace.get_tracer("anyscale_sessions", __version__).start_span(
            operation.id, kind=trace.SpanKind.CLIENT, attributes=attributes
        )
        headers: dict[str, str] = {}
        propagate.inject(headers, context=trace.set_span_in_context(self._span))
        self.headers = tuple(
            (name.encode(), value.encode())
            for name, value in headers.items()
            if re.fullmatch(_NAME, name) and re.fullmatch(_VALUE, value) and name.lower() not in RESERVED_HEADERS
        )

    def around(self, steps: Calls[T]) -> Calls[T]:
        """The same steps; the span ends with them."""
        try:
            return (yield from steps)
        except SessionsError as error:
            self._failed(type(error).__name__)
            self._span.set_attributes(
                {
                    name: value
                    for name, value in {
                        "http.response.status_code": error.status,
                        "anyscale_sessions.attempts": error.attempts,
                        "anyscale_sessions.request_id": error.request_id,
                    }.items()
                    if value is not None
                }
            )
            raise
        except BaseException as error:
            self._failed("cancelled" if isinstance(error, GeneratorExit) else type(error).__name__)
            raise
        finally:
            self._span.end()

    def _failed(self, kind: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR, kind)

    def on_request(self, record: RequestInfo) -> None:
        """An attempt begins."""
        self._span.add_event(
            "attempt",
            {"anyscale_sessions.attempt": record.attempt, "anyscale_sessions.operation": record.operation_id},
        )

    def on_response(self, record: ResponseInfo) -> None:
        """An attempt has ended."""
        facts: dict[str, Any] = {
            "anyscale_sessions.attempt": record.attempt,
            "anyscale_sessions.seconds": record.seconds,
            "http.response.status_code": record.status,
            "error.type": record.error,
        }
        self._span.add_event("response", {name: value for name, value in facts.items() if value is not None})

    def on_retry(self, record: RetryInfo) -> None:
        """An attempt will be repeated."""
        facts = {"anyscale_sessions.attempt": record.attempt, "anyscale_sessions.wait": record.wait}
        self._span.add_event("retry", facts)
