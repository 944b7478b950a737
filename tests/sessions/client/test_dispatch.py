"""How an operation becomes a call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anyscale_sessions import (
    CreateOutcomeUnknownError,
    CreateSession,
    InvalidRequestError,
    UserServiceAccessTypes,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_api.models import CreateSession as GeneratedCreateSession
from anyscale_sessions_sandbox import ManualClock, Sandbox

from ..conftest import APP_CONFIG, Face, Scripted, Turned

Make = Callable[..., Face]


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


def test_unique_names(client: Face, session_body: CreateSession) -> None:
    """A create with `unique_name=True` appends 8 random letters and digits and does not change the caller's body."""
    names = [client.create_session(session_body, unique_name=True).name for _ in range(2)]
    assert names[0] != names[1]
    for name in names:
        assert name.startswith("nightly")
        assert len(name) == len("nightly") + 8
        assert name.isalnum()
        assert name == name.lower()
    assert session_body.name == "nightly"
    for wrong in ("yes", None, 1):
        with pytest.raises(InvalidRequestError, match="unique_name"):
            client.create_session(session_body, unique_name=wrong)


def test_ensure_session(client: Face, session_body: CreateSession) -> None:
    """The first `ensure_session` creates the session, and later ones return it."""
    first = client.ensure_session(session_body)
    assert client.ensure_session(session_body).id == first.id
    assert len(client.all(client.list_sessions("prj_1"))) == 1
    with pytest.raises(InvalidRequestError, match="body"):
        client.ensure_session("nightly")


def test_error_of_a_create_searches_with_its_client(face: Make, scripted: Scripted, turned: Turned) -> None:
    """The error of a create request reconciles with the client that raised it, from an operation and from a flow."""
    client = face(scripted.url, clock=turned.clock(), deadline=1.0)
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    for create in (client.create_session, client.launch_session):
        scripted.raw(end="reset")
        scripted.json({}, 403)
        with pytest.raises(CreateOutcomeUnknownError) as raised:
            create(body)
        assert raised.value.client is client.client
    other = CreateSession(name="b", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    scripted.raw(end="reset")
    scripted.json({}, 403)
    with pytest.raises(CreateOutcomeUnknownError) as raised:
        client.create_session(other)
    scripted.json({"results": [{"id": "ses_1", "name": "b", "user_service_token": other.user_service_token}]})
    assert client.done(raised.value.reconcile()).id == "ses_1"


def test_create_from_a_plain_instance(client: Face) -> None:
    """A plain generated instance is checked and gets its token too."""
    body = GeneratedCreateSession(
        name="a", project_id="prj_1", user_service_access=UserServiceAccessTypes.PUBLIC, **APP_CONFIG
    )
    assert client.create_session(body).user_service_token
    with pytest.raises(InvalidRequestError, match="cluster_config"):
        client.create_session(GeneratedCreateSession(name="a", project_id="prj_1"))
