"""The control API below /_sandbox/."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, create_app
from anyscale_sessions_sandbox.control.openapi import document
from anyscale_sessions_sandbox.gateway.request import MAX_BODY_BYTES
from anyscale_sessions_sandbox.remote import RemoteSandbox

from .conftest import APP, request

ROUTES = [
    ("GET", "/openapi.json", None, 200),
    ("GET", "/clock", None, 200),
    ("POST", "/clock/advance", {"minutes": 2}, 200),
    ("POST", "/clock/advance-to-next", None, 409),
    ("PUT", "/clock/speed", {"speed": 2}, 200),
    ("GET", "/faults", None, 200),
    ("POST", "/faults", {"kind": "reset"}, 200),
    ("DELETE", "/faults", None, 204),
    ("DELETE", "/faults/1", None, 404),
    ("PUT", "/faults/1", {"on": False}, 404),
    ("GET", "/transition-rules", None, 200),
    ("POST", "/transition-rules", {"from_state": "Running", "to_state": "Stopping", "after_s": 1}, 200),
    ("DELETE", "/transition-rules", None, 204),
    ("DELETE", "/transition-rules/1", None, 404),
    ("PUT", "/transition-rules/1", {"on": False}, 404),
    ("POST", "/sessions/none/transition", {"to_state": "Running"}, 404),
    ("GET", "/commands/none/logs", None, 404),
    ("POST", "/reset", None, 204),
    ("POST", "/seed", {"sessions": [{"name": "a", **APP}]}, 204),
    ("GET", "/snapshot", None, 200),
    ("PUT", "/snapshot", {}, 422),
    ("GET", "/journal", None, 200),
    ("DELETE", "/journal", None, 204),
    ("GET", "/journal/har", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ROUTES)
def test_every_route_answers_as_its_document_says(api: Any, method: str, path: str, body: Any, status: int) -> None:
    """Each route answers with a documented status and a body that fits its schema."""
    response = request(api, method, path, body)
    assert response.status_code == status
    assert response.headers["x-request-id"]


def template(path: str) -> str:
    """A path as the document has it."""
    named = {
        "/faults/1": "/faults/{fault_id}",
        "rules/1": "rules/{rule_id}",
        "/commands/none": "/commands/{command_id}",
        "none": "{session_id}",
    }
    for text, name in named.items():
        path = path.replace(text, name)
    return path


def test_every_route_is_tried() -> None:
    """The routes tested above are all routes of the document."""
    tried = {(method, template(path)) for method, path, *_ in ROUTES}
    assert tried == {(method.upper(), path) for path, item in document()["paths"].items() for method in item}


@pytest.mark.parametrize(("method", "path", "body", "_status"), ROUTES)
def test_nobody_gets_in_without_the_token(api: Any, method: str, path: str, body: Any, _status: int) -> None:
    """Every route except none is refused without the token, including those that only read."""
    assert request(api, method, path, body, accept="*/*").status_code == 401
    assert request(api, method, path, body, cookie="cli_token=x").status_code == 403
    assert request(api, "GET", "/clock", authorization=f"Bearer {api.sandbox.token}").status_code == 200


@pytest.mark.parametrize(
    ("client", "status"),
    [
        (("127.0.0.1", 1), 200),
        (("127.8.9.1", 1), 200),
        (("::1", 1), 200),
        (("::ffff:127.0.0.1", 1), 200),
        (("192.0.2.1", 1), 403),
        (("::ffff:192.0.2.1", 1), 403),
        (("testclient", 1), 403),
        (None, 200),
    ],
)
def test_nobody_gets_in_from_another_machine(client: Any, status: int) -> None:
    """Requests from other machines are refused whatever the sandbox listens on; in-process calls are accepted."""
    with create_app() as app:

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app, client=client)
            async with httpx.AsyncClient(transport=transport, cookies={"cli_token": app.token}) as http:
                return await http.get("http://a/_sandbox/clock")

        assert asyncio.run(send()).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clock/advance", {"days": 1}),
        ("POST", "/clock/advance", {"hours": 1e300}),
        ("PUT", "/clock/speed", {"speed": -1}),
        ("PUT", "/clock/speed", {"speed": 10**400}),
        ("POST", "/faults", {"kind": "explode"}),
        ("POST", "/faults", {"kind": "reset", "status": 500}),
        ("POST", "/transition-rules", {"from_state": "Napping"}),
        ("POST", "/transition-rules", {"from_state": "Stopped", "to_state": "Running"}),
        ("POST", "/seed", {"sessions": [{}]}),
        ("POST", "/seed", {"session": []}),
        ("PUT", "/snapshot", {"format": "x"}),
        ("GET", "/journal?last=0", None),
        ("DELETE", "/faults/x", None),
    ],
)
def test_what_makes_no_sense_is_refused(api: Any, method: str, path: str, body: Any) -> None:
    """An invalid request is answered with 422 in the envelope of the Sessions API."""
    response = request(api, method, path, body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["msg"]


def test_no_fault_and_no_journal_reaches_it(api: Any, remote: RemoteSandbox) -> None:
    """Requests to the control API are neither hit by faults nor recorded in the journal."""
    remote.add_fault({"kind": "status", "times": None})
    headers = {"cookie": f"cli_token={api.sandbox.token}", "x-sandbox-fault": "reset"}
    assert request(api, "GET", "/clock", **headers).status_code == 200
    assert api.call("GET", "/sessions/?project_id=p").status == 503
    assert [entry["operation"] for entry in remote.journal()] == ["list_sessions"]


def test_what_is_larger_than_any_request_to_the_api_is_read(api: Any) -> None:
    """The control API accepts bodies larger than 16 MiB, because a snapshot contains all data."""
    content = b'{"seconds": 1.5}'.ljust(MAX_BODY_BYTES + 1)
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    url = f"{api.sandbox.url}/_sandbox/clock/advance"
    began = api.sandbox.clock.now()
    assert api.http.post(url, content=content, headers=headers).status_code == 200
    assert (api.sandbox.clock.now() - began).total_seconds() == 1.5


def test_the_clock_advances_to_what_is_due_next(api: Any) -> None:
    """The clock can be advanced until something is due, however long that takes; if nothing is, that is a conflict."""
    session = api.create(idle_timeout=-1)
    api.start(session)
    began = api.sandbox.clock.now()
    assert request(api, "POST", "/clock/advance-to-next").status_code == 200
    assert (api.sandbox.clock.now() - began).total_seconds() == 0.75
    assert request(api, "POST", "/clock/advance-to-next").status_code == 200
    assert api.get(session)["state"] == "Running"
    assert request(api, "POST", "/clock/advance-to-next").json()["error"]["detail"] == "Nothing will be due."


def test_the_speed_of_a_clock_of_the_caller_cannot_be_set() -> None:
    """A clock that the caller wrote has no speed that can be set, which is a conflict."""
    own: Any = SimpleNamespace(
        now=ManualClock().now, advance=lambda _: None, subscribe=lambda _: lambda: None, set_time=None
    )
    with create_app(clock=own) as app:

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), cookies={"cli_token": app.token}, base_url="http://a"
            ) as http:
                return await http.put("/_sandbox/clock/speed", json={"speed": 1})

        assert asyncio.run(send()).status_code == 409


def test_faults_and_rules_are_counted_and_switched(api: Any, remote: RemoteSandbox) -> None:
    """A fault or a rule that is switched off does not apply until it is switched on; a rule can be removed alone."""
    fault = remote.add_fault({"kind": "status", "operation": "list_sessions"})
    remote.add_transition_rule({"from_state": "Stopped", "to_state": "StartingUp", "after_s": 0})
    remote.add_transition_rule({"from_state": "Running"})
    for on in (False, True):
        assert request(api, "PUT", f"/faults/{fault['id']}", {"on": on}).status_code == 204
        assert request(api, "PUT", "/transition-rules/1", {"on": on}).status_code == 204
        assert api.call("GET", "/sessions/?project_id=p").status == (503 if on else 200)
        assert api.get(api.create())["state"] == ("StartingUp" if on else "Stopped")
    assert [(item["seen"], item["used"], item["on"]) for item in remote.faults()] == [(1, 1, True)]
    assert [(item["id"], item["used"], item["on"]) for item in remote.transition_rules()] == [
        (1, 1, True),
        (2, 0, True),
    ]
    assert request(api, "DELETE", "/transition-rules/1").status_code == 204
    assert [item["id"] for item in remote.transition_rules()] == [2]
