"""Faults on demand: every kind, before and after the side effect, as our own clients meet them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
    CreateOutcomeUnknownError,
    CreateSession,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions_sandbox import Fault, Faults, ManualClock, Sandbox, create_app, serve
from anyscale_sessions_sandbox.faults.fault import KINDS, Target

BODY = CreateSession(name="a", project_id="prj_1", uses_app_config=True, build_id="b", compute_template_id="c")
PHASES = ("before", "after")
RAW = {"name": "a", "project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose time stands still."""
    with serve(clock=ManualClock(), validate_responses=True) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SessionsClient]:
    """A client that tries once and has little patience."""
    with SessionsClient(sandbox.token, host=sandbox.url, timeout=0.4, deadline=1.0, max_attempts=1) as made:
        yield made


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
    """As the error that belongs to each; the next read is well again, and the use is counted."""
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
    """Whatever the response says: a create that is hit before has made no session, and one that is hit after has."""
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
    """A create whose response is lost is looked for: it is found, or told to be unknown, and is there once at most."""
    sandbox.faults.add(kind, phase=phase, operation="create_session")
    with SessionsClient(sandbox.token, host=sandbox.url, timeout=0.3, deadline=1.5) as client:
        ended = how_it_ends(lambda: client.create_session(BODY))
        made = [session.id for session in client.list_sessions("prj_1")]
    assert len(made) == int(phase == "after")
    if not isinstance(ended, CreateOutcomeUnknownError | APITimeoutError | APIConnectionError):
        assert [ended.id] == made


@pytest.mark.parametrize("phase", PHASES)
def test_an_unknown_enum_value_is_read(sandbox: Sandbox, client: SessionsClient, phase: str) -> None:
    """By a client whose enums are open."""
    session = client.create_session(BODY)
    sandbox.faults.add("unknown_enum", phase=phase, operation="get_session", field="state", value="Hibernating")
    state = client.get_session(session.id).state
    assert (state.value, state.is_known) == ("Hibernating", False)
    sandbox.faults.add("unknown_enum", operation="list_sessions")
    [listed] = client.list_sessions("prj_1")
    assert listed.state.value == "SomethingNew"
    sandbox.faults.assert_all_used()


@pytest.mark.parametrize("phase", PHASES)
def test_an_extra_field_is_passed_over(sandbox: Sandbox, client: SessionsClient, phase: str) -> None:
    """And seen by those who look at the raw response."""
    session = client.create_session(BODY)
    sandbox.faults.add("extra_field", phase=phase, operation="get_session", field="mood", value={"a": [1]})
    assert client.get_session(session.id) == session
    sandbox.faults.add("extra_field", operation="list_sessions")
    response = ask_plainly(sandbox)
    assert response.json()["results"] == []
    assert response.json()["metadata"]["added_by_the_sandbox"] == "SomethingNew"


@pytest.mark.parametrize("phase", PHASES)
def test_a_stale_read_shows_what_was_before(sandbox: Sandbox, client: SessionsClient, phase: str) -> None:
    """Before the last change of what is read: an old state, or a session that is not there yet, in lists as well."""
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
    """As it is: after a restart nothing is known of the past."""
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
    """A stale read then shows them as they are; memory has a bound."""
    monkeypatch.setattr("anyscale_sessions_sandbox.storage.store.MOST_BEFORE", 2)
    first = client.create_session(BODY)
    client.create_session(BODY)
    sandbox.faults.add("stale", operation="get_session")
    assert client.get_session(first.id) == first


def ask(
    sandbox: Sandbox, fault: str, *, method: str = "GET", path: str = "/sessions/?project_id=prj_1", **options: Any
) -> Any:
    """A request that asks for a fault of its own."""
    headers = {"cookie": f"cli_token={sandbox.token}", "x-sandbox-fault": fault}
    return httpx.request(method, f"{sandbox.url}/v0{path}", headers=headers, trust_env=False, timeout=5, **options)


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("status", 503, '{"error":{"detail":"A fault of the sandbox."}}'),
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
    """By its header; with the settings that faults have."""
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
    """Saying what is wrong with it."""
    response = ask(sandbox, fault)
    assert response.status_code == 400
    assert "X-Sandbox-Fault is wrong: " in response.json()["error"]["detail"]


