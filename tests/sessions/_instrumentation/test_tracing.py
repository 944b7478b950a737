"""Spans, with the real SDK of OpenTelemetry: one for each call, and no trace of a secret."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from anyscale_sessions import CreateOutcomeUnknownError, CreateSession, NotFoundError

from ..conftest import APP_CONFIG, TOKEN, Face, Scripted, Turned

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1", "name": "a"}}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[ReadableSpan]]]:
    """The spans that have ended, by a provider of the test's own."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield lambda: list(exporter.get_finished_spans())
    provider.shutdown()


def shown(span: ReadableSpan) -> str:
    """All that a span says."""
    return span.to_json() + repr([(event.name, dict(event.attributes or {})) for event in span.events])


def test_call_is_one_span_with_its_attempts(
    face: Make, scripted: Scripted, turned: Turned, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """A call is one client span, and its attempts are events of the span."""
    scripted.raw(end="reset")
    scripted.json(GOOD)
    face(scripted.url, clock=turned.clock()).get_session("ses_1")
    (span,) = spans()
    assert (span.name, span.kind, span.status.status_code) == ("get_session", SpanKind.CLIENT, StatusCode.UNSET)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": f"{scripted.url}/v0",
        "url.template": "/sessions/{session_id}",
        "anyscale_sessions.operation": "get_session",
    }
    assert [event.name for event in span.events] == ["attempt", "response", "retry", "attempt", "response"]
    assert dict(span.events[1].attributes or {})["error.type"] == "APIConnectionError"
    assert dict(span.events[4].attributes or {})["http.response.status_code"] == 200


def test_error_marks_the_span(face: Make, scripted: Scripted, spans: Callable[[], list[ReadableSpan]]) -> None:
    """The span of a failed call has the class of the error, the status, the attempts and the request id."""
    scripted.json({"detail": "no"}, 404, x_request_id="r1")
    with pytest.raises(NotFoundError):
        face(scripted.url).get_session("ses_1")
    (span,) = spans()
    attributes = dict(span.attributes or {})
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "NotFoundError")
    assert attributes["error.type"] == "NotFoundError"
    assert attributes["http.response.status_code"] == 404
    assert attributes["anyscale_sessions.attempts"] == 1
    assert attributes["anyscale_sessions.request_id"] == "r1"


def test_other_errors_end_the_span(face: Make, scripted: Scripted, spans: Callable[[], list[ReadableSpan]]) -> None:
    """An interrupt ends the span of the call."""

    def interrupted(_record: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        face(scripted.url, on_request=interrupted).get_session("ses_1")
    assert [span.status.description for span in spans()] == ["KeyboardInterrupt"]


def test_cancelled_call_ends_the_span(
    face: Make, scripted: Scripted, turned: Turned, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """A cancellation ends the span of the call as cancelled."""

    def interrupted(_seconds: float) -> Any:
        raise KeyboardInterrupt

    turned.sleep = turned.sleep_async = interrupted  # type: ignore[method-assign,assignment]
    scripted.raw(end="reset")
    with pytest.raises(KeyboardInterrupt):
        face(scripted.url, clock=turned.clock()).get_session("ses_1")
    assert [span.status.description for span in spans()] == ["cancelled"]


def test_trace_is_propagated(face: Make, scripted: Scripted, spans: Callable[[], list[ReadableSpan]]) -> None:
    """The trace is in a header of requests with and without a body."""
    client = face(scripted.url)
    for _ in range(3):
        scripted.json(GOOD)
    client.get_session("ses_1")
    client.create_session(CreateSession(name="a", project_id="prj_1", **APP_CONFIG))
    client.kill_session_command("ses_1")
    for span, asked in zip(spans(), scripted.asked, strict=True):
        context = span.get_span_context()
        assert context is not None
        ids = f"{context.trace_id:032x}-{context.span_id:016x}"
        assert asked.headers["traceparent"] == f"00-{ids}-{context.trace_flags:02x}"


def test_propagator_cannot_replace_our_headers(
    face: Make, scripted: Scripted, spans: Callable[[], list[ReadableSpan]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A propagator can neither replace the client's headers nor add malformed ones."""

    def inject(carrier: dict[str, str], context: object) -> None:
        assert context is not None
        carrier.update({"Cookie": "a=b", "x-bad": "a\r\nb: c", "bad name": "x", "b3": "1-2"})

    monkeypatch.setattr(propagate, "inject", inject)
    scripted.json(GOOD)
    face(scripted.url).get_session("ses_1")
    headers = scripted.asked[0].headers
    assert headers["cookie"] == f"cli_token={TOKEN}"
    assert headers["b3"] == "1-2"
    assert not headers.keys() & {"x-bad", "bad name", "b"}
    assert len(spans()) == 1


def test_spans_hold_no_secret(
    face: Make, scripted: Scripted, turned: Turned, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """A create request with a lost response is one span with its search, and shows no token."""
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    scripted.json({"detail": f"{TOKEN} {body.user_service_token}"}, 500)
    scripted.json({}, 403)
    with pytest.raises(CreateOutcomeUnknownError):
        face(scripted.url, clock=turned.clock()).create_session(body)
    (span,) = spans()
    assert span.name == "create_session"
    assert [dict(event.attributes or {}).get("anyscale_sessions.operation") for event in span.events] == [
        "create_session",
        None,
        "search_sessions",
        None,
    ]
    for secret in (TOKEN, body.user_service_token, "cli_token"):
        assert secret not in shown(span)


def test_without_the_api_package_nothing_happens() -> None:
    """A client does not import OpenTelemetry and works without it."""
    program = """
import sys
sys.modules["opentelemetry"] = None
from anyscale_sessions import SessionsClient, APIConnectionError
try:
    SessionsClient("sss_a", host="http://127.0.0.1:1", max_attempts=1).get_session("ses_1")
except APIConnectionError:
    print(sorted(name for name in sys.modules if name.startswith("opentelemetry.")))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert ended.stdout.strip() == "[]"
