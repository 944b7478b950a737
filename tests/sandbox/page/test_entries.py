"""What the page receives about the journal."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.errors import UnprocessableEntityError
from anyscale_sessions_sandbox.page.entries import match, search

from .conftest import APP, Page


@pytest.fixture
def asked(page: Page) -> Page:
    """A sandbox that two sessions were created in, with a failed request after them."""
    for name in ("Zebra", "two"):
        page.call("POST", "/v0/sessions/", {"name": name, **APP})
    page.call("GET", "/v0/sessions/none?x=Y")
    return page


def test_an_entry_is_shown_with_its_copies(asked: Page) -> None:
    """An entry has its texts without secrets, its copies, and a fault that could be made of it."""
    shown = asked.data("/journal/1")
    assert shown["entry"]["operation"] == "create_session"
    assert "client.create_session(" in shown["python"]
    assert shown["curl"].startswith("curl -X POST")
    assert shown["fault"]["operation"] == "create_session"
    assert shown["har"]["log"]["entries"][0]["request"]["method"] == "POST"
    assert (shown["near"], asked.app.token in str(shown)) == ([], False)


def test_an_unknown_entry_is_not_found(asked: Page) -> None:
    """A number that the journal does not have is answered with 404."""
    assert asked.call("GET", "/_sandbox/page-data/journal/99").status_code == 404


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("prj_1", [2, 1]),
        ("ZEBRA", [1]),
        ("x=y", [3]),
        ("does not exist", [3]),
        ("content-type", [3, 2, 1]),
        ("?", [3]),
    ],
)
def test_the_whole_text_is_searched(asked: Page, text: str, numbers: list[int]) -> None:
    """The target, the headers and both bodies are searched, in upper and lower case, the newest entry first."""
    assert search(asked.app.components, text) == {"numbers": numbers}


def test_conditions_find_entries_and_near_misses(asked: Page) -> None:
    """The entries that meet the conditions are found, and of the others what they have instead."""
    assert match(asked.app.components, "create_session", {"body__name": "two"}) == {
        "matches": [2],
        "near": [{"number": 1, "unmet": ['body.name: "Zebra"']}],
    }
    assert match(asked.app.components, None, {"status": 404})["matches"] == [3]


@pytest.mark.parametrize("conditions", [{"body__nmae": "x"}, {"self": 1}, {"operation": 1}, {"nonsense": 1}])
def test_an_unknown_condition_is_refused(asked: Page, conditions: dict[str, object]) -> None:
    """A name that the document does not have is refused, also one that Python uses itself."""
    with pytest.raises(UnprocessableEntityError):
        match(asked.app.components, "create_session", conditions)
