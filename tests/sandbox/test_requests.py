"""Requests read as the spec declares them, with all their problems told at once."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import APP_CONFIG, Api

JSON = {"Content-Type": "application/json"}


def test_all_problems_of_a_body_are_told_at_once(api: Api) -> None:
    """Missing, unknown and invalid fields are told together, and no value is repeated."""
    body = {"name": "", "idle_timeout": -2, "idle_timeuot": 3, "uses_app_config": "hunter2"}
    found = api.problems("POST", "/sessions/", json=body)
    assert {
        ("body.project_id", "value_error.missing"),
        ("body.name", "value_error.any_str.min_length"),
        ("body.idle_timeout", "value_error.number.not_ge"),
        ("body.idle_timeuot", "value_error.extra"),
        ("body.uses_app_config", "type_error.bool"),
    } <= found
    assert "hunter2" not in api.http.post("/sessions/", json=body).text


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"build_id": None, "compute_template_id": None}, {"body.build_id", "body.compute_template_id"}),
        ({"build_id": None}, {"body.build_id"}),
        ({"uses_app_config": False}, {"body.cluster_config", "body.cloud_id"}),
        ({"uses_app_config": None, "cloud_id": "cld_1"}, {"body.cluster_config"}),
    ],
)
def test_what_a_session_must_be_made_of_depends(api: Api, changes: dict[str, Any], places: set[str]) -> None:
    """An app config needs its build and its compute template, and any other session its cluster YAML and its cloud."""
    body = {name: value for name, value in (APP_CONFIG | changes).items() if value is not None}
    assert {place for place, _ in api.problems("POST", "/sessions/", json=body)} == places


@pytest.mark.parametrize("value", ["", " ", "\u3000\t"])
def test_blank_text_does_not_count_as_given(api: Api, value: str) -> None:
    """A conditional field of nothing but spaces is refused."""
    assert "body.build_id" in {place for place, _ in api.problems("POST", "/sessions/", json=APP_CONFIG | {"build_id": value})}


@pytest.mark.parametrize(
    ("content", "place", "kind"),
    [
        (b"", "body", "value_error.missing"),
        (b"{", "body.1", "value_error.jsondecode"),
        (b"\xff", "body", "value_error.jsondecode"),
        (b'{"name": NaN}', "body", "value_error.jsondecode"),
        (b'{"name": 1e999}', "body", "value_error.jsondecode"),
        (b'{"idle_timeout": ' + b"9" * 5000 + b"}", "body", "value_error.jsondecode"),
        (b'{"name": "a", "name": "b"}', "body", "value_error.duplicate_key"),
        (b"[" * 200_000, "body", "value_error.jsondecode"),
        (b"[" * 500 + b"]" * 500, "body", "value_error.depth"),
        (b"[]", "body", "type_error.dict"),
        (b"null", "body", "type_error.dict"),
        (b'{"name": "\\ud800"}', "body", "value_error.unicode"),
    ],
)
def test_a_body_must_be_strict_json(api: Api, content: bytes, place: str, kind: str) -> None:
    """A body that is no strict JSON object is refused, with the place where it goes wrong."""
    assert api.problems("POST", "/sessions/", content=content, headers=JSON) == {(place, kind)}


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/jsonp", "application/x-www-form-urlencoded"])
def test_a_body_must_say_that_it_is_json(api: Api, media_type: str) -> None:
    """A body of another content type is refused."""
    found = api.problems("POST", "/sessions/", content=b"{}", headers={"Content-Type": media_type})
    assert found == {("body", "value_error.content_type")}


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"])
def test_json_has_many_names(api: Api, media_type: str) -> None:
    """Parameters, case and suffixes of the content type do not matter."""
    found = api.problems("POST", "/sessions/", content=b"{}", headers={"Content-Type": media_type})
    assert ("body.name", "value_error.missing") in found


def test_a_whole_number_may_be_written_with_a_point(api: Api) -> None:
    """120.0 is the integer 120 and comes back as it; 1.5 is none."""
    text = b'{"name":"a","project_id":"p","uses_app_config":true,"build_id":"b","compute_template_id":"c","idle_timeout":%s}'
    created = api.http.post("/sessions/", content=text % b"120.0", headers=JSON)
    assert '"idle_timeout":120,' in created.text
    found = api.problems("POST", "/sessions/", content=text % b"1.5", headers=JSON)
    assert found == {("body.idle_timeout", "type_error.integer")}


def test_a_body_has_an_end(api: Api) -> None:
    """More than 16 MiB are not read."""
    response = api.http.post("/sessions/", content=b" " * (16 * 1024 * 1024 + 1), headers=JSON)
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["start", "terminate"])
def test_a_body_that_may_be_absent_may_be_absent(api: Api, path: str) -> None:
    """Where the spec does not require a body, none is needed; where it does, none is a problem."""
    session_id = api.create()["id"]
    status = api.http.post(f"/sessions/{session_id}/{path}").status_code
    assert status in {200, 422}


def test_parameters_are_checked_with_the_body(api: Api) -> None:
    """Problems in the path, the query and the body are told together."""
    found = api.problems("POST", f"/sessions/{'x' * 257}/search", json={"paging": {"count": -1}})
    assert {place for place, _ in found} == {"path.project_id", "body.paging.count"}
    query = {"count": "ten", "before": "yesterday", "event_types": ["created", "exploded"]}
    found = api.problems("GET", "/session_events/", params=query)
    assert found == {
        ("query.session_id", "value_error.missing"),
        ("query.count", "type_error.integer"),
        ("query.before", "value_error.date-time"),
        ("query.event_types.1", "type_error.enum"),
    }


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "2026-06-30T23:59:60Z"])
def test_moments_that_cannot_be_told_are_refused(api: Api, moment: str) -> None:
    """A moment that is valid under RFC 3339, yet none that Python can hold, is a problem and no fault."""
    session_id = api.create()["id"]
    params = {"session_id": session_id, "before": moment}
    assert {place for place, _ in api.problems("GET", "/session_events/", params=params)} == {"query.before"}


def test_unknown_query_parameters_are_passed_over(api: Api) -> None:
    """A parameter that the spec does not have changes nothing."""
    assert api.get("/sessions/", project_id="prj_1", colour="red")["results"] == []


def test_the_last_of_several_values_counts(api: Api) -> None:
    """Where a parameter of one value stands more than once, the last one counts."""
    created = api.create(project_id="prj_2")
    listed = api.get("/sessions/", project_id=["prj_1", "prj_2"])
    assert [session["id"] for session in listed["results"]] == [created["id"]]