def test_a_response_with_no_body_can_be_malformed(sandbox: Sandbox, client: SessionsClient) -> None:
    """Then it has one."""
    session = client.create_session(BODY)
    response = ask(sandbox, "malformed; phase=after", method="DELETE", path=f"/sessions/{session.id}")
    assert response.text == "{"


def received(sandbox: Sandbox, fault: str) -> tuple[bytes, type[OSError] | None]:
    """What comes over a connection until it ends, and how it ends if not well."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = ["GET /v0/sessions/?project_id=p HTTP/1.1", "host: a", f"cookie: cli_token={sandbox.token}"]
        connection.sendall("\r\n".join([*head, f"x-sandbox-fault: {fault}", "", ""]).encode())
        content = b""
        try:
            while chunk := connection.recv(65536):
                content += chunk
        except OSError as error:
            return content, type(error)
        return content, None


def test_a_connection_is_really_reset() -> None:
    """By the operating system, and not closed as after a response; also in the midst of one."""
    with serve() as sandbox:
        assert received(sandbox, "reset") == (b"", ConnectionResetError)
        assert received(sandbox, "reset; keep_bytes=20")[1] is ConnectionResetError


def test_a_truncated_response_is_announced_in_full() -> None:
    """Its head promises more than comes."""
    with serve() as sandbox:
        for fault, kept in (("truncate", 31), ("truncate; keep_bytes=3", 3)):
            content, ended = received(sandbox, fault)
            head, _, body = content.partition(b"\r\n\r\n")
            assert b"content-length: 62" in head
            assert (len(body), ended) == (kept, None)


def test_a_head_without_end_ends_with_the_client_or_the_server() -> None:
    """The server waits for nobody."""
    with serve() as sandbox:
        done: list[Any] = []
        threads = [
            threading.Thread(target=lambda fault=fault: done.append(received(sandbox, fault)))
            for fault in ("slow_headers", "stall", "stall; seconds=60; phase=after", "stall; seconds=60")
        ]
        for thread in threads:
            thread.start()
        while sandbox.journal.count() < len(threads):
            time.sleep(0.01)
        time.sleep(0.1)
        began = time.monotonic()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 0.9
    assert len(done) == len(threads)
    assert sum(content.startswith(b"HTTP/1.1 503 ") for content, _ in done) == 2


def test_a_stall_before_can_do_the_call_late(sandbox: Sandbox, client: SessionsClient) -> None:
    """When the client has given up already: a commit that nobody heard of."""
    sandbox.faults.add("stall", seconds=0.6, operation="create_session")
    with pytest.raises((CreateOutcomeUnknownError, APITimeoutError)):
        client.create_session(BODY)
    deadline = time.monotonic() + 5
    while not list(client.list_sessions("prj_1")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(list(client.list_sessions("prj_1"))) == 1


def test_a_throttle_lasts_for_its_time(sandbox: Sandbox) -> None:
    """By the sandbox's clock; each refusal counts as a use and says how long it still lasts."""
    fault = sandbox.faults.add("throttle", retry_after=30)
    after = []
    for _ in range(3):
        response = ask_plainly(sandbox)
        after.append((response.status_code, response.headers.get("retry-after")))
        sandbox.clock.advance(15)
    assert after == [(429, "30"), (429, "15"), (200, None)]
    assert (fault.used, fault.is_used_up) == (2, True)


def ask_plainly(sandbox: Sandbox) -> httpx.Response:
    """A request that asks for nothing special."""
    headers = {"cookie": f"cli_token={sandbox.token}"}
    return httpx.get(f"{sandbox.url}/v0/sessions/?project_id=p", headers=headers, trust_env=False)


def test_a_throttle_can_last_for_ever(sandbox: Sandbox) -> None:
    """Until the last year ends, which is as long as there is a time to name."""
    response = ask(sandbox, f"throttle; retry_after={10**18}; as_date=true")
    assert (response.status_code, response.headers["retry-after"]) == (429, "Fri, 31 Dec 9999 23:59:59 GMT")


def test_a_throttle_can_name_a_date(sandbox: Sandbox) -> None:
    """By the sandbox's clock, as the response's own date is."""
    response = ask(sandbox, "throttle; retry_after=30; as_date=true")
    until, date = (parsedate_to_datetime(response.headers[name]) for name in ("retry-after", "date"))
    assert until - date == timedelta(seconds=30)
    assert date == sandbox.clock.now()


