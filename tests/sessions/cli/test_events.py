"""Tests for `cli/events.py`: showing and following events."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions.cli import polling

from .conftest import Run


def test_events_are_shown_in_order(run: Run, client: SessionsClient, session: Session) -> None:
    """`events` shows the events of all pages, oldest first, as a table or with all fields."""
    client.start_session(session.id)
    client.wait_for_session(session.id, poll_interval=0.01)
    shown = run("events", session.id, "-o", "json").result
    assert [event["event_type"] for event in shown] == ["created", "start_command", "starting", "running"]
    assert [event["timestamp"] for event in shown] == sorted(event["timestamp"] for event in shown)
    header, first, *_ = run("events", session.id).out.splitlines()
    assert header.split() == ["timestamp", "log_level", "event_type", "description"]
    assert first.endswith("The session was created.")


def test_follow_writes_each_event_once(
    run: Run, client: SessionsClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--follow` writes the events so far, and then each new event once."""

    def happenings() -> Iterator[None]:
        yield
        client.start_session(session.id)
        client.wait_for_session(session.id, poll_interval=0.01)
        yield
        yield
        raise KeyboardInterrupt

    steps = happenings()
    with monkeypatch.context() as patch:
        patch.setattr(polling, "time", type("Clock", (), {"sleep": staticmethod(lambda _: next(steps))}))
        ended = run("events", session.id, "--follow", "-o", "json")
    assert ended.code == 130
    shown = [json.loads(line)["event_type"] for line in ended.out.splitlines()]
    assert shown == ["created", "start_command", "starting", "running"]


def test_missing_session_is_refused(run: Run) -> None:
    """Following a session that does not exist ends at once with code 3."""
    ended = run("events", "ses_none", "--follow", "-o", "json")
    assert (ended.code, ended.error["session_id"]) == (3, "ses_none")
