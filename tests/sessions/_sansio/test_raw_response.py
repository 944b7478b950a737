"""`client.send`: the whole response, and the fields in it that the spec does not have."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncPage,
    CreateOutcomeUnknownError,
    CreateSession,
    InvalidRequestError,
    InvalidSessionError,
    NotFoundError,
    Page,
    ResponseDecodeError,
    Session,
    api,
)
from anyscale_sessions_api.models import CreateSession as GeneratedCreateSession

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]
SESSION = {"id": "ses_1", "name": "a", "state": "Running"}


def raw(client: Face, name: str, *arguments: Any, **named: Any) -> Any:
    """The raw response to an operation, from either client."""
    return client.send(getattr(api, name)(*arguments, **named))


def test_response_is_complete(face: Make, scripted: Scripted) -> None:
    """A raw response has status, headers without cookies, bytes, value and request id; its repr hides the body."""
    scripted.json({"result": {**SESSION, "access_token": "secret"}}, 201, x_request_id="r1", set_cookie="a=b")
    response = raw(face(scripted.url), "get_session", "ses_1")
    assert (response.status, response.request_id, response.unknown_fields) == (201, "r1", ())
    assert response.headers["content-type"] == "application/json"
    assert "set-cookie" not in response.headers
    assert response.body == scripted_body("secret")
    assert type(response.parsed) is Session
    assert "secret" not in repr(response)


def scripted_body(token: str) -> bytes:
    """The body of the test above."""
    return b'{"result": {"id": "ses_1", "name": "a", "state": "Running", "access_token": "%s"}}' % token.encode()


def test_unknown_fields_are_named_by_their_paths(face: Make, scripted: Scripted) -> None:
    """A field that the spec does not have is named once for all items of a list, at any depth."""
    odd = {**SESSION, "color": {"deep": 1}, "state_data": {"startup": {"mood": "good"}}, "activity_details": {"x": 1}}
    scripted.json({"result": odd, "extra": 1})
    assert raw(face(scripted.url), "get_session", "ses_1").unknown_fields == (
        "$.result.color",
        "$.result.state_data.startup.mood",
        "$.extra",
    )
    scripted.json({"results": [{**SESSION, "color": 1}, SESSION, {**SESSION, "color": 1}], "metadata": {"page": 2}})
    response = raw(face(scripted.url), "list_sessions", "prj_1")
    assert response.unknown_fields == ("$.results[...].color", "$.metadata.page")


def test_lists_give_pages(face: Make, scripted: Scripted) -> None:
    """The value of a list operation is a page that fetches the next one."""
    client = face(scripted.url)
    scripted.json({"results": [SESSION], "metadata": {"next_paging_token": "t1"}})
    scripted.json({"results": [{**SESSION, "id": "ses_2"}]})
    response = raw(client, "list_sessions", "prj_1")
    assert isinstance(response.parsed, Page | AsyncPage)
    assert [session.id for session in client.all(response.parsed)] == ["ses_1", "ses_2"]


def test_deletion_has_no_value(face: Make, scripted: Scripted, turned: Turned) -> None:
    """A deletion has no value, and a 404 after a lost response is the response of a deletion that was applied."""
    client = face(scripted.url, clock=turned.clock())
    scripted.raw(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert raw(client, "delete_session", "ses_1").parsed is None
    scripted.raw(end="reset")
    scripted.json({}, 404)
    assert raw(client, "delete_session", "ses_1").status == 404


def test_errors_are_those_of_the_operation(face: Make, scripted: Scripted, turned: Turned) -> None:
    """Refusals, responses that do not match the spec, and wrong arguments raise the errors of the method."""
    client = face(scripted.url, clock=turned.clock(), max_attempts=1)
    scripted.json({}, 404)
    with pytest.raises(NotFoundError):
        raw(client, "get_session", "ses_1")
    scripted.json([])
    with pytest.raises(ResponseDecodeError):
        raw(client, "get_session", "ses_1")
    with pytest.raises(InvalidRequestError, match="session_id"):
        raw(client, "get_session", "a/b")
    with pytest.raises(InvalidRequestError, match="operation: must be an Operation"):
        client.send("get_session")
    with pytest.raises(InvalidSessionError):
        raw(client, "create_session", GeneratedCreateSession(name="a", project_id="b"))
    with pytest.raises(InvalidRequestError, match="body"):
        raw(client, "create_session", 5)


def test_lost_create_is_not_searched_for(face: Make, scripted: Scripted, turned: Turned) -> None:
    """A create request whose response is lost is sent once and raises `CreateOutcomeUnknownError` without a search."""
    client = face(scripted.url, clock=turned.clock())
    scripted.raw(end="reset")
    with pytest.raises(CreateOutcomeUnknownError):
        raw(client, "create_session", CreateSession(name="a", project_id="prj_1", **APP_CONFIG))
    assert len(scripted.asked) == 1


def test_read_is_retried(face: Make, scripted: Scripted, turned: Turned) -> None:
    """A read whose response is lost is sent again, as the method of the same name does."""
    client = face(scripted.url, clock=turned.clock())
    scripted.raw(end="reset")
    scripted.json({"result": SESSION})
    assert raw(client, "get_session", "ses_1").parsed.id == "ses_1"


def test_body_of_a_create_request_gets_its_token(face: Make, scripted: Scripted) -> None:
    """The body of a create request goes through its rule, and a public user service gets a token."""
    client = face(scripted.url)
    scripted.json({"result": SESSION})
    raw(
        client,
        "create_session",
        GeneratedCreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG),
    )
    assert len(json.loads(scripted.asked[0].body)["user_service_token"]) == 43


def test_session_that_was_sent_a_start_is_read_as_stale(face: Make, scripted: Scripted, turned: Turned) -> None:
    """A start by `send` counts as a recent write: a wait does not end with the old state."""
    client = face(scripted.url, clock=turned.clock())
    scripted.json({"result": {"id": "sop_1", "session_id": "ses_1", "completed": False}})
    raw(client, "start_session", "ses_1")
    for state in ("StartupErrored", "Running"):
        scripted.json({"result": {**SESSION, "state": state}})
    assert client.wait_for_session("ses_1").state == "Running"


def test_the_paths_of_unknown_fields_are_limited(face: Make, scripted: Scripted) -> None:
    """At most 1,000 unknown fields are named, each with at most 1,000 characters of its path."""
    scripted.json({"result": {**SESSION, "x" * 5000: 1, **{f"f{number}": 1 for number in range(2000)}}})
    unknown = raw(face(scripted.url), "get_session", "ses_1").unknown_fields
    assert unknown[0] == f"$.result.{'x' * 991}"
    assert unknown[1:] == tuple(f"$.result.f{number}" for number in range(999))
