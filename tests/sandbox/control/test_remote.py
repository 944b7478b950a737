"""A sandbox controlled from another process."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from anyscale_sessions_sandbox import serve
from anyscale_sessions_sandbox.errors import SandboxError
from anyscale_sessions_sandbox.remote import RemoteSandbox, SandboxResponseError

from .conftest import APP


def test_another_process_can_do_all_of_it(api: Any, remote: RemoteSandbox) -> None:
    """RemoteSandbox can do from another process everything that the controls can do."""
    began = api.sandbox.clock.now()
    assert remote.now() == began
    remote.seed({"sessions": [{"name": "a", "id": "ses_1", "state": "Running", "idle_timeout": 120, **APP}]})
    snapshot = remote.snapshot()
    remote.transition("ses_1", "Stopping", "Go.")
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
    move, counts = {"from_state": "Running"}, {"id": 1, "used": 0, "on": True}
    remote.add_transition_rule(move)
    assert remote.transition_rules() == [{**move, "sessions": "*", "times": None} | counts]
    remote.clear_transition_rules()
    assert remote.transition_rules() == []
    assert [entry["status"] for entry in remote.journal(operation="get_session", last=1)] == [200]
    assert len(remote.archive()["log"]["entries"]) == 2
    remote.clear_journal()
    assert remote.journal() == []
    remote.reset()
    assert api.call("GET", "/sessions/ses_1").status == 404


def test_what_is_refused_says_why(remote: RemoteSandbox) -> None:
    """The error of a refused request has one line for each problem."""
    with pytest.raises(SandboxResponseError, match="scd_9 does not exist"):
        remote.logs("scd_9")
    with pytest.raises(SandboxResponseError, match="There is no fault 9") as caught:
        remote.remove_fault(9)
    assert caught.value.status == 404
    with pytest.raises(SandboxResponseError, match=r"sessions.0.name: field required\n.*sessions.0.project_id"):
        remote.seed({"sessions": [{}]})
    with pytest.raises(SandboxResponseError, match=r"^sessions: value is not a valid list$"):
        remote.seed({"sessions": 5})


def test_what_is_no_sandbox_is_reported() -> None:
    """A typed error reports that nothing listens, that the server is not a sandbox, or that the URL is invalid."""
    with serve() as sandbox:
        url = sandbox.url
        with pytest.raises(SandboxResponseError, match="token is not the one") as caught:
            RemoteSandbox(url, "x").now()
        assert caught.value.status == 403
    with pytest.raises(SandboxError, match=f"no sandbox answered at {url}"):
        RemoteSandbox(url, "x").now()
    for wrong in ("ftp://127.0.0.1", "127.0.0.1:80", "http://", "http://a:b"):
        with pytest.raises(SandboxError, match="is not the URL of a sandbox"):
            RemoteSandbox(wrong, "x")
    with pytest.raises(SandboxError, match="is not the token of a sandbox"):
        RemoteSandbox("http://127.0.0.1", "a\nb")


@pytest.mark.parametrize(
    "response", [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", b"HTTP/1.1 404 X\r\ncontent-length: 2\r\n\r\n{}"]
)
def test_a_server_of_something_else_is_reported(response: bytes) -> None:
    """A response that no sandbox sends is reported as a connection error."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(response)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(SandboxError, match="is not one of a sandbox"):
            RemoteSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}", "x").now()
        thread.join()
