"""How an operation becomes a call."""

from __future__ import annotations

import sys
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


def test_calls_share_one_context_until_the_clock_changes(face: Make, turned: Turned) -> None:
    """Calls that nothing observes share one context, which is built again after another clock is assigned."""
    client = face("http://127.0.0.1:1").client
    context = client._context()
    assert client._context() is context
    client.clock = turned.clock()
    assert client._context().clock is client.clock


def test_logging_can_be_enabled_later(
    face: Make, scripted: Scripted, turned: Turned, caplog: pytest.LogCaptureFixture
) -> None:
    """A logger whose level changes after the first call gets the lines of later calls."""
    client = face(scripted.url, clock=turned.clock())
    for _ in range(2):
        scripted.json({"result": {"id": "ses_1"}})
    client.get_session("ses_1")
    with caplog.at_level("DEBUG", "anyscale_sessions"):
        client.get_session("ses_1")
    assert [record.name for record in caplog.records if record.name == "anyscale_sessions"] == ["anyscale_sessions"]


def test_tracing_can_begin_later(
    face: Make, scripted: Scripted, turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An application that imports OpenTelemetry after the client was made gets spans of its calls."""
    spans: list[str] = []
    monkeypatch.delitem(sys.modules, "opentelemetry.trace", raising=False)
    client = face(scripted.url, clock=turned.clock())
    scripted.json({"result": {"id": "ses_1"}})
    client.get_session("ses_1")
    monkeypatch.undo()
    from opentelemetry import trace

    start = trace.NoOpTracer().start_span
    monkeypatch.setattr(trace.NoOpTracer, "start_span", lambda _, name, **_kwargs: spans.append(name) or start(name))
    monkeypatch.setattr(trace, "get_tracer", lambda *_: trace.NoOpTracer())
    scripted.json({"result": {"id": "ses_1"}})
    client.get_session("ses_1")
    assert spans == ["get_session"]