def test_our_client_comes_again_when_it_may(sandbox: Sandbox) -> None:
    """As it is told: a client that lives by the sandbox's clock waits no real time."""
    from anyscale_sessions.testing import client_clock

    sandbox.faults.add("throttle", retry_after=20)
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        client.clock = client_clock(sandbox.clock)
        assert list(client.list_sessions("prj_1")) == []
    sandbox.faults.assert_all_used()


def hits(faults: Faults, **target: Any) -> list[bool]:
    """Which of ten calls are hit."""
    call = Target(**{"operation": "get_session", "reads": True, "session_id": "ses_1", "name": "nightly-1", **target})
    return [faults.take(call, ManualClock().now()) is not None for _ in range(10)]


@pytest.mark.parametrize(
    ("settings", "hit"),
    [
        ({}, [0]),
        ({"times": None}, [*range(10)]),
        ({"nth": 3}, [2]),
        ({"nth": 3, "times": 2}, [2, 3]),
        ({"operation": "get_session"}, [0]),
        ({"operation": "list_sessions"}, []),
        ({"session": "ses_1"}, [0]),
        ({"session": "ses_2"}, []),
        ({"name": "nightly-*"}, [0]),
        ({"name": "Nightly-*"}, []),
        ({"probability": 1.0}, [*range(10)]),
        ({"probability": 0.0}, []),
        ({"probability": 1.0, "times": 3}, [0, 1, 2]),
    ],
)
def test_a_rule_hits_the_calls_that_it_is_for(settings: Any, hit: list[int]) -> None:
    """By operation, session and name, from the nth call on, so many times."""
    faults = Faults([Fault("reset", **settings)])
    assert [index for index, is_hit in enumerate(hits(faults)) if is_hit] == hit


