"""What may be done with each operation, and the retry_budget for repeating that a client's calls share."""

from __future__ import annotations

import asyncio
import json
import os
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    InvalidRequestError,
    ServerError,
    SessionsClient,
    SessionsError,
)
from anyscale_sessions._sansio.policies import BY_METHOD, BY_OPERATION, Kind, Recovery, policy_of
from anyscale_sessions._sansio.recovery import LOOKS
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions._sansio.retry_budget import FULL_BUDGET, RetryBudget, cost_of
from anyscale_sessions._utils.locks import ProcessLock
from anyscale_sessions.testing import client_clock
from anyscale_sessions_api.client import OPERATION_IDS
from anyscale_sessions_sandbox import ManualClock, Sandbox

from ..conftest import APP_CONFIG, TOKEN, Face, Scripted, Turned

Make = Callable[..., Face]
KINDS = {
    "create_session": Kind.NON_IDEMPOTENT,
    "create_session_command": Kind.NON_IDEMPOTENT,
    "delete_session": Kind.IDEMPOTENT,
    "get_session": Kind.READ,
    "get_session_command": Kind.READ,
    "get_session_event_log": Kind.READ,
    "get_session_for_job": Kind.READ,
    "get_session_operation": Kind.READ,
    "kill_session_command": Kind.NON_IDEMPOTENT,
    "list_session_commands": Kind.READ,
    "list_sessions": Kind.READ,
    "search_sessions": Kind.READ,
    "start_session": Kind.NON_IDEMPOTENT,
    "terminate_session": Kind.NON_IDEMPOTENT,
    "update_session": Kind.IDEMPOTENT,
}


def test_every_operation_has_its_policy() -> None:
    """Reads are reads, what can be repeated can, and the rest is sent once, by the methods in the spec."""
    spec = json.loads(Path(__import__("anyscale_sessions_api").__file__).with_name("openapi.json").read_text("utf-8"))
    methods = {
        operation["operationId"]: method.upper()
        for path in spec["paths"].values()
        for method, operation in path.items()
        if isinstance(operation, dict)
    }
    assert {name: policy_of(name, methods[name]).kind for name in OPERATION_IDS} == KINDS


def test_new_operations_follow_their_method() -> None:
    """An operation that the spec adds is never repeated unless its method says that this is harmless."""
    assert {method: policy_of("new", method).kind for method in ("GET", "PUT", "DELETE", "POST", "PATCH")} == {
        "GET": Kind.READ,
        "PUT": Kind.IDEMPOTENT,
        "DELETE": Kind.IDEMPOTENT,
        "POST": Kind.NON_IDEMPOTENT,
        "PATCH": Kind.NON_IDEMPOTENT,
    }


def test_what_is_sent_once_can_be_looked_after() -> None:
    """Each operation that is sent once has a way to find out whether it was done; no other has one."""
    for policy in [*BY_OPERATION.values(), *BY_METHOD.values()]:
        assert (policy.kind is Kind.NON_IDEMPOTENT) == (policy.recovery is not Recovery.NONE)
    assert {policy.recovery for policy in BY_OPERATION.values()} == {*LOOKS, Recovery.SEARCH, Recovery.NONE}


def test_costs() -> None:
    """A repetition costs 14, one that the server asked for 5."""
    assert {outcome: cost_of(outcome) for outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.THROTTLED)} == {
        Outcome.NOT_SENT: 14,
        Outcome.UNKNOWN: 14,
        Outcome.THROTTLED: 5,
    }


def test_quota_is_never_negative_nor_overfull() -> None:
    """What is not there cannot be taken, and what is full stays full, whoever takes and gives at once."""
    retry_budget = RetryBudget(ProcessLock())
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(retry_budget.acquire(14) for _ in range(50))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == FULL_BUDGET // 14
    assert retry_budget.left == FULL_BUDGET % 14
    retry_budget.release(10**6)
    assert retry_budget.left == FULL_BUDGET
    assert retry_budget.acquire(FULL_BUDGET)
    assert retry_budget.acquire(1) is False


@pytest.fixture
def breaking() -> Iterator[str]:
    """A server that ends every connection as soon as something comes in."""

    class Break(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Break) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("operation", ["get_session", "create_session"])
