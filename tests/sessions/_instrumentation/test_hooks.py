"""Hooks: what they are told, and that nothing they do changes a call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import CreateOutcomeUnknownError, CreateSession, InvalidRequestError, NotFoundError
from anyscale_sessions._instrumentation.hooks import Hooks, RequestInfo, ResponseInfo, RetryInfo, shown_target

from ..conftest import APP_CONFIG, TOKEN, Face, Scripted, Turned

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}


def test_hooks_are_told_of_every_attempt(face: Make, scripted: Scripted, turned: Turned) -> None:
    """Each attempt has a request and a response, and each repetition its wait, in the order in which they happen."""
    told: list[Any] = []
    hooks = dict.fromkeys(("on_request", "on_response", "on_retry"), told.append)
    client = face(scripted.url, clock=turned.clock(), **hooks)
    scripted.raw(end="reset")
    scripted.json({}, 429, retry_after="2")
    scripted.json(GOOD, x_request_id="r1")
    client.get_session("ses_1")
    facts = {"operation_id": "get_session", "method": "GET", "target": "/sessions/ses_1"}
    assert told == [
        RequestInfo(**facts, attempt=1),
        ResponseInfo(**facts, attempt=1, status=None, seconds=0.0, request_id=None, error="APIConnectionError"),
        RetryInfo(**facts, attempt=1, wait=0.025, status=None, error="APIConnectionError", outcome="UNKNOWN"),
        RequestInfo(**facts, attempt=2),
        ResponseInfo(**facts, attempt=2, status=429, seconds=0.0, request_id=None, error="RateLimitError"),
        RetryInfo(**facts, attempt=2, wait=2.0, status=429, error="RateLimitError", outcome="THROTTLED"),
        RequestInfo(**facts, attempt=3),
        ResponseInfo(**facts, attempt=3, status=200, seconds=0.0, request_id="r1", error=None),
    ]


def test_hooks_are_told_how_long_it_took(face: Make, scripted: Scripted) -> None:
    """The seconds of a response are those from the request on."""
    told: list[ResponseInfo] = []
    scripted.raw(b"HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n", b"{}", pause_s=0.05)
    with pytest.raises(NotFoundError):
        face(scripted.url, on_response=told.append).get_session("ses_1")
    assert 0.04 < told[0].seconds < 5.0
    assert (told[0].status, told[0].error) == (404, "NotFoundError")


def test_hooks_are_told_of_searches(face: Make, scripted: Scripted, turned: Turned) -> None:
    """What looks for a session whose creation has lost its response is told of as well."""
    told: list[str] = []
    client = face(scripted.url, clock=turned.clock(), on_request=lambda record: told.append(record.operation_id))
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    scripted.raw(end="reset")
    scripted.json({"results": [{"id": "ses_1", "name": "a", "user_service_token": body.user_service_token}]})
    assert client.create_session(body).id == "ses_1"
    assert told == ["create_session", "search_sessions"]


def test_hooks_see_no_secret(face: Make, scripted: Scripted, turned: Turned) -> None:
    """No record holds a token, a body, a header, or a paging token."""
    told: list[Any] = []
    hooks = dict.fromkeys(("on_request", "on_response", "on_retry"), told.append)
    client = face(scripted.url, clock=turned.clock(), deadline=1.0, **hooks)
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    scripted.json({"detail": f"{TOKEN} {body.user_service_token}"}, 500)
    scripted.json({}, 403)
    scripted.json({"results": []})
    with pytest.raises(CreateOutcomeUnknownError):
        client.create_session(body)
    client.list_sessions("prj_1", paging_token="secret-place", count=3)
    shown = repr(told)
    for secret in (TOKEN, body.user_service_token, "secret-place", "cli_token"):
        assert secret not in shown
    assert told[-1].target == "/sessions/?project_id=prj_1&paging_token=***&count=3"


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
    """Of a query, ids and counts are shown, and only the names of the rest."""
    assert shown_target(target) == shown


def test_hook_that_raises_changes_nothing(
    face: Make, scripted: Scripted, turned: Turned, caplog: pytest.LogCaptureFixture
) -> None:
    """What a hook raises is ignored, and logged once for each hook, without its text."""

    def bad(_record: object) -> None:
        raise ZeroDivisionError(TOKEN)

    client = face(scripted.url, clock=turned.clock(), on_request=bad, on_response=bad, on_retry=bad)
    for _ in range(2):
        scripted.raw(end="reset")
        scripted.json(GOOD)
        with caplog.at_level(logging.WARNING):
            assert client.get_session("ses_1").id == "ses_1"
    assert sorted(record.getMessage().split(",")[0] for record in caplog.records) == [
        f"the hook {name} raised ZeroDivisionError" for name in ("on_request", "on_response", "on_retry")
    ]
    assert TOKEN not in caplog.text


def test_hook_can_be_interrupted(face: Make, scripted: Scripted) -> None:
    """An interrupt that happens to come in a hook is not swallowed."""

    def interrupted(_record: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        face(scripted.url, on_request=interrupted).get_session("ses_1")
    assert scripted.asked == []


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry"])
def test_hook_must_be_a_function(face: Make, name: str) -> None:
    """What cannot be called is refused by its name."""
    with pytest.raises(InvalidRequestError, match=name):
        face("http://127.0.0.1:1", **{name: 5})


def test_no_hooks_are_none() -> None:
    """Without functions there is nobody to tell."""
    assert not Hooks()
    assert Hooks(on_retry=print)


def test_copies_share_the_hooks(face: Make, scripted: Scripted) -> None:
    """A client of `with_options` tells the same hooks."""
    told: list[Any] = []
    client = face(scripted.url, on_response=told.append)
    scripted.json(GOOD)
    client.done(client.client.with_options(timeout=5.0).get_session("ses_1"))
    assert len(told) == 1
