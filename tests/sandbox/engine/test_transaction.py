"""Transactions at one time of the sandbox, and timings."""

from __future__ import annotations

import math
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, Timings, serve


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/sessions/x", None),
        ("PUT", "/sessions/x", {}),
        ("DELETE", "/sessions/x", None),
        ("POST", "/sessions/x/start", {}),
        ("POST", "/sessions/x/terminate", {}),
        ("GET", "/production_jobs/x/session", None),
        ("GET", "/session_operations/x", None),
        ("POST", "/session_commands/", {"session_id": "x", "shell_command": "true"}),
        ("GET", "/session_commands/?session_id=x", None),
        ("GET", "/session_commands/x", None),
        ("POST", "/session_commands/x/kill", None),
        ("GET", "/session_events/?session_id=x", None),
    ],
)
def test_what_does_not_exist_is_answered_with_404(api: Any, method: str, path: str, body: Any) -> None:
    """A request for an unknown resource is answered with 404 and names the resource."""
    response = api.call(method, path, body)
    assert response.status == 404
    assert "x" in response.body["error"]["detail"].split()


def test_operations_that_take_no_time_are_done_by_the_next_request(visit: Any) -> None:
    """With a duration of 0, a start is in progress in its response and done by the next request."""
    with serve(timings=Timings(0, 0), clock=ManualClock(), validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create()
        operation = api.start(session)
        assert operation["completed"] is False
        assert api.operation(operation)["completed"] is True
        assert api.get(session)["state"] == "Running"


@pytest.mark.parametrize("timings", [(-1, 0), (0, -0.5), (math.nan, 0)])
def test_operations_cannot_take_less_than_no_time(timings: tuple[float, float]) -> None:
    """Timings with a negative duration are refused."""
    with pytest.raises(ValueError, match="must be 0 or more"):
        Timings(*timings)
