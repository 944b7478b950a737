"""Routes follow the OpenAPI document, including future changes of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from anyscale_sessions_sandbox import serve
from anyscale_sessions_sandbox.api.handlers import HANDLERS
from anyscale_sessions_sandbox.spec import Spec

OK = {"200": {"description": "ok"}}


def text_parameter(name: str, place: str) -> dict[str, Any]:
    """A required parameter that is any text."""
    return {"name": name, "in": place, "required": True, "schema": {"type": "string"}}


def test_every_operation_of_the_spec_is_done() -> None:
    """The sandbox has no handler but for operations of the document; regeneration lists those without one."""
    assert {operation.id for operation in Spec.shipped().operations} >= set(HANDLERS)
    assert len(HANDLERS) >= 15


def test_every_route_asks_for_the_token(api: Any) -> None:
    """Every operation of the document needs the token."""
    for operation in Spec.shipped().operations:
        path = operation.path.replace("{", "").replace("}", "")
        assert api.call(operation.method, path, headers={}).status == 401, operation.id


def test_an_operation_added_to_the_spec_is_routed_checked_and_guarded(document: Any, visit: Any) -> None:
    """A new operation is routed, authenticated, validated, and answered with 501."""
    document["paths"]["/sessions/{session-id}/resize"] = {
        "parameters": [text_parameter("session-id", "path")],
        "post": {
            "operationId": "resize_session",
            "parameters": [{"name": "dry_run", "in": "query", "schema": {"type": "boolean"}}],
            "requestBody": {"$ref": "#/components/requestBodies/Resize"},
            "responses": OK,
        },
    }
    schema = {"type": "object", "required": ["workers"], "properties": {"workers": {"type": "integer", "minimum": 1}}}
    document["components"]["requestBodies"] = {
        "Resize": {"required": True, "content": {"application/json": {"schema": schema}}}
    }
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        path = "/sessions/ses_1/resize"
        assert api.call("POST", path, {"workers": 1}, headers={}).status == 401
        assert api.problems("POST", f"{path}?dry_run=perhaps", {"workers": 0}) == [
            ("query.dry_run", "type_error.bool"),
            ("body.workers", "value_error.number.not_ge"),
        ]
        response = api.call("POST", f"{path}?dry_run=true", {"workers": 1})
        assert response.status == 501
        assert "resize_session" in response.body["error"]["detail"]
        assert api.call("GET", path).status == 405


def test_what_a_request_adds_to_an_open_schema_is_not_taken_over(document: Any, visit: Any) -> None:
    """Undeclared fields of a request are ignored even if its schema allows them."""
    document["components"]["schemas"]["CreateSession"]["additionalProperties"] = True
    with serve(document=document, validate_responses=True) as sandbox:
        session = visit(sandbox).create(state="Running", id="ses_mine", host_name="elsewhere")
        assert session["state"] == "Stopped"
        assert session["id"] != "ses_mine"
        assert session["host_name"] is None


def test_a_path_without_parameters_wins_over_one_with(document: Any, visit: Any) -> None:
    """A path without parameters takes precedence, whatever the order in the document."""
    document["paths"]["/sessions/summary"] = {"get": {"operationId": "get_summary", "responses": OK}}
    with serve(document=document) as sandbox:
        api = visit(sandbox)
        assert api.call("GET", "/sessions/summary").status == 501
        assert api.call("PUT", "/sessions/summary", {}).status == 404


def test_an_operation_that_the_spec_leaves_open_needs_no_token(document: Any, visit: Any) -> None:
    """An operation with empty `security` needs no token; without an id it is named by its path."""
    document["paths"]["/health"] = {"get": {"security": [], "responses": OK}}
    with serve(document=document) as sandbox:
        response = visit(sandbox).call("GET", "/health", headers={})
        assert response.status == 501
        assert "get /health" in response.body["error"]["detail"]


def test_a_parameter_of_an_operation_wins_over_that_of_its_path(document: Any, visit: Any) -> None:
    """A parameter of an operation replaces that of its path, and header parameters are ignored."""
    narrow = {"name": "size", "in": "query", "schema": {"type": "integer", "default": 1}}
    document["paths"]["/sizes"] = {
        "parameters": [{**narrow, "schema": {"type": "string"}}, text_parameter("X-Kind", "header")],
        "get": {"operationId": "get_sizes", "parameters": [narrow], "responses": OK},
    }
    with serve(document=document) as sandbox:
        api = visit(sandbox)
        assert api.problems("GET", "/sizes?size=x") == [("query.size", "type_error.integer")]
        assert api.call("GET", "/sizes").status == 501


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/sessions", "/sessions/a/b/c", "/sessions/a/", "/sessions/a%2Fb", "//sessions/"],
)
def test_other_paths_are_answered_with_404_and_never_redirected(api: Any, path: str) -> None:
    """An unknown path is answered with 404 and never redirected, which would send the token along."""
    response = api.call("GET", path)
    assert response.status == 404
    assert response.body == {"error": {"detail": "Not Found."}}


def test_a_line_break_after_a_path_is_part_of_it(api: Any) -> None:
    """A line break at the end of a path is part of the path."""
    assert api.call("POST", "/sessions/a/start%0A", {}).status == 404
    assert api.call("POST", "/sessions/%0A", {}).status == 405
    assert {place for place, _ in api.problems("GET", "/sessions/%0A")} == {"path.session_id"}


def test_other_methods_are_answered_with_405(api: Any) -> None:
    """Other methods are answered with 405 and the list of allowed methods."""
    assert {api.call(method, "/sessions/").status for method in ("PATCH", "OPTIONS", "TRACE", "BREW")} == {405}
    response = api.call("PATCH", "/sessions/ses_1")
    assert response.status == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "PUT", "DELETE"}
    assert response.body == {"error": {"detail": "Method Not Allowed."}}


def test_nothing_is_served_outside_the_api(api: Any) -> None:
    """Paths outside /v0 are answered with 404."""
    assert api.http.get(api.sandbox.url + "/sessions/").status_code == 404


def test_head_is_answered_as_get_without_the_body(api: Any) -> None:
    """HEAD is answered like GET without the body."""
    session = api.create()
    response = api.call("HEAD", f"/sessions/{session['id']}")
    assert (response.status, response.body) == (200, None)
    assert response.headers["content-type"] == "application/json"


def test_every_answer_has_an_id_of_its_own_and_is_json(api: Any) -> None:
    """Every response, also of an error, is JSON and has its own request id."""
    session = api.create()
    paths = [f"/sessions/{session['id']}", "/sessions/nope", "/sessions/", "/nothing"]
    responses = [api.call("GET", path) for path in paths]
    assert [response.status for response in responses] == [200, 404, 422, 404]
    assert len({uuid.UUID(response.headers["x-request-id"]) for response in responses}) == len(paths)
    assert {response.headers["content-type"] for response in responses} == {"application/json"}
