"""What a fault does to a call and its side effect."""

from __future__ import annotations

import contextlib
import itertools
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
    CreateOutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions_sandbox import Fault, Sandbox, serve
from anyscale_sessions_sandbox.faults.fault import KINDS

from .conftest import BODY, PHASES, RAW, ask


def how_it_ends(call: Any) -> Any:
    """What a call returns or raises."""
    try:
        return call()
    except SessionsError as error:
        return error


READ_ENDS: dict[str, Any] = {
    "status": ServerError,
    "throttle": RateLimitError,
    "reset": APIConnectionError,
    "truncate": (APIConnectionError, ResponseDecodeError),
    "malformed": ResponseDecodeError,
    "stall": APITimeoutError,
    "slow_headers": APITimeoutError,
}


@pytest.mark.parametrize(("kind", "phase"), [*itertools.product(READ_ENDS, PHASES)])
def test_faults_of_a_read_reach_the_client(sandbox: Sandbox, client: SessionsClient, kind: str, phase: str) -> None:
    """Each fault of a read raises its error, is counted, and does not affect the next read."""
    session = client.create_session(BODY)
    fault = sandbox.faults.add(kind, phase=phase, operation="get_session")
    with pytest.raises(READ_ENDS[kind]):
        client.get_session(session.id)
    assert (fault.used, fault.seen) == (1, 1)
    sandbox.faults.assert_all_used()
    sandbox.clock.advance(1)
    assert client.get_session(session.id).id == session.id
    assert sandbox.journal.count("get_session", fault=str(fault.fault)) == 1


@pytest.mark.parametrize(("kind", "phase"), [*itertools.product(KINDS, PHASES)])
def test_a_write_is_done_after_and_not_before(sandbox: Sandbox, client: SessionsClient, kind: str, phase: str) -> None:
    """A create request is performed with the phase `after` and not with `before`, whatever the response is."""
    settings = {"seconds": 0.2} if kind == "slow_headers" else {}
    fault = sandbox.faults.add(kind, phase=phase, operation="create_session", **settings)
    headers = {"cookie": f"cli_token={sandbox.token}"}
    with contextlib.suppress(httpx.HTTPError):
        httpx.post(f"{sandbox.url}/v0/sessions/", json=RAW, headers=headers, timeout=0.4, trust_env=False)
    made = len(list(client.list_sessions("prj_1")))
    if kind == "stale":
        # It hits nothing but reads.
        assert (made, fault.used) == (1, 0)
    else:
        assert (made, fault.used) == (int(phase == "after"), 1)


@pytest.mark.parametrize("kind", ["reset", "truncate", "stall"])
@pytest.mark.parametrize("phase", PHASES)
def test_our_client_never_makes_two_sessions(sandbox: Sandbox, kind: str, phase: str) -> None:
    """A create request whose response is lost makes at most one session, which is found or reported as unknown."""
    sandbox.faults.add(kind, phase=phase, operation="create_session")
    with SessionsClient(sandbox.token, host=sandbox.url, timeout=0.3, deadline=1.5) as client:
        ended = how_it_ends(lambda: client.create_session(BODY))
        made = [session.id for session in client.list_sessions("prj_1")]
    assert len(made) == int(phase == "after")
    if not isinstance(ended, CreateOutcomeUnknownError | APITimeoutError | APIConnectionError):
        assert [ended.id] == made


@pytest.mark.parametrize("phase", PHASES)
def test_a_stale_read_shows_what_was_before(sandbox: Sandbox, client: SessionsClient, phase: str) -> None:
    """A stale read shows the previous version of a session, or that it did not exist yet, also in lists."""
    session = client.create_session(BODY)
    sandbox.faults.add("stale", phase=phase, times=2)
    with pytest.raises(Exception, match="does not exist"):
        client.get_session(session.id)
    assert list(client.list_sessions("prj_1")) == []
    client.start_session(session.id)
    sandbox.faults.add("stale", operation="get_session")
    assert [client.get_session(session.id).state for _ in range(2)] == ["Stopped", "StartingUp"]
    client.terminate_session(session.id)
    sandbox.clock.advance(10)
    client.delete_session(session.id)
    sandbox.faults.add("stale", operation="get_session")
    assert client.get_session(session.id).state == "Terminated"


def test_a_stale_read_shows_what_never_changed(tmp_path: Any) -> None:
    """A stale read after a restart shows the current version, because no previous one is known."""
    with (
        serve(db=tmp_path / "a.db") as sandbox,
        SessionsClient(sandbox.token, host=sandbox.url) as client,
    ):
        session = client.create_session(BODY)
    with (
        serve(db=tmp_path / "a.db", faults=[Fault("stale")]) as sandbox,
        SessionsClient(sandbox.token, host=sandbox.url) as client,
    ):
        assert client.get_session(session.id) == session
        sandbox.faults.assert_all_used()


def test_of_many_documents_the_past_is_forgotten(
    sandbox: Sandbox, client: SessionsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a limited number of previous versions is kept, and a stale read shows others as they are."""
    monkeypatch.setattr("anyscale_sessions_sandbox.storage.store.MAX_PREVIOUS_DOCUMENTS", 2)
    first = client.create_session(BODY)
    client.create_session(BODY)
    sandbox.faults.add("stale", operation="get_session")
    assert client.get_session(first.id) == first


def test_a_response_with_no_body_can_be_malformed(sandbox: Sandbox, client: SessionsClient) -> None:
    """A malformed response has a body even if the correct response has none."""
    session = client.create_session(BODY)
    response = ask(sandbox, "malformed; phase=after", method="DELETE", path=f"/sessions/{session.id}")
    assert response.text == "{"


def test_a_throttle_can_name_a_date(sandbox: Sandbox) -> None:
    """A throttle can give a date by the sandbox's clock, like the `Date` header."""
    response = ask(sandbox, "throttle; retry_after=30; as_date=true")
    until, date = (parsedate_to_datetime(response.headers[name]) for name in ("retry-after", "date"))
    assert until - date == timedelta(seconds=30)
    assert date == sandbox.clock.now()


def test_our_client_comes_again_when_it_may(sandbox: Sandbox) -> None:
    """A client with the sandbox's clock retries after `Retry-After` without waiting for real time."""
    from anyscale_sessions.testing import client_clock

    sandbox.faults.add("throttle", retry_after=20)
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        client.clock = client_clock(sandbox.clock)
        assert list(client.list_sessions("prj_1")) == []
    sandbox.faults.assert_all_used()


def test_faults_of_refusals_show_the_refusal(sandbox: Sandbox) -> None:
    """A fault in a call that is refused changes the error response."""
    for phase in PHASES:
        response = ask(sandbox, f"extra_field; field=x; value=1; phase={phase}", path="/sessions/none")
        assert response.status_code == 404
        assert response.json()["error"]["x"] == 1
