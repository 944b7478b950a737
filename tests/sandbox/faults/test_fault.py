"""The fields of a fault, in Python and in the header of a request."""

from __future__ import annotations

import math
from typing import Any

import pytest

from anyscale_sessions_sandbox import Fault, Sandbox

from .conftest import ask


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("status", 503, '{"error":{"detail":"An injected fault."}}'),
        ("status; status=418; body=I am; phase=after", 418, "I am"),
        ("status; status=502; body=<html>no</html>", 502, "<html>no</html>"),
        ('status; status=500; body={"detail": 1}; headers={"X-A": "b"}', 500, '{"detail":1}'),
        ("status; status=204", 204, ""),
        ("status; status=304", 304, ""),
        ("malformed", 200, '{"results":[],"metadata":'),
        ("malformed; body=<html>", 200, "<html>"),
        ("malformed; body=[1]", 200, "[1]"),
        ("slow_headers; seconds=0.1", 200, '{"results":[],"metadata":{"total":0,"next_paging_token":null}}'),
        ("stall; seconds=0.1; phase=after", 200, '{"results":[],"metadata":{"total":0,"next_paging_token":null}}'),
        ("stall; seconds=0", 200, '{"results":[],"metadata":{"total":0,"next_paging_token":null}}'),
    ],
)
def test_one_call_can_ask_for_a_fault(sandbox: Sandbox, fault: str, status: int, text: str) -> None:
    """A request can have a fault with fields in its header."""
    response = ask(sandbox, fault)
    assert response.status_code == status
    assert response.text[: len(text)] == text
    assert sandbox.journal.find("list_sessions")[0].fault


@pytest.mark.parametrize(
    "fault",
    [
        "nothing",
        "reset; when=now",
        "status; status=99",
        "status; status=200.0",
        "status; body=NaN",
        "throttle; retry_after=x",
        "throttle; retry_after=1e999",
        "truncate; keep_bytes=1.5",
        f"status; nth={'[' * 2000}",
        "",
    ],
)
def test_a_header_that_asks_for_no_fault_is_refused(sandbox: Sandbox, fault: str) -> None:
    """An invalid fault header is refused with the reason."""
    response = ask(sandbox, fault)
    assert response.status_code == 400
    assert "Invalid header X-Sandbox-Fault: " in response.json()["error"]["detail"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "explode"}, "kind must be one of"),
        ({}, "needs a kind"),
        ({"kind": "reset", "phase": "during"}, "phase must be"),
        ({"kind": "reset", "status": 500, "retry_after": 1}, "of kind reset: retry_after, status"),
        ({"kind": "reset", "nth": 0}, "nth"),
        ({"kind": "reset", "times": 0}, "times"),
        ({"kind": "reset", "probability": 1.5}, "probability"),
        ({"kind": "status", "status": 100}, "status"),
        ({"kind": "stall", "seconds": -1}, "must be 0 or more"),
        ({"kind": "stall", "seconds": "x"}, "seconds must be a finite number"),
        ({"kind": "stall", "seconds": math.inf}, "seconds must be a finite number"),
        ({"kind": "reset", "keep_bytes": 1.5}, "keep_bytes must be an integer"),
        ({"kind": "reset", "nth": True}, "nth must be an integer"),
        ({"kind": "reset", "nth": None}, "nth must be an integer"),
        ({"kind": "reset", "name": 5}, "name must be a string"),
        ({"kind": "throttle", "as_date": "yes"}, "as_date must be true or false"),
        ({"kind": "status", "body": {"a": math.nan}}, "body must be JSON"),
        ({"kind": "status", "body": "\ud800"}, "body must be JSON"),
        ({"kind": "extra_field", "value": {1, 2}}, "value must be JSON"),
        ({"kind": "status", "status": 204, "body": {}}, "a response with status 204 cannot have a body"),
        ({"kind": "status", "headers": ["a"]}, "headers must be"),
        ({"kind": "status", "headers": {"a": 1}}, "headers must be"),
        ({"kind": "status", "headers": {"a\n": "b"}}, "headers must be"),
        ({"kind": "status", "headers": {"a": "b\r\nc: d"}}, "headers must be"),
        ({"kind": "status", "headers": {"a": "\u20ac"}}, "headers must be"),
        ({"kind": "status", "headers": {"Content-Length": "3"}}, "headers must be"),
        ({"kind": "stall", "colour": "x"}, "unknown field of a fault: colour"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(settings: Any, message: str) -> None:
    """A fault with invalid fields is refused when it is created."""
    with pytest.raises(ValueError, match=message):
        Fault.from_dict(settings)
