"""A session's user service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    CreateSession,
    InvalidRequestError,
    Session,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox

from .conftest import APP_CONFIG, Face

Make = Callable[..., Face]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox, which turns the sandbox's clock where it would sleep."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


def service(**fields: Any) -> Session:
    """A session with a user service."""
    return Session.from_dict({"id": "ses_1", "user_service_url": "https://a.example", "access_token": "acc", **fields})


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        ({"user_service_access": "public", "user_service_token": "ust"}, "ust"),
        ({"user_service_access": "private", "user_service_token": "ust"}, "acc"),
        ({"user_service_access": "private"}, "acc"),
        ({"user_service_token": "ust"}, "ust"),
        ({}, "acc"),
    ],
)
def test_user_service(client: Face, fields: dict[str, Any], token: str) -> None:
    """A public service is opened by its own token and a private one by the session's, and the repr shows neither."""
    found = client.user_service(service(**fields))
    with pytest.raises(AttributeError):
        found.url = "https://b.example"
    assert found.url == "https://a.example"
    assert found.headers == {"Authorization": f"Bearer {token}"}
    assert token not in repr(found)


@pytest.mark.parametrize(
    "session",
    [
        service(user_service_url=None),
        service(user_service_access="public"),
        service(access_token=None),
        "ses_1",
        None,
    ],
    ids=["no URL", "no token", "no access token", "an id", "nothing"],
)
def test_missing_user_service_is_refused(client: Face, session: Any) -> None:
    """A session without a user service is refused."""
    with pytest.raises(InvalidRequestError) as raised:
        client.user_service(session)
    (problem,) = raised.value.problems
    is_session = isinstance(session, Session)
    assert str(raised.value).startswith("user_service: ")
    assert (problem.field, problem.rule, problem.remedy) == (
        "session",
        "must have a user service" if is_session else "must be a Session",
        "wait until the session runs, and get it again" if is_session else "pass the result of get_session",
    )


def test_user_service_of_a_running_session(client: Face) -> None:
    """The token of a public service is the one that the session was created with."""
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    found = client.user_service(client.launch_session(body))
    assert found.headers == {"Authorization": f"Bearer {body.user_service_token}"}
