"""OpenTelemetry: one span for each call, its attempts as events, and the trace in a request header.

The client never imports the OpenTelemetry API (extra `[otel]`) first: an application that traces has imported it before
it makes a call. Spans hold the operation, its path template, statuses and times, but nothing that is sent or received.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

from anyscale_sessions_api.service import TOKEN_HEADER
from anyscale_sessions_api.types import Operation

from .._sansio.attempts import RequestInfo, ResponseInfo, RetryInfo
from .._sansio.messages import CallSteps
from ..exceptions import SessionsError
from ..version import __version__

T = TypeVar("T")

TRACING_API: Final = "opentelemetry.trace"
"""The module that an application which traces has imported."""

# The headers that a propagator must not replace.
RESERVED_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "cookie", "host"}
    | {"transfer-encoding", "user-agent", "x-anyscale-client", "x-anyscale-client-version", TOKEN_HEADER}
)
_NAME: Final = r"[A-Za-z0-9-]{1,64}"
_VALUE: Final = r"[\x20-\x7e]{0,8192}"


class CallSpan:
    """The span of one call.

    Attributes:
        headers: the request headers that propagate the trace.
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

    def wrap(self, steps: CallSteps[T]) -> CallSteps[T]:
        """The same steps. The span ends when they end."""
        try:
            return (yield from steps)
        except SessionsError as error:
            self._set_error(type(error).__name__)
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
            self._set_error("cancelled" if isinstance(error, GeneratorExit) else type(error).__name__)
            raise
        finally:
            self._span.end()

    def _set_error(self, kind: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR, kind)

    def on_request(self, record: RequestInfo) -> None:
        """Add an event for the attempt."""
        self._span.add_event(
            "attempt",
            {"anyscale_sessions.attempt": record.attempt, "anyscale_sessions.operation": record.operation_id},
        )

    def on_response(self, record: ResponseInfo) -> None:
        """Add an event for the end of the attempt."""
        attributes: dict[str, Any] = {
            "anyscale_sessions.attempt": record.attempt,
            "anyscale_sessions.seconds": record.seconds,
            "http.response.status_code": record.status,
            "error.type": record.error,
        }
        self._span.add_event("response", {name: value for name, value in attributes.items() if value is not None})

    def on_retry(self, record: RetryInfo) -> None:
        """Add an event for the retry."""
        attributes = {"anyscale_sessions.attempt": record.attempt, "anyscale_sessions.wait": record.wait}
        self._span.add_event("retry", attributes)
