"""`client.raw`: the response as it came, and what the spec does not know in it."""

from __future__ import annotations

import inspect
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
)
from anyscale_sessions_api.client import OPERATION_IDS
from anyscale_sessions_api.models import CreateSession as GeneratedCreateSession

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]
SESSION = {"id": "ses_1", "name": "a", "state": "Running"}


def raw(client: Face, name: str, *arguments: Any, **named: Any) -> Any:
    """A raw response of either client."""
    return client.done(getattr(client.client.raw, name)(*arguments, **named))


def test_every_operation_is_there(face: Make) -> None:
    """Each operation has its raw twin, with the same arguments."""
    client = face("http://127.0.0.1:1").client
    for name in OPERATION_IDS:
        ours = inspect.signature(getattr(client, name)).parameters
        theirs = inspect.signature(getattr(client.raw, name)).parameters
        assert [*theirs] == [parameter for parameter in ours if parameter != "unique_name"]


def test_response_is_given_as_it_came(face: Make, scripted: Scripted) -> None:
    """Status, headers, bytes, the value and the request's id are there; cookies, and the body in `repr`, are not."""
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
    """What the spec does not know is named once for all items of a list, however deep it is."""
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
    """What a list gives is a page that goes on."""
    client = face(scripted.url)
    scripted.json({"results": [SESSION], "metadata": {"next_paging_token": "t1"}})
    scripted.json({"results": [{**SESSION, "id": "ses_2"}]})
    response = raw(client, "list_sessions", "prj_1")
    assert isinstance(response.parsed, Page | AsyncPage)
    assert [session.id for session in client.all(response.parsed)] == ["ses_1", "ses_2"]


def test_deletion_has_no_value(face: Make, scripted: Scripted, turned: Turned) -> None:
    """Where no body is promised there is no value; 404 after a lost response is what the deletion has come to."""
    client = face(scripted.url, clock=turned.clock())
    scripted.response(b"what", 204)
    assert raw(client, "delete_session", "ses_1").parsed is None
    scripted.raw(end="reset")
    scripted.json({}, 404)
    assert raw(client, "delete_session", "ses_1").status == 404


def test_errors_are_those_of_the_operation(face: Make, scripted: Scripted, turned: Turned) -> None:
    """Refusals, responses out of shape and wrong arguments are the same errors."""
    client = face(scripted.url, clock=turned.clock(), max_attempts=1)
    scripted.json({}, 404)
    with pytest.raises(NotFoundError):
        raw(client, "get_session", "ses_1")
    scripted.json([])
    with pytest.raises(ResponseDecodeError):
        raw(client, "get_session", "ses_1")
    with pytest.raises(InvalidRequestError, match="session_id"):
        raw(client, "get_session")
    with pytest.raises(InvalidSessionError):
        raw(client, "create_session", GeneratedCreateSession(name="a", project_id="b"))
    with pytest.raises(InvalidRequestError, match="body"):
        raw(client, "create_session", 5)


def test_lost_create_is_not_searched_for(face: Make, scripted: Scripted, turned: Turned) -> None:
    """Nothing can stand for a response that is lost: it is unknown at once, and sent once."""
    client = face(scripted.url, clock=turned.clock())
    scripted.raw(end="reset")
    with pytest.raises(CreateOutcomeUnknownError):
        raw(client, "create_session", CreateSession(name="a", project_id="prj_1", **APP_CONFIG))
    assert len(scripted.asked) == 1