@pytest.mark.parametrize("kind", ["nobody listens", "breaks off"])
def test_dead_service_gets_at_most_120_requests_of_40_calls_at_once(
    closed_port: int, breaking: str, operation: str, kind: str
) -> None:
    """40 threads on a service that is down send at most 120 requests; then a call sends one, and looks once."""
    asked: list[object] = []
    host = f"http://127.0.0.1:{closed_port}" if kind == "nobody listens" else breaking
    body: Any = "ses_1" if operation == "get_session" else CreateSession(name="a", project_id="prj_1", **APP_CONFIG)
    with SessionsClient(TOKEN, host=host, max_attempts=20, deadline=20.0, on_request=asked.append) as client:

        def fail() -> None:
            with pytest.raises(SessionsError):
                getattr(client, operation)(body)

        threads = [threading.Thread(target=fail) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 40 <= len(asked) <= 120
        before = len(asked)
        fail()
        looks = operation == "create_session" and kind == "breaks off"
        assert len(asked) == before + (2 if looks else 1)


def test_lost_creates_get_no_more_than_120_requests(turned: Turned) -> None:
    """40 creates whose responses are lost make at most 120 requests with their searches, one after the other too."""
    asked: list[object] = []

    class Down:
        def build_request(self, *_: Any, **__: Any) -> None:
            """Nothing."""

        def send(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("down")

    client = SessionsClient(TOKEN, host="http://127.0.0.1:1", http_client=Down(), on_request=asked.append)
    client.clock = turned.clock()
    for number in range(40):
        with pytest.raises(CreateOutcomeUnknownError):
            client.create_session(CreateSession(name=f"a{number}", project_id="prj_1", **APP_CONFIG))
    assert len(asked) <= 120


def test_dead_service_and_tasks(closed_port: int) -> None:
    """The same for 40 tasks."""
    asked: list[object] = []

    async def scenario() -> None:
        async with AsyncSessionsClient(
            TOKEN, host=f"http://127.0.0.1:{closed_port}", on_request=asked.append
        ) as client:
            results = await asyncio.gather(*[client.get_session("ses_1") for _ in range(40)], return_exceptions=True)
        assert {type(result) for result in results} == {APIConnectionError}

    asyncio.run(scenario())
    assert len(asked) <= 120


def test_copies_have_other_limits_and_share_the_rest(face: Make, scripted: Scripted, turned: Turned) -> None:
    """`with_options` leaves the client as it is, and shares its connections and its retry_budget."""
    client = face(scripted.url, clock=turned.clock(), max_attempts=2)
    copy = client.client.with_options(timeout=1.0, deadline=2.0, max_attempts=1)
    again = copy.with_options(deadline=3.0)
    assert type(copy) is type(client.client)
    limits = [
        (each._limits.timeout_s, each._limits.deadline_s, each._limits.max_attempts)
        for each in (client.client, copy, again)
    ]
    assert limits == [(30.0, 60.0, 2), (1.0, 2.0, 1), (1.0, 3.0, 1)]
    scripted.json({}, 500)
    with pytest.raises(ServerError):
        client.done(copy.get_session("ses_1"))
    for _ in range(2):
        scripted.json({}, 500)
    with pytest.raises(ServerError):
        client.get_session("ses_1")
    assert copy._connections is client.client._connections
    assert copy._quota.left == client.client._quota.left == FULL_BUDGET - 14


def test_closing_a_copy_closes_nothing(face: Make, scripted: Scripted) -> None:
    """The connections are those of the first client, and stay open when a copy is closed."""
    client = face(scripted.url)
    copy = client.client.with_options(timeout=1.0)
    for _ in range(2):
        scripted.json({"result": {"id": "ses_1"}})
        client.get_session("ses_1")
        client.done(copy.aclose() if hasattr(copy, "aclose") else copy.close())
    assert scripted.connections == 1


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"deadline": float("inf")}, {"max_attempts": 0}, {"max_attempts": 1.5}, {"tiemout": 1}]
)
def test_copies_refuse_wrong_limits(face: Make, options: dict[str, Any]) -> None:
    """Wrong limits are refused by name."""
    with pytest.raises(InvalidRequestError, match=next(iter(options))):
        face("http://127.0.0.1:1").client.with_options(**options)


@pytest.fixture
def client(face: Make, sandbox: Sandbox, sandbox_clock: ManualClock) -> Face:
    """A client of a sandbox."""
    return face(sandbox.url, sandbox.token, clock=client_clock(sandbox_clock))


def test_unique_names(client: Face, session_body: CreateSession) -> None:
    """`unique_name=True` appends 8 random letters and digits, and leaves the caller's body alone."""
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
    """The first call creates the session, and later ones return it."""
    first = client.ensure_session(session_body)
    assert client.ensure_session(session_body).id == first.id
    assert len(client.all(client.list_sessions("prj_1"))) == 1
    with pytest.raises(InvalidRequestError, match="body"):
        client.ensure_session("nightly")


def test_error_of_a_create_searches_with_its_client(face: Make, scripted: Scripted, turned: Turned) -> None:
    """`reconcile` needs no client in the process where the error was raised, however the create was asked for."""
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


def test_lock_is_open_in_a_forked_process() -> None:
    """A lock that a thread held when the process was forked does not block the child."""
    lock = ProcessLock()
    with lock:
        child = os.fork()
        if child == 0:
            with lock:
                os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    lock.__enter__()
    lock._process_id -= 1  # as a child finds it; what a child runs is not seen by coverage
    with lock:
        assert lock._process_id == os.getpid()
