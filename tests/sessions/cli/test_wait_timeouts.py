"""The time limit of commands that wait, over all that they do."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from anyscale_sessions.cli import sessions, waiters
from anyscale_sessions.client.base import ClientBase

from ..conftest import Turned
from .conftest import APP_CONFIG_EXAMPLE, Run, answering, response_of

TIMEOUT_S, LAST_POLL_S = 3.0, 1.0
SESSION = {"id": "ses_1", "name": "nightly", "project_id": "prj_1", "state": "Stopped"}
OPERATION = {"id": "sop_1", "session_id": "ses_1", "completed": False}
# What a server answers to a start or a termination, and to the polls after it.
LOST = b""
THROTTLED = response_of(b"{}", "429 No\r\nRetry-After: 1")
FAILING = response_of(b"{}", "500 No")
ACCEPTED = response_of(json.dumps({"result": OPERATION}).encode())


def server_of(change: bytes, poll: bytes) -> Callable[[bytes], bytes]:
    """A server whose sessions stay as they are."""

    def answer(request: bytes) -> bytes:
        method, path = request.split(b" ")[:2]
        if path.endswith((b"/start", b"/terminate")):
            return change
        if b"/session_operations/" in path:
            return poll
        if method == b"POST":
            session = {**SESSION, **json.loads(request.partition(b"\r\n\r\n")[2])}
            return response_of(json.dumps({"result": session}).encode())
        return response_of(json.dumps({"result": SESSION}).encode())

    return answer


@pytest.mark.parametrize(
    "command",
    [("create", "-f", str(APP_CONFIG_EXAMPLE)), ("start", "ses_1"), ("terminate", "ses_1")],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(
    ("change", "poll"),
    [(LOST, ACCEPTED), (THROTTLED, ACCEPTED), (ACCEPTED, ACCEPTED), (ACCEPTED, FAILING), (ACCEPTED, LOST)],
    ids=["lost", "throttled", "endless", "failing polls", "lost polls"],
)
@pytest.mark.usefixtures("token_for_any_host")
def test_timeout_bounds_all_of_a_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, turned: Turned, command: tuple[str, ...], change: bytes, poll: bytes
) -> None:
    """With `--wait --timeout`, a command ends by then: the change, its retries, the search for it and the wait."""
    clock: Any = turned.clock()
    monkeypatch.setattr(ClientBase, "clock", clock)
    for module in (sessions, waiters):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic), raising=False)
    began = turned.time_s
    with answering(server_of(change, poll)) as url:
        ended = run(*command, "--wait", "--timeout", str(TIMEOUT_S), "--host", url, "--output", "json")
    assert ended.code in {3, 4, 5, 6}, ended
    assert ended.error["session_id"] == "ses_1" or ended.error["operation_id"] == "sop_1"
    assert turned.time_s - began <= TIMEOUT_S + LAST_POLL_S
