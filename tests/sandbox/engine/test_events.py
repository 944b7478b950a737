"""The event log of a session."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def lived(api: Any) -> Any:
    """A session with a life behind it, each event of which had a time of its own."""
    session = api.create()
    api.sandbox.clock.advance(1)
    api.result("PUT", f"/sessions/{session['id']}", {"idle_timeout": 60})
    api.sandbox.clock.advance(1)
    api.start(session)
    api.sandbox.clock.advance(2)
    api.terminate(session)
    api.sandbox.clock.advance(1)
    return session


LIFE = ["created", "edited", "start_command", "starting", "running", "terminate_command", "terminating", "terminated"]


def kinds(events: list[Any]) -> list[str]:
    """The types of events."""
    return [event["event_type"] for event in events]


def test_everything_that_happens_is_written_down_in_order(api: Any, lived: Any) -> None:
    """The log has an event for each change, in order, with its time, level, text and cause."""
    events = api.events(lived)
    assert kinds(events) == LIFE
    assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)
    assert events[0] == {
        "event_type": "created",
        "log_level": "info",
        "timestamp": lived["created_at"],
        "description": "The session was created.",
        "cause": {"cause_user": lived["creator_id"], "cause_system": None},
        "id": events[0]["id"],
    }
    assert len({event["id"] for event in events}) == len(events)


def test_a_session_from_a_cluster_yaml_waits_for_its_files(api: Any) -> None:
    """A session with a cluster config logs an event while it waits for its file mounts."""
    session = api.create(uses_app_config=False, cluster_config="a: 1", cloud_id="cld_1")
    api.start(session)
    api.sandbox.clock.advance(1.5)
    assert kinds(api.events(session))[-3:] == ["starting", "awaiting_file_mounts", "running"]


def test_events_are_filtered_by_type_and_level(api: Any, lived: Any) -> None:
    """Events must match both filters, and a repeated key accepts all of its values."""
    assert kinds(api.events(lived, event_types=["running", "created", "running"])) == ["created", "running"]
    assert kinds(api.events(lived, event_types="updating")) == []
    assert kinds(api.events(lived, log_level_types=["info", "error"])) == LIFE
    assert api.events(lived, log_level_types="error", event_types="created") == []


def test_events_are_filtered_by_time(api: Any, lived: Any) -> None:
    """Time filters are strict, and their times may have any offset."""
    events = api.events(lived)
    edited, running = events[1]["timestamp"], events[4]["timestamp"]
    assert kinds(api.events(lived, before=edited)) == ["created"]
    assert kinds(api.events(lived, after=running)) == LIFE[5:]
    assert kinds(api.events(lived, after=edited, before=running)) == ["start_command", "starting"]
    assert api.events(lived, after=running, before=edited) == []
    assert kinds(api.events(lived, after="2000-01-01T00:00:00z")) == LIFE
    assert api.events(lived, after="9999-12-31T23:59:59-00:00", before="0001-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "moment",
    ["0000-02-29T00:00:00Z", "0001-01-01T00:00:00+14:00", "1972-06-30T23:59:60Z", "2016-12-31T18:59:60.999-05:00"],
)
def test_every_moment_that_the_spec_allows_is_before_or_after_an_event(api: Any, lived: Any, moment: str) -> None:
    """Filters accept years that Python cannot represent, and leap seconds."""
    assert kinds(api.events(lived, after=moment)) == LIFE
    assert kinds(api.events(lived, before=moment)) == []


def test_the_end_of_time_is_after_every_event(api: Any, lived: Any) -> None:
    """A filter time beyond the year 9999 is later than every event."""
    for moment in ("9999-12-31T23:59:59.999999-00:01", "9999-12-31T23:59:60Z"):
        assert kinds(api.events(lived, before=moment)) == LIFE
        assert kinds(api.events(lived, after=moment)) == []


def test_a_page_of_events_holds_up_to_a_thousand(api: Any, lived: Any) -> None:
    """A page has 10 events by default and 1,000 at most, and the total counts all matching events."""
    query = {"session_id": lived["id"]}
    for _ in range(5):
        api.result("PUT", f"/sessions/{lived['id']}", {})
    assert len(api.call("GET", "/session_events/", params=query).body["results"]) == 10
    response = api.call("GET", "/session_events/", params=query | {"count": 1, "event_types": "edited"})
    assert response.body["metadata"]["total"] == 6
    assert api.problems("GET", "/session_events/", params=query | {"count": 1001}) == [
        ("query.count", "value_error.number.not_le")
    ]
