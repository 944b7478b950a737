"""The log of what changed."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.page import change_log
from anyscale_sessions_sandbox.page.change_log import ChangeLog, Position


def test_a_session_that_changed_twice_is_reported_once() -> None:
    """What changed after a position has each session once, the one that changed last first."""
    log = ChangeLog()
    start = log.position
    log.note_sessions(["a", "b"])
    log.note_sessions(["a"])
    changes = log.since(start)
    assert changes
    assert changes.sessions == ["a", "b"]
    assert changes.position == log.position
    assert log.revision_of("a") > log.revision_of("b") > log.revision_of("c") == 0


def test_only_later_changes_are_reported() -> None:
    """What was reported once is not reported again from the position after it."""
    log = ChangeLog()
    log.note_sessions(["a"])
    log.note_entry(1)
    log.note_part("faults")
    position = log.position
    log.note_sessions(["b"])
    log.note_entry(2)
    log.note_part("transition_rules")
    changes = log.since(position)
    assert changes
    assert (changes.sessions, changes.entries, changes.parts) == (["b"], [2], {"transition_rules"})


def test_a_commit_without_changed_sessions_is_no_change() -> None:
    """A transaction that only reads changes neither the revision nor wakes a page."""
    log, calls = ChangeLog(), list[int]()
    log.on_change = lambda: calls.append(1)
    log.note_sessions([])
    assert (log.position.revision, calls) == (0, [])
    log.note_sessions(["a"])
    assert (log.position.revision, calls) == (1, [1])


def test_a_position_before_a_reset_is_unknown() -> None:
    """After all data was replaced, no page can continue from an earlier position."""
    log = ChangeLog()
    position = log.position
    log.note_sessions(None)
    assert log.since(position) is None
    assert log.position.generation == 1


@pytest.mark.parametrize("revision", [-1, 1])
def test_a_position_that_never_was_is_unknown(revision: int) -> None:
    """A revision that the log has not reached, or that is below 0, is unknown."""
    assert ChangeLog().since(Position(0, revision)) is None


def test_the_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """If more sessions changed than the log remembers, positions before the first of them are unknown."""
    monkeypatch.setattr(change_log, "MAX_KEYS", 2)
    log = ChangeLog()
    start = log.position
    log.note_sessions(["a"])
    after_first = log.position
    log.note_sessions(["b"])
    log.note_sessions(["c"])
    assert log.since(start) is None
    changes = log.since(after_first)
    assert changes
    assert changes.sessions == ["c", "b"]
    assert log.revision_of("a") == after_first.revision


def test_a_cleared_journal_is_reported_with_the_entries_after_it() -> None:
    """After the journal was cleared, only new entries are reported, and that it was cleared."""
    log = ChangeLog()
    start = log.position
    log.note_entry(7)
    log.note_entry(None)
    log.note_entry(1)
    changes = log.since(start)
    assert changes
    assert (changes.entries, changes.parts) == ([1], {"journal_cleared"})
