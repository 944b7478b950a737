"""One journal entry and its values."""

from __future__ import annotations

from typing import Any

import pytest


def test_entries_are_found_by_conditions(api: Any) -> None:
    """Entries are found by values of the path, query, body, response and status."""
    session = api.create(name="x")
    api.create(name="y")
    api.get(session)
    api.call("GET", "/sessions/", params={"project_id": "p", "count": 5})
    body = {"paging": {"count": 3}, "state_filter": ["Running"]}
    api.call("POST", "/sessions/p/search", body)
    journal = api.sandbox.journal
    assert journal.count() == 5
    assert journal.count("create_session") == 2
    assert journal.count("create_session", body__name="x") == 1
    assert journal.count(path__session_id=session["id"]) == 1
    assert journal.count(query__count=5) == 1
    assert journal.count(body__paging__count=3, body__state_filter__0="Running") == 1
    assert journal.count(body__state_filter__1=None, body__state_filter__0="Running") == 1
    assert journal.count(body__name__equals=None) == 5
    assert journal.count(response__result__id=session["id"]) == 2
    assert journal.count(status=200, method="GET") == 2
    with pytest.raises(TypeError, match="must begin with one of"):
        journal.find(header__a="b")
    journal.clear()
    assert journal.entries() == []
