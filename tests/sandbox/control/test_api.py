"""The control API below /_sandbox/: what its own document says, for this machine and with the token alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, create_app, serve
from anyscale_sessions_sandbox.control.api import HANDLERS
from anyscale_sessions_sandbox.control.openapi import document
from anyscale_sessions_sandbox.errors import SandboxError
from anyscale_sessions_sandbox.gateway.request import MAX_BODY_BYTES
from anyscale_sessions_sandbox.remote import RemoteSandbox, SandboxRefusal

APP = {"project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox of the test's own, whose responses are checked against its documents."""
    with serve(clock=ManualClock(), validate_responses=True) as sandbox:
        yield visit(sandbox)


@pytest.fixture
def remote(api: Any) -> RemoteSandbox:
    """The same sandbox, as another process sees it."""
    return RemoteSandbox(api.sandbox.url, api.sandbox.token)


def request(api: Any, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    """A request to the control API, with the token unless headers are given."""
    headers = headers or {"cookie": f"cli_token={api.sandbox.token}"}
    response: httpx.Response = api.http.request(method, f"{api.sandbox.url}/_sandbox{path}", json=body, headers=headers)
    return response


def test_its_document_is_valid_and_complete(api: Any) -> None:
    """OpenAPI 3.1; each operation is there once, and done."""
    served = request(api, "GET", "/openapi.json").json()
    assert served == document()
    assert served["openapi"] == "3.1.0"
    operations = [operation for item in served["paths"].values() for operation in item.values()]
    assert sorted(operation["operationId"] for operation in operations) == sorted(HANDLERS)
    for operation in operations:
        assert operation["summary"]
        assert {"401", "403", "422"} <= set(operation["responses"])
    try:
        from openapi_spec_validator import validate
    except ImportError:
        return
    validate(served)


ROUTES = [
    ("GET", "/openapi.json", None, 200),
    ("GET", "/clock", None, 200),
    ("POST", "/clock/advance", {"minutes": 2}, 200),
    ("GET", "/faults", None, 200),
    ("POST", "/faults", {"kind": "reset"}, 200),
    ("DELETE", "/faults", None, 204),
    ("DELETE", "/faults/1", None, 404),
    ("GET", "/moves", None, 200),
    ("POST", "/moves", {"from_state": "Running", "to_state": "Stopping", "after_s": 1}, 200),
    ("DELETE", "/moves", None, 204),
    ("POST", "/sessions/none/move", {"to_state": "Running"}, 404),
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
    """With a status that is there, and a body of its schema, which the sandbox checks."""
    response = request(api, method, path, body)
    assert response.status_code == status
    assert response.headers["x-request-id"]


def template(path: str) -> str:
    """A path as the document has it."""
    named = {"/faults/1": "/faults/{fault_id}", "/commands/none": "/commands/{command_id}", "none": "{session_id}"}
    for text, name in named.items():
        path = path.replace(text, name)
    return path


def test_every_route_is_tried() -> None:
    """The list above is that of the document."""
    tried = {(method, template(path)) for method, path, *_ in ROUTES}
    assert tried == {(method.upper(), path) for path, item in document()["paths"].items() for method in item}


@pytest.mark.parametrize(("method", "path", "body", "_status"), ROUTES)
def test_nobody_gets_in_without_the_token(api: Any, method: str, path: str, body: Any, _status: int) -> None:
    """Not even to read what there is."""
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
    """Whatever address the sandbox listens on; whoever calls it in its own process has none."""
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
        ("POST", "/faults", {"kind": "explode"}),
        ("POST", "/faults", {"kind": "reset", "status": 500}),
        ("POST", "/moves", {"from_state": "Napping"}),
        ("POST", "/moves", {"from_state": "Stopped", "to_state": "Running"}),
        ("POST", "/seed", {"sessions": [{}]}),
        ("POST", "/seed", {"session": []}),
        ("PUT", "/snapshot", {"format": "x"}),
        ("GET", "/journal?last=0", None),
        ("DELETE", "/faults/x", None),
    ],
)
def test_what_makes_no_sense_is_refused(api: Any, method: str, path: str, body: Any) -> None:
    """With 422, in the envelope of the API."""
    response = request(api, method, path, body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["msg"]


def test_no_fault_and_no_journal_reaches_it(api: Any, remote: RemoteSandbox) -> None:
    """What is done to a sandbox is none of what is done with it."""
    remote.add_fault({"kind": "status", "times": None})
    headers = {"cookie": f"cli_token={api.sandbox.token}", "x-sandbox-fault": "reset"}
    assert request(api, "GET", "/clock", **headers).status_code == 200
    assert api.call("GET", "/sessions/?project_id=p").status == 503
    assert [entry["operation"] for entry in remote.journal()] == ["list_sessions"]


def test_another_process_can_do_all_of_it(api: Any, remote: RemoteSandbox) -> None:
    """By the client for it, which needs nothing but Python."""
    began = api.sandbox.clock.now()
    assert remote.now() == began
    remote.seed({"sessions": [{"name": "a", "id": "ses_1", "state": "Running", "idle_timeout": 120, **APP}]})
    snapshot = remote.snapshot()
    remote.move("ses_1", "Stopping", "Go.")
    assert (remote.advance(minutes=121) - began).total_seconds() == 121 * 60
    assert api.get({"id": "ses_1"})["state"] == "Stopped"
    remote.restore(snapshot)
    assert api.get({"id": "ses_1"})["state"] == "Running"
    assert remote.now() == began
    added = remote.add_fault({"kind": "reset", "operation": "delete_session"})
    assert remote.faults() == [added]
    remote.remove_fault(added["id"])
    remote.add_fault({"kind": "stall"})
    remote.clear_faults()
    assert remote.faults() == []
    move = {"from_state": "Running"}
    remote.add_move(move)
    assert remote.moves() == [{**move, "sessions": "*", "times": None}]
    remote.clear_moves()
    assert remote.moves() == []
    assert [entry["status"] for entry in remote.journal(operation="get_session", last=1)] == [200]
    assert len(remote.archive()["log"]["entries"]) == 2
    remote.clear_journal()
    assert remote.journal() == []
    remote.reset()
    assert api.call("GET", "/sessions/ses_1").status == 404


def test_what_is_larger_than_any_request_to_the_api_is_read(api: Any) -> None:
    """Since a snapshot holds everything, and has to be restored."""
    content = b'{"seconds": 1.5}'.ljust(MAX_BODY_BYTES + 1)
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    url = f"{api.sandbox.url}/_sandbox/clock/advance"
    began = api.sandbox.clock.now()
    assert api.http.post(url, content=content, headers=headers).status_code == 200
    assert (api.sandbox.clock.now() - began).total_seconds() == 1.5


def test_what_is_refused_says_why(remote: RemoteSandbox) -> None:
    """In one line for each thing that is wrong."""
    with pytest.raises(SandboxRefusal, match="There is no fault 9") as caught:
        remote.remove_fault(9)
    assert caught.value.status == 404
    with pytest.raises(SandboxRefusal, match=r"sessions.0.name: field required\n.*sessions.0.project_id"):
        remote.seed({"sessions": [{}]})
    with pytest.raises(SandboxRefusal, match=r"^sessions: value is not a valid list$"):
        remote.seed({"sessions": 5})


def test_what_is_no_sandbox_is_told() -> None:
    """Nobody there, a server of something else, an address that is none."""
    with serve() as sandbox:
        url = sandbox.url
        with pytest.raises(SandboxRefusal, match="token is not the one") as caught:
            RemoteSandbox(url, "x").now()
        assert caught.value.status == 403
    with pytest.raises(SandboxError, match=f"no sandbox answers at {url}"):
        RemoteSandbox(url, "x").now()
    for wrong in ("ftp://127.0.0.1", "127.0.0.1:80", "http://", "http://a:b"):
        with pytest.raises(SandboxError, match="is not the URL of a sandbox"):
            RemoteSandbox(wrong, "x")
    with pytest.raises(SandboxError, match="is not the token of a sandbox"):
        RemoteSandbox("http://127.0.0.1", "a\nb")


@pytest.mark.parametrize(
    "response", [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", b"HTTP/1.1 404 X\r\ncontent-length: 2\r\n\r\n{}"]
)
def test_a_server_of_something_else_is_told(response: bytes) -> None:
    """Whatever it answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(response)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(SandboxError, match="does not answer as a sandbox does"):
            RemoteSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}", "x").now()
        thread.join()
