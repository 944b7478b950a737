"""A connection of the synchronous pool."""

from __future__ import annotations

from typing import Any

from anyscale_sessions import SessionsClient

from ...conftest import TOKEN, Scripted
from ..conftest import GOOD


def test_closed_connection_is_not_used(scripted: Scripted, session_body: Any) -> None:
    """A connection that an interruption left closed in the free list has expired, and the next call opens another."""
    scripted.json(GOOD)
    scripted.json({"result": {"id": "ses_2", "name": "nightly", "project_id": "prj_1"}})
    with SessionsClient(TOKEN, host=scripted.url, max_attempts=1) as client:
        assert client.get_session("ses_1").id == "ses_1"
        kept = client._connections.transport()._transport._connections._free[-1]
        assert kept.is_free()
        assert not kept.has_expired()
        kept.close()
        assert kept.has_expired()
        assert client.create_session(session_body).id == "ses_2"
    assert scripted.connections == 2