def test_chance_follows_from_the_seed() -> None:
    """So that a run can be done again; the start of every sandbox is the same."""
    runs = [hits(Faults([Fault("reset", probability=0.5, seed=seed)])) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert 0 < sum(runs[0]) < 10


def test_a_name_is_that_of_the_session_that_a_call_is_about(visit: Any) -> None:
    """Whichever way the call names it: by its id, by one of its operations or commands, or in a create's body."""
    with serve(clock=ManualClock()) as sandbox:
        api = visit(sandbox)
        session = api.running(name="nightly-1")
        other = api.running(name="other")
        operation, command = api.terminate(session, workers_only=True), api.run(session, "sleep 9")
        fault = sandbox.faults.add("status", name="nightly-*", times=None)
        body = {"session_id": session["id"], "shell_command": "true"}
        calls = [
            ("GET", f"/sessions/{session['id']}", None),
            ("GET", f"/session_operations/{operation['id']}", None),
            ("POST", f"/session_commands/{command['id']}/kill", None),
            ("POST", "/session_commands/", body),
            ("GET", f"/session_events/?session_id={session['id']}", None),
            ("POST", "/sessions/", {**RAW, "name": "nightly-2"}),
        ]
        assert [api.call(*call).status for call in calls] == [503] * len(calls)
        others = [
            ("GET", f"/sessions/{other['id']}", None),
            ("GET", "/session_commands/none", None),
            ("GET", "/sessions/?project_id=p", None),
            ("POST", "/sessions/p/search", {"name": {"equals": "nightly-1"}}),
        ]
        assert [api.call(*call).status for call in others] == [200, 404, 200, 200]
        assert (fault.used, fault.seen) == (len(calls), len(calls))


def test_refused_requests_count_for_no_fault(visit: Any) -> None:
    """Nor are they hit: without the token, with another one, and with a body that is not valid."""
    with serve(faults=[Fault("reset", times=None)]) as sandbox:
        api = visit(sandbox)
        assert api.call("GET", "/sessions/x", headers={}).status == 401
        assert api.call("GET", "/sessions/x", headers={"cookie": "cli_token=x"}).status == 403
        assert api.call("POST", "/sessions/", {}).status == 422
        [entry] = sandbox.faults.listed()
        assert (entry.seen, entry.used) == (0, 0)


def test_faults_of_refusals_show_the_refusal(sandbox: Sandbox) -> None:
    """What is hit is the response, whatever it says."""
    for phase in PHASES:
        response = ask(sandbox, f"extra_field; field=x; value=1; phase={phase}", path="/sessions/none")
        assert response.status_code == 404
        assert response.json()["error"]["x"] == 1


def test_rules_that_were_not_used_up_are_told() -> None:
    """Each with its counts."""
    faults = Faults()
    faults.assert_all_used()
    faults.add("reset", times=2)
    faults.add(Fault("stall", name="x"))
    hits(faults)
    faults.add("status", times=12)
    hits(faults)
    with pytest.raises(AssertionError) as caught:
        faults.assert_all_used()
    assert str(caught.value).splitlines() == [
        "faults that were not used up:",
        "stall; phase=before; name=x (calls it is for: 0, used: 0)",
        "status; phase=before; times=12 (calls it is for: 10, used: 10)",
    ]


def test_faults_can_be_removed_and_reset() -> None:
    """One, all, or those that the sandbox did not begin with."""
    faults = Faults([Fault("reset")])
    added = faults.add("stall")
    faults.remove(added.number)
    with pytest.raises(LookupError, match="no fault 2"):
        faults.remove(added.number)
    assert [entry.fault.kind for entry in faults.listed()] == ["reset"]
    faults.clear()
    assert faults.is_empty
    faults.reset()
    assert [entry.to_dict()["used"] for entry in faults.listed()] == [0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "explode"}, "kind must be one of"),
        ({}, "needs a kind"),
        ({"kind": "reset", "phase": "during"}, "phase must be"),
        ({"kind": "reset", "status": 500, "retry_after": 1}, "reset has no retry_after, status"),
        ({"kind": "reset", "nth": 0}, "nth"),
        ({"kind": "reset", "times": 0}, "times"),
        ({"kind": "reset", "probability": 1.5}, "probability"),
        ({"kind": "status", "status": 100}, "status"),
        ({"kind": "stall", "seconds": -1}, "negative"),
        ({"kind": "stall", "seconds": "x"}, "seconds must be a finite number"),
        ({"kind": "stall", "seconds": math.inf}, "seconds must be a finite number"),
        ({"kind": "reset", "keep_bytes": 1.5}, "keep_bytes must be a whole number"),
        ({"kind": "reset", "nth": True}, "nth must be a whole number"),
        ({"kind": "reset", "nth": None}, "nth must be a whole number"),
        ({"kind": "reset", "name": 5}, "name must be text"),
        ({"kind": "throttle", "as_date": "yes"}, "as_date must be true or false"),
        ({"kind": "status", "body": {"a": math.nan}}, "body must be JSON"),
        ({"kind": "status", "body": "\ud800"}, "body must be JSON"),
        ({"kind": "extra_field", "value": {1, 2}}, "value must be JSON"),
        ({"kind": "status", "status": 204, "body": {}}, "a response of status 204 has no body"),
        ({"kind": "status", "headers": ["a"]}, "headers must be"),
        ({"kind": "status", "headers": {"a": 1}}, "headers must be"),
        ({"kind": "status", "headers": {"a\n": "b"}}, "headers must be"),
        ({"kind": "status", "headers": {"a": "b\r\nc: d"}}, "headers must be"),
        ({"kind": "status", "headers": {"a": "\u20ac"}}, "headers must be"),
        ({"kind": "status", "headers": {"Content-Length": "3"}}, "headers must be"),
        ({"kind": "stall", "colour": "x"}, "no colour"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(settings: Any, message: str) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match=message):
        Fault.from_dict(settings)


@pytest.mark.parametrize("kind", ["reset", "truncate", "slow_headers; seconds=0"])
def test_an_application_that_nobody_serves_breaks_off_as_it_can(kind: str) -> None:
    """There is no connection to break: it raises what a broken one would."""
    with create_app() as app:

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), cookies={"cli_token": app.token}) as http:
                return await http.get("http://a/v0/sessions/?project_id=p", headers={"x-sandbox-fault": kind})

        if kind.startswith("slow"):
            assert asyncio.run(send()).status_code == 200
        else:
            with pytest.raises(ConnectionResetError):
                asyncio.run(send())
