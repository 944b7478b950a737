"""The handlers of searches and lists."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def search(api: Any) -> Any:
    """Searches the test's own project and returns the names found."""

    def names(**query: Any) -> list[str]:
        response = api.call("POST", f"/sessions/{api.project_id}/search", query)
        assert response.status == 200, response
        return [session["name"] for session in response.body["results"]]

    return names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({}, ["train-1", "Train-2", "eval_%", "\u00fcben"]),
        ({"equals": "train-1"}, ["train-1"]),
        ({"equals": "train"}, []),
        ({"not_equal": "train-1"}, ["Train-2", "eval_%", "\u00fcben"]),
        ({"contains": "rain"}, ["train-1", "Train-2"]),
        ({"contains": "T"}, ["Train-2"]),
        ({"contains": "%"}, ["eval_%"]),
        ({"contains": ""}, ["train-1", "Train-2", "eval_%", "\u00fcben"]),
        ({"contains": "\u00fc"}, ["\u00fcben"]),
        ({"contains": "'; DROP TABLE sessions; --"}, []),
        ({"contains": "rain", "not_equal": "train-1"}, ["Train-2"]),
        ({"equals": "train-1", "contains": "eval"}, []),
    ],
)
def test_names_are_matched_literally(api: Any, search: Any, name: dict[str, str], expected: list[str]) -> None:
    """Names match literally and case-sensitively, and must meet all given conditions."""
    for given in ("train-1", "Train-2", "eval_%", "\u00fcben"):
        api.create(name=given)
    assert search(name=name) == expected


def test_states_and_creators_narrow_a_search(api: Any, search: Any) -> None:
    """A search returns the sessions that match all filters, and an empty list of states matches every session."""
    creator = api.create(name="stopped")["creator_id"]
    api.running(name="running")
    assert search() == search(state_filter=[]) == ["stopped", "running"]
    assert search(state_filter=["Running"]) == ["running"]
    assert search(state_filter=["Running", "Stopped"] * 20_000) == ["stopped", "running"]
    assert search(creator_id=creator, state_filter=["Stopped"]) == ["stopped"]
    assert search(creator_id="usr_other") == []


def test_only_sessions_of_the_project_that_are_not_deleted_are_found(api: Any, search: Any) -> None:
    """Lists and searches return the sessions of the project that are not deleted."""
    kept, deleted = api.create(name="kept"), api.create(name="deleted")
    api.create(name="elsewhere", project_id="prj_elsewhere")
    api.call("DELETE", f"/sessions/{deleted['id']}")
    assert search() == ["kept"]
    assert api.call("GET", "/sessions/", params={"project_id": api.project_id}).body == {
        "results": [kept],
        "metadata": {"total": 1, "next_paging_token": None},
    }
    assert api.call("GET", "/sessions/?project_id=nobodys").body["results"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"paging": {"count": -1}}, [("body.paging.count", "value_error.number.not_ge")]),
        ({"name": {"like": "a"}}, [("body.name.like", "value_error.extra")]),
        ({"state_filter": ["Running", "running"]}, [("body.state_filter.1", "type_error.enum")]),
        ({"state_filter": None}, [("body.state_filter", "type_error.list")]),
        ({"paging": {"paging_token": 5}}, [("body.paging.paging_token", "type_error.str")]),
    ],
)
def test_a_search_that_is_not_valid_is_refused(api: Any, query: Any, expected: list[tuple[str, str]]) -> None:
    """An invalid search is refused with the place of each problem in the query."""
    assert api.problems("POST", f"/sessions/{api.project_id}/search", query) == expected
