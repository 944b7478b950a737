"""The journal: its size, its queries and its assertions."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox.journal.entry import MAX_BODY_BYTES_KEPT
from anyscale_sessions_sandbox.journal.journal import MAX_ENTRIES

from .conftest import TOKEN


def test_what_was_called_can_be_asserted(api: Any) -> None:
    """An assertion checks that a call was made, how often, or never, and returns the entries."""
    api.create(name="x")
    journal = api.sandbox.journal
    [entry] = journal.assert_called("create_session", times=1, body__name="x")
    assert entry.status == 200
    assert journal.assert_called("create_session") == [entry]
    journal.assert_not_called("create_session", body__name="y")
    journal.assert_not_called("terminate_session")


def message(journal: Any, *arguments: Any, **conditions: Any) -> list[str]:
    """What a failed assertion says."""
    with pytest.raises(AssertionError) as caught:
        journal.assert_called(*arguments, **conditions)
    return str(caught.value).splitlines()


def test_a_failed_assertion_tells_what_came_nearest(api: Any) -> None:
    """A failed assertion shows the most similar requests and how they differ, without secrets."""
    journal = api.sandbox.journal
    assert message(journal, "create_session") == [
        "expected create_session to be called at least once",
        "but it was called 0 times.",
        "No request was similar. The last requests:",
    ]
    api.create(name="x", user_service_access="public", user_service_token=TOKEN)
    api.create(name="y")
    lines = message(journal, "create_session", body__name="z", body__project_id=api.project_id)
    assert lines[:4] == [
        "expected create_session to be called at least once",
        '  with body.name: "z"',
        f'  with body.project_id: "{api.project_id}"',
        "but it was called 0 times like this.",
    ]
    assert lines[4] == "The most similar requests:"
    assert lines[5].startswith("  #1 2026-01-01T00:00:00.000000+00:00 create_session POST /v0/sessions/ -> 200")
    assert lines[6] == '    body.name: "x"'
    assert lines[8] == '    body.name: "y"'
    lines = message(journal, "create_session", times=1, body__project_id=api.project_id)
    assert lines[2] == "but it was called 2 times like this."
    assert len(lines) == 6
    assert message(journal, "get_session")[-1].startswith("  #2 ")
    lines = message(journal, "create_session", body__user_service_token="B" * 43)
    assert TOKEN not in "\n".join(lines)
    assert "B" * 43 not in "\n".join(lines)
    assert '    body.user_service_token: "***"' in lines


def test_it_is_a_ring_of_capped_entries(api: Any) -> None:
    """The journal keeps the last 1,000 requests and the first 64 KiB of each body."""
    journal = api.sandbox.journal
    api.create(cluster_config="x" * 100_000, cloud_id="c", uses_app_config=False)
    [entry] = journal.entries()
    assert len(entry.request_content) == MAX_BODY_BYTES_KEPT
    assert entry.size > 100_000
    assert len(entry.response_content) == MAX_BODY_BYTES_KEPT
    assert (entry.body, entry.response) == (None, None)
    for _ in range(MAX_ENTRIES):
        entry = journal.open("now", "GET", "/")
        entry.is_authenticated = True
        journal.add(entry)
    assert len(journal.entries()) == MAX_ENTRIES
    assert journal.entries()[0].number == 2


def test_an_entry_is_found_by_its_number(api: Any) -> None:
    """An entry is found by its number as long as it is kept."""
    api.create()
    entry = api.sandbox.journal.entry(1)
    assert entry
    assert entry.operation == "create_session"
    assert api.sandbox.journal.entry(2) is None


def test_every_change_of_the_journal_is_reported(api: Any) -> None:
    """An entry is reported when it is added and when it is complete, and so is that the journal was cleared."""
    journal, numbers = api.sandbox.journal, list[int | None]()
    journal.on_change = numbers.append
    entry = journal.open("2026-01-01T00:00:00+00:00", "GET", "/")
    journal.add(entry)
    journal.finish(entry, 0.5)
    journal.clear()
    assert (numbers, entry.duration_s) == ([1, 1, None], 0.5)


def test_the_nearest_entries_miss_the_fewest_conditions(api: Any) -> None:
    """Of the entries of an operation that miss a condition, those that miss the fewest come first."""
    api.create(name="x", project_id="p")
    api.create(name="z", project_id="q")
    nearest = api.sandbox.journal.nearest("create_session", body__name="z", body__project_id="r")
    assert [(entry.number, missed) for entry, missed in nearest] == [
        (2, ['body.project_id: "q"']),
        (1, ['body.name: "x"', 'body.project_id: "p"']),
    ]
    assert api.sandbox.journal.nearest("create_session") == []
