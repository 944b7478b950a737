"""Requests are parsed as the OpenAPI document declares them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from anyscale_sessions_sandbox import serve

from .conftest import SECRET, body_of


def test_all_problems_are_reported_at_once(api: Any) -> None:
    """All problems of path, query and body are reported at once."""
    body = {"name": "", "idle_timeout": -2, "idle_timeuot": 3, "uses_app_config": SECRET}
    assert {
        ("body.project_id", "value_error.missing"),
        ("body.name", "value_error.any_str.min_length"),
        ("body.idle_timeout", "value_error.number.not_ge"),
        ("body.idle_timeuot", "value_error.extra"),
        ("body.uses_app_config", "type_error.bool"),
    } <= set(api.problems("POST", "/sessions/", body))
    found = api.problems("POST", f"/sessions/{'x' * 257}/search", {"paging": {"count": -1}})
    assert {place for place, _ in found} == {"path.project_id", "body.paging.count"}
    assert api.problems("GET", "/session_events/?count=ten&before=yesterday&event_types=exploded") == [
        ("query.session_id", "value_error.missing"),
        ("query.before", "value_error.date-time"),
        ("query.event_types.0", "type_error.enum"),
        ("query.count", "type_error.integer"),
    ]


def test_a_body_without_declared_fields_is_taken_as_it_is(document: Any, visit: Any) -> None:
    """A body whose schema declares no fields keeps all of its fields."""
    document["components"]["schemas"]["UpdateSession"] = {"type": "object"}
    with serve(document=document) as sandbox:
        api = visit(sandbox)
        assert api.result("PUT", f"/sessions/{api.create()['id']}", {"idle_timeout": 7})["idle_timeout"] == 7


def test_an_operation_without_a_body_can_be_hit_by_a_fault(api: Any) -> None:
    """A fault hits an operation that has no body."""
    api.sandbox.faults.add("status", operation="list_sessions", status=503)
    assert api.call("GET", "/sessions/?project_id=p").status == 503


def test_a_body_beyond_all_measure_is_answered_with_413(api: Any) -> None:
    """A body of 16 MiB is accepted, and one more byte is answered with 413."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    content = json.dumps(body_of(api)).encode().ljust(16 * 1024 * 1024)
    assert api.call("POST", "/sessions/", content=content, headers=headers).status == 200
    refused = api.call("POST", "/sessions/", content=content + b" ", headers=headers)
    assert (refused.status, refused.body) == (
        413,
        {"error": {"detail": "The body is larger than 16777216 bytes."}},
    )


def test_a_body_where_none_is_asked_for_is_ignored(api: Any) -> None:
    """A body is ignored for an operation that has none."""
    command = api.run(api.running(), "sleep 60")
    path = f"/session_commands/{command['id']}/kill"
    assert api.call("POST", path, content=b"not json").status == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("query.project_id", "value_error.missing")]),
        ("project_id=..", [("query.project_id", "value_error.str.regex")]),
        ("project_id=p&count=x", [("query.count", "type_error.integer")]),
        ("project_id=p&count=", [("query.count", "type_error.integer")]),
        ("project_id=p&count=1.0", [("query.count", "type_error.integer")]),
        ("project_id=p&count=51", [("query.count", "value_error.number.not_le")]),
        ("project_id=p&count=-1", [("query.count", "value_error.number.not_ge")]),
        (f"project_id=p&count={'9' * 5000}", [("query.count", "type_error.integer")]),
        ("count=-1", [("query.count", "value_error.number.not_ge"), ("query.project_id", "value_error.missing")]),
    ],
)
def test_query_parameters_are_checked_by_their_types(api: Any, query: str, expected: list[tuple[str, str]]) -> None:
    """All query parameters are validated by their types, and all problems are reported."""
    assert sorted(api.problems("GET", f"/sessions/?{query}")) == expected


