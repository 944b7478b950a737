"""The pool of the synchronous client."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest
from msgspec.structs import replace

from anyscale_sessions import (
    APITimeoutError,
    SessionsClient,
)
from anyscale_sessions._transport.pool import sync

from ...conftest import TOKEN, Scripted
from ..conftest import GOOD, HEAD


@pytest.mark.default_transport
def test_threads_share_one_pool(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads that make the first call at once share what it makes."""
    for _ in range(8):
        scripted.json(GOOD)
    together = threading.Barrier(8)
    made: list[Any] = []
    transport = sync.PooledTransport
    monkeypatch.setattr(sync, "PooledTransport", lambda *arguments: made.append(transport(*arguments)) or made[-1])
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with SessionsClient(TOKEN, host=scripted.url) as client:

        def get() -> None:
            together.wait()
            client.get_session("ses_1")

        threads = [threading.Thread(target=get) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sys.setswitchinterval(interval_s)
    assert len(made) == 1
    assert len(scripted.asked) == 8


@pytest.mark.default_transport
def test_call_that_finds_no_free_connection(
    scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that waits in vain for one of the connections to become free was not sent."""
    monkeypatch.setattr(sync, "MAX_CONNECTIONS", 1)
    scripted.raw(HEAD + b"content-length: 27\r\n\r\n", b'{"result": {"id": "ses_1"}}', pause_s=0.3)
    with SessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
        first = threading.Thread(target=client.get_session, args=("ses_1",))
        first.start()
        scripted.came.wait(5.0)
        client._limits = replace(client._limits, deadline_s=0.1)
        with pytest.raises(APITimeoutError, match="no connection in time"):
            client.create_session(session_body)
        first.join()
    assert len(scripted.asked) == 1


@pytest.mark.default_transport
def test_surplus_connection_is_closed(scripted: Scripted, session_body: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A free connection that a call may not use is closed if the new one would be one too many."""
    monkeypatch.setattr(sync, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(sync, "MAX_IDLE_S", 0.0)
    created = {"id": "ses_1", "name": session_body.name, "project_id": session_body.project_id}
    scripted.json(GOOD)
    scripted.json({"result": created})
    with SessionsClient(TOKEN, host=scripted.url) as client:
        client.get_session("ses_1")
        transport: Any = client._connections.transport()
        (first,) = transport._transport._connections._free
        client.create_session(session_body)
        (second,) = transport._transport._connections._free
        assert second is not first
        assert first.has_expired() or first.is_closed()
