"""Pages of lists, and their tokens."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st


def pages(api: Any, count: int | None, **filters: Any) -> Iterator[Any]:
    """All pages of a search, as they come."""
    token = None
    while True:
        paging = {"count": count, "paging_token": token}
        body = {"paging": {name: value for name, value in paging.items() if value is not None}, **filters}
        page = api.call("POST", f"/sessions/{api.project_id}/search", body).body
        yield page
        token = page["metadata"]["next_paging_token"]
        if token is None:
            return


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9), st.integers(1, 4), st.lists(st.integers(0, 2), max_size=6), st.booleans())
def test_walking_the_pages_shows_every_session_once(
    new_api: Any, existing: int, count: int, inserts: list[int], filtered: bool
) -> None:
    """Each session is listed once and in order, even if sessions are added between two pages."""
    api = new_api()
    filters = {"name": {"contains": "a"}, "state_filter": ["Stopped"]} if filtered else {}
    there = [api.create()["id"] for _ in range(existing)]
    if filtered:
        api.create(name="b")
    seen: list[str] = []
    waves = iter(inserts)
    for page in pages(api, count, **filters):
        assert len(page["results"]) <= count
        assert page["metadata"]["total"] >= existing
        seen += [session["id"] for session in page["results"] if session["name"] == "a"]
        for _ in range(next(waves, 0)):
            api.create()
    assert len(seen) == len(set(seen))
    assert seen[:existing] == there


def test_a_page_holds_ten_unless_the_request_says_otherwise(api: Any) -> None:
    """A page has ten items by default, and the last page has no token even if it is full."""
    for _ in range(20):
        api.create()
    assert [len(page["results"]) for page in pages(api, None)] == [10, 10]
    assert [len(page["results"]) for page in pages(api, 15)] == [15, 5]
    assert [len(page["results"]) for page in pages(api, 2**63 - 1)] == [20]
    response = api.call("GET", "/sessions/", params={"project_id": api.project_id})
    assert len(response.body["results"]) == 10
    assert response.body["metadata"]["total"] == 20


def test_a_page_of_none_has_no_next_page(api: Any) -> None:
    """A page with count 0 has the total but no token, because it would never reach the end."""
    api.create()
    for page in (next(pages(api, 0)), api.call("GET", f"/sessions/?project_id={api.project_id}&count=0").body):
        assert page == {"results": [], "metadata": {"total": 1, "next_paging_token": None}}


def test_a_deleted_session_does_not_hide_others(api: Any) -> None:
    """A deleted session does not hide others, even if the paging token names it."""
    ids = [api.create()["id"] for _ in range(5)]
    walk = pages(api, 2)
    first = next(walk)
    for session_id in (ids[1], ids[2]):
        api.call("DELETE", f"/sessions/{session_id}")
    rest = [session["id"] for page in walk for session in page["results"]]
    assert [session["id"] for session in first["results"]] + rest == [ids[0], ids[1], ids[3], ids[4]]


def test_every_list_is_walked_by_tokens(api: Any) -> None:
    """Sessions, commands and events are all listed page by page with tokens."""
    session = api.running()
    for _ in range(3):
        api.run(session, "true")
        api.create()
    for path, query, total in (
        ("/sessions/", {"project_id": api.project_id}, 4),
        ("/session_commands/", {"session_id": session["id"]}, 3),
        ("/session_events/", {"session_id": session["id"]}, 4),
    ):
        seen: list[str] = []
        token: dict[str, str] = {}
        for _ in range(total):
            page = api.call("GET", path, params={**query, **token, "count": 1}).body
            seen += [row["id"] for row in page["results"]]
            token = {"paging_token": page["metadata"]["next_paging_token"]}
        assert len(set(seen)) == total
        assert token == {"paging_token": None}


def test_a_token_belongs_to_one_list_and_its_filters(api: Any) -> None:
    """A token for another list, with other filters, or a changed token is answered with 404, not 422."""
    for _ in range(3):
        api.create()
    token = next(pages(api, 1, state_filter=["Stopped"]))["metadata"]["next_paging_token"]
    path = f"/sessions/{api.project_id}/search"
    good = {"state_filter": ["Stopped"], "paging": {"paging_token": token, "count": 2}}
    assert len(api.call("POST", path, good).body["results"]) == 2
    raw = base64.urlsafe_b64decode(token)
    others = [
        "",
        "x",
        "\u00fc",
        "====",
        token + "\n",
        token[:-4],
        token + "AAAA",
        base64.urlsafe_b64encode(raw[:7] + bytes([raw[7] ^ 1]) + raw[8:]).decode(),
        base64.urlsafe_b64encode(bytes(1000)).decode(),
    ]
    asked = [{**good, "paging": {"paging_token": other}} for other in others]
    asked += [{"paging": {"paging_token": token}}, {**good, "state_filter": ["Running"]}]
    responses = [api.call("POST", path, body) for body in asked]
    responses.append(api.call("GET", "/sessions/", params={"project_id": api.project_id, "paging_token": token}))
    for response in responses:
        assert response.status == 404
        assert "There is no such page" in response.body["error"]["detail"]
