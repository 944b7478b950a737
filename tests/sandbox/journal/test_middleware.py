"""Every request is recorded with its response."""

from __future__ import annotations

from typing import Any


def test_every_request_is_written_down_with_its_response(api: Any) -> None:
    """The journal records every request and response, also errors and unknown routes, with the sandbox's time."""
    session = api.create()
    api.call("GET", f"/sessions/{session['id']}", headers={})
    api.call("GET", "/nothing")
    journal = api.sandbox.journal
    created, refused, lost = journal.entries()
    assert (created.operation, created.method, created.status) == ("create_session", "POST", 200)
    assert created.body["name"] == "a"
    assert created.response["result"]["id"] == session["id"]
    assert created.time == session["created_at"]
    assert created.duration_s > 0
    assert (refused.operation, refused.path, refused.status) == ("get_session", {"session_id": session["id"]}, 401)
    assert (lost.operation, lost.target, lost.status) == (None, "/v0/nothing", 404)
    assert [entry.number for entry in journal.entries()] == [1, 2, 3]
