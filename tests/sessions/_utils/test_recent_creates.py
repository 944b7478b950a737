"""The memory of sessions that were created."""

from __future__ import annotations

from anyscale_sessions._utils.locks import ProcessLock
from anyscale_sessions._utils.recent_creates import MAX_SESSIONS_REMEMBERED, REMEMBERED_S, RecentCreates


def test_sessions_of_a_key_are_remembered_for_a_minute() -> None:
    """The sessions with a key are remembered for 60 s, oldest first."""
    recent = RecentCreates(ProcessLock())
    recent.add("ses_1", "a", 10.0)
    recent.add("ses_2", "b", 11.0)
    recent.add("ses_3", "a", 12.0)
    assert recent.ids("a", 12.0) == ["ses_1", "ses_3"]
    assert recent.ids("a", 10.0 + REMEMBERED_S) == ["ses_3"]
    assert recent.ids("c", 12.0) == []


def test_deleted_sessions_are_forgotten() -> None:
    """A session that was deleted is forgotten, and one that is unknown can be deleted too."""
    recent = RecentCreates(ProcessLock())
    recent.add("ses_1", "a", 10.0)
    recent.remove("ses_1")
    recent.remove("ses_2")
    assert recent.ids("a", 10.0) == []


def test_the_oldest_sessions_are_forgotten() -> None:
    """At most 1,000 sessions are remembered."""
    recent = RecentCreates(ProcessLock())
    for number in range(MAX_SESSIONS_REMEMBERED + 1):
        recent.add(str(number), "a", 10.0)
    ids = recent.ids("a", 10.0)
    assert (len(ids), ids[0]) == (1_000, "1")
