"""The rows of the feed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from anyscale_sessions_sandbox import SandboxApp, SystemClock
from anyscale_sessions_sandbox.journal import Entry
from anyscale_sessions_sandbox.page import summaries
from anyscale_sessions_sandbox.page.summaries import clock_row, count_sessions, entry_row, newest_sessions, session_rows

from .conftest import START_MS, Page


def rows(page: Page, *session_ids: str) -> list[Any]:
    """The rows of sessions."""
    with page.app.components.backend.transaction() as transaction:
        return session_rows(transaction.store, page.mask, session_ids)


def test_a_row_has_what_a_list_shows(page: Page) -> None:
    """A session's row has its name, states, times and the number of its running commands."""
    page.add(state="Running", commands=[{"shell_command": "sleep 9"}, {"shell_command": "x", "status_code": 1}])
    assert rows(page, "ses_1") == [
        {
            "id": "ses_1",
            "name": "a",
            "state": "Running",
            "pending_state": None,
            "project_id": "prj_1",
            "created_ms": START_MS,
            "running": 1,
            "states": [(START_MS, "Stopped"), (START_MS, "StartingUp"), (START_MS, "Running")],
            "states_before": 0,
        }
    ]


def test_hostile_names_are_cut_and_masked(page: Page) -> None:
    """Of a long name only the beginning is sent, and a name that contains the token is masked."""
    page.add(name="<b>" + "x" * 1_000_000)
    page.add("ses_2", name=f"{page.app.token}\u202e")
    long, secret = (row["name"] for row in sorted(rows(page, "ses_1", "ses_2"), key=lambda row: row["id"]))
    assert (len(long), long[:4], secret) == (201, "<b>x", "***\u202e")


def test_a_deleted_session_has_no_row(page: Page) -> None:
    """A session that was deleted or never existed has no row, and does not count."""
    page.add()
    assert page.call("DELETE", "/v0/sessions/ses_1").status_code == 204
    assert rows(page, "ses_1", "ses_none") == []
    with page.app.components.backend.transaction() as transaction:
        assert count_sessions(transaction.store) == 0
        assert newest_sessions(transaction.store, page.mask, 9, 9) == ([], 0)


def test_a_long_history_is_cut(page: Page) -> None:
    """A row has the last states, and the number of those before them."""
    page.add(state="Running")
    for _ in range(10):
        page.app.transition("ses_1", "Updating")
        page.app.clock.advance(1)
    row = rows(page, "ses_1")[0]
    assert (len(row["states"]), row["states_before"]) == (summaries.MAX_STATES, 3)
    assert row["states"][-1] == (START_MS + 9_500, "Running")


def test_sessions_are_read_in_parts(page: Page) -> None:
    """The newest sessions come first, and the number of the last one says where the next part begins."""
    for number in range(3):
        page.add(f"ses_{number}")
    with page.app.components.backend.transaction() as transaction:
        first, before = newest_sessions(transaction.store, page.mask, 99, 2)
        last, end = newest_sessions(transaction.store, page.mask, before, 2)
    assert [row["id"] for row in (*first, *last)] == ["ses_2", "ses_1", "ses_0"]
    assert end == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"path": {"session_id": "s1"}}, "s1"),
        ({"target": "/x?session_id=s2"}, "s2"),
        ({"size": 19, "request_content": b'{"session_id":"s3"}'}, "s3"),
        ({"response_size": 30, "response_content": b'{"result":{"session_id":"s4"}}'}, "s4"),
        ({"operation": "create_session", "response_size": 22, "response_content": b'{"result":{"id":"s5"}}'}, "s5"),
        ({"path": {"session_id": "x" * 201}}, None),
        ({"response_size": 5000, "response_content": b'{"result":{"session_id":"s4"}}'}, None),
        ({}, None),
    ],
)
def test_an_entry_names_its_session(page: Page, changes: Any, expected: str | None) -> None:
    """The row of a request has the session that its path, query, body or response names."""
    entry = Entry(**({"number": 1, "time": "2026-01-01T00:00:00+00:00", "method": "GET", "target": "/x"} | changes))
    assert entry_row(entry, page.mask)["session_id"] == expected


def test_an_entry_row_is_short(page: Page) -> None:
    """The row of a request has its path without the query, what it was answered, and how long that took."""
    entry = Entry(3, "2026-01-01T00:00:01+00:00", "GET", f"/{'p' * 300}?token=x", status=500, fault="reset")
    entry.duration_s = 0.0125
    row = entry_row(entry, page.mask)
    assert row == {
        "number": 3,
        "at_ms": START_MS + 1000,
        "operation": None,
        "method": "GET",
        "path": f"/{'p' * 199}…",
        "status": 500,
        "fault": "reset",
        "duration_ms": 12.5,
        "session_id": None,
        "authenticated": False,
    }


def test_the_clock_says_what_is_due(page: Page) -> None:
    """The row of the clock has the time, its speed, and when something happens next."""
    app: SandboxApp = page.app
    backend = app.components.backend
    assert clock_row(app.clock, backend) == {"now_ms": START_MS, "speed": 0.0, "next_due_ms": None}
    page.add()
    page.call("POST", "/v0/sessions/ses_1/start", {})
    assert clock_row(app.clock, backend)["next_due_ms"] == START_MS + 750
    assert clock_row(SystemClock(speed=2), backend)["speed"] == 2
    own: Any = SimpleNamespace(now=app.clock.now)  # a clock of a caller's own, as far as the page uses it
    assert clock_row(own, backend)["speed"] is None