@pytest.mark.parametrize(("is_required", "status"), [(False, 501), (True, 422)])
def test_a_body_can_be_left_out_where_the_spec_says_so(
    visit: Any, document: Any, is_required: bool, status: int
) -> None:
    """An optional body may be missing, and is validated if it is there."""
    content = {"application/json": {"schema": {"type": "object"}}}
    body = {"required": is_required, "content": content}
    document["paths"]["/things"] = {"post": {"operationId": "a", "requestBody": body, "responses": {}}}
    with serve(document=document) as sandbox:
        assert visit(sandbox).call("POST", "/things").status == status
        assert visit(sandbox).call("POST", "/things", {}).status == 501
        assert visit(sandbox).call("POST", "/things", []).status == 422


def test_what_is_missing_is_reported_alike_everywhere(api: Any) -> None:
    """A missing parameter, field or body is reported with the same message."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    responses = [
        api.call("GET", "/sessions/"),
        api.call("POST", "/session_commands/", {"session_id": "ses_1"}),
        api.call("POST", "/sessions/", content=b"", headers=headers),
    ]
    reported_problems = [
        problem
        for response in responses
        for problem in response.body["detail"]
        if problem["type"] == "value_error.missing"
    ]
    assert [(problem["loc"], problem["msg"]) for problem in reported_problems] == [
        (["query", "project_id"], "field required"),
        (["body", "shell_command"], "field required"),
        (["body"], "field required"),
    ]


def test_query_parameters_that_the_spec_does_not_have_are_ignored(api: Any) -> None:
    """Unknown query parameters are ignored, and the last value of a repeated key counts."""
    assert api.call("GET", "/sessions/?project_id=p&utm=1&count=x&count=5").status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("on=true&off=false&ratio=0.5&many=1&many=2&maybe=5", 501),
        ("ratio=-12.25", 501),
        ("ratio=5", 501),
        ("on=false", 422),
        ("on=True", 422),
        ("on=1", 422),
        ("off=true", 422),
        ("ratio=x", 422),
        ("ratio=1e5", 422),
        ("ratio=1.", 422),
        ("many=1&many=x", 422),
        ("maybe=x", 422),
    ],
)
def test_parameters_of_every_type_are_read(visit: Any, document: Any, query: str, status: int) -> None:
    """Parameters of all types are parsed, also of types that the document does not use yet."""
    schemas = {
        "on": {"type": "boolean", "const": True},
        "off": {"type": "boolean", "const": False},
        "ratio": {"type": "number"},
        "many": {"type": "array", "items": {"type": "integer"}},
        "maybe": {"type": ["null", "integer"]},
    }
    parameters: Any = [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]
    parameters.append({"name": "size", "in": "query", "required": True, "schema": {"type": "integer", "default": 5}})
    responses = {"200": {"description": "Things."}}
    document["paths"]["/things"] = {"get": {"operationId": "a", "parameters": parameters, "responses": responses}}
    with serve(document=document) as sandbox:
        assert visit(sandbox).call("GET", f"/things?{query}").status == status


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("event_types=running&event_types=nonsense", ("query.event_types.1", "type_error.enum")),
        ("log_level_types=warning", ("query.log_level_types.0", "type_error.enum")),
        ("before=yesterday", ("query.before", "value_error.date-time")),
        ("after=2026-01-01T00:00:00", ("query.after", "value_error.date-time")),
    ],
)
def test_repeated_keys_and_moments_are_checked(api: Any, query: str, expected: tuple[str, str]) -> None:
    """Each value of a repeated key is validated, and a time needs an offset."""
    session = api.create()
    assert api.problems("GET", f"/session_events/?session_id={session['id']}&{query}") == [expected]


@pytest.mark.parametrize("session_id", ["a" * 257, "%20", "...", "a%0A", "\u00e9"])
def test_ids_in_paths_are_checked(api: Any, session_id: str) -> None:
    """An invalid id in a path is refused before it is looked up."""
    assert {loc for loc, _ in api.problems("GET", f"/sessions/{session_id}")} == {"path.session_id"}
