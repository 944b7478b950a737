"""Programs that replace `time.sleep` after the import of this package, as gevent does when it patches late."""

from __future__ import annotations

import time

import pytest

from anyscale_sessions import SessionsClient

from ..faults import whole
from ..server import FaultServer, Line
from .conftest import TOKEN

RUNNING = b'{"result": {"id": "ses_1", "state": "Running"}}'
PENDING = b'{"result": {"id": "ses_1", "state": "StartingUp"}}'


def answers(*pieces: bytes) -> FaultServer:
    """A server that answers with these responses in turn."""
    left = list(pieces)

    def script(line: Line) -> None:
        while line.receive() is not None:
            line.send(left.pop(0))

    return FaultServer(script)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the replaced function was asked to sleep."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


def test_wait_between_attempts_uses_the_patched_function(slept: list[float]) -> None:
    """The wait that a server asks for is spent in the function that is `time.sleep` at that moment."""
    throttled = whole(b"{}", b"429 No", b"Retry-After: 7")
    with answers(throttled, whole(RUNNING)).serving() as server, SessionsClient(TOKEN, host=server.url) as client:
        assert client.get_session("ses_1").id == "ses_1"
    assert slept == [7.0]


def test_wait_between_polls_uses_the_patched_function(slept: list[float]) -> None:
    """The wait between two polls is spent in the function that is `time.sleep` at that moment."""
    with answers(whole(PENDING), whole(RUNNING)).serving() as server, SessionsClient(TOKEN, host=server.url) as client:
        assert client.wait_for_session("ses_1", poll_interval=3.0).id == "ses_1"
    assert len(slept) == 1
    assert slept[0] == pytest.approx(3.0, rel=0.2)
