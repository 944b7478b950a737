"""The records of attempts that observers receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import CreateOutcomeUnknownError, CreateSession, NotFoundError
from anyscale_sessions._sansio.attempts import RequestInfo, ResponseInfo, RetryInfo, redacted_target

from ..conftest import APP_CONFIG, TOKEN, Face, Scripted, Turned

Make = Callable[..., Face]

GOOD = {"result": {"id": "ses_1"}}


def test_hooks_are_called_for_every_attempt(face: Make, scripted: Scripted, turned: Turned) -> None:
    """Each attempt has a request and a response record, and each retry a record with its wait, in order."""
    records: list[Any] = []
    hooks = dict.fromkeys(("on_request", "on_response", "on_retry"), records.append)
    client = face(scripted.url, clock=turned.clock(), **hooks)
    scripted.raw(end="reset")
    scripted.json({}, 429, retry_after="2")
    scripted.json(GOOD, x_request_id="r1")
    client.get_session("ses_1")
    facts = {"operation_id": "get_session", "method": "GET", "target": "/sessions/ses_1"}
    assert records == [
        RequestInfo(**facts, attempt=1),
        ResponseInfo(**facts, attempt=1, status=None, seconds=0.0, request_id=None, error="APIConnectionError"),
        RetryInfo(**facts, attempt=1, wait=0.025, status=None, error="APIConnectionError", outcome="UNKNOWN"),
        RequestInfo(**facts, attempt=2),
        ResponseInfo(**facts, attempt=2, status=429, seconds=0.0, request_id=None, error="RateLimitError"),
        RetryInfo(**facts, attempt=2, wait=2.0, status=429, error="RateLimitError", outcome="THROTTLED"),
        RequestInfo(**facts, attempt=3),
        ResponseInfo(**facts, attempt=3, status=200, seconds=0.0, request_id="r1", error=None),
    ]


def test_response_record_has_the_duration(face: Make, scripted: Scripted) -> None:
    """The seconds of a response record are counted from its request."""
    records: list[ResponseInfo] = []
    scripted.raw(b"HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n", b"{}", pause_s=0.05)
    with pytest.raises(NotFoundError):
        face(scripted.url, on_response=records.append).get_session("ses_1")
    assert 0.04 < records[0].seconds < 5.0
    assert (records[0].status, records[0].error) == (404, "NotFoundError")


def test_hooks_are_called_for_searches(face: Make, scripted: Scripted, turned: Turned) -> None:
    """The searches for a session after a lost response call the hooks too."""
    records: list[str] = []
    client = face(scripted.url, clock=turned.clock(), on_request=lambda record: records.append(record.operation_id))
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    scripted.raw(end="reset")
    scripted.json({"results": [{"id": "ses_1", "name": "a", "user_service_token": body.user_service_token}]})
    assert client.create_session(body).id == "ses_1"
    assert records == ["create_session", "search_sessions"]


def test_hooks_see_no_secret(face: Make, scripted: Scripted, turned: Turned) -> None:
    """No record holds a token, a body, a header, or a paging token."""
    records: list[Any] = []
    hooks = dict.fromkeys(("on_request", "on_response", "on_retry"), records.append)
    client = face(scripted.url, clock=turned.clock(), deadline=1.0, **hooks)
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    scripted.json({"detail": f"{TOKEN} {body.user_service_token}"}, 500)
    scripted.json({}, 403)
    scripted.json({"results": []})
    with pytest.raises(CreateOutcomeUnknownError):
        client.create_session(body)
    client.list_sessions("prj_1", paging_token="secret-place", count=3)
    shown = repr(records)
    for secret in (TOKEN, body.user_service_token, "secret-place", "cli_token"):
        assert secret not in shown
    assert records[-1].target == "/sessions/?project_id=prj_1&paging_token=***&count=3"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/sessions/a", "/sessions/a"),
        ("/sessions/a?", "/sessions/a"),
        ("/x?session_id=a&before=2026&e=", "/x?session_id=a&before=***&e=***"),
        ("/x?count=5&count=6&token=a%20b", "/x?count=5&count=6&token=***"),
    ],
)
def test_targets_are_shown_without_values(target: str, shown: str) -> None:
    """The target in a record shows the values of ids and counts in a query, and only the names of the others."""
    assert redacted_target(target) == shown
