"""Routes are what the spec says they are, today's and tomorrow's."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
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
    """And none that the spec does not have."""
    assert {operation.id for operation in Spec.shipped().operations} == set(HANDLERS)


def test_every_route_asks_for_the_token(api: Any) -> None:
    """No operation of the spec is open."""
    for operation in Spec.shipped().operations:
        path = operation.path.replace("{", "").replace("}", "")
        assert api.call(operation.method, path, headers={}).status == 401, operation.id


def test_an_operation_added_to_the_spec_is_routed_checked_and_guarded(document: Any, visit: Any) -> None:
    """With no edit of the sandbox; what it would do is answered with 501, naming it."""
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


def test_a_field_added_to_the_spec_is_checked_stored_and_shown(document: Any, visit: Any) -> None:
    """In requests and responses, with its default, and with no edit of the sandbox."""
    schemas = document["components"]["schemas"]
    field = {"type": "integer", "minimum": 1, "default": 3}
    schemas["CreateSession"]["properties"]["max_workers"] = field
    schemas["UpdateSession"]["properties"]["max_workers"] = {"type": "integer", "minimum": 1}
    schemas["Session"]["properties"]["max_workers"] = field
    schemas["Session"]["properties"]["unset_text"] = {"type": "string"}
    schemas["Session"]["properties"]["must_be_set"] = {"type": "integer"}
    schemas["Session"]["required"].append("must_be_set")
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create()
        assert session["max_workers"] == 3
        assert session["must_be_set"] == 0
        assert "unset_text" not in session
        assert api.create(max_workers=8)["max_workers"] == 8
        assert api.problems("PUT", f"/sessions/{session['id']}", {"max_workers": 0}) == [
            ("body.max_workers", "value_error.number.not_ge")
        ]
        api.result("PUT", f"/sessions/{session['id']}", {"max_workers": 5})
        assert api.get(session)["max_workers"] == 5


def test_what_a_session_must_have_from_now_on_is_filled_plainly(document: Any, visit: Any) -> None:
    """With a value of its type, format and range, which the client can read, whatever a field is made of."""
    schemas = document["components"]["schemas"]
    schemas["Node"] = {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {"id": {"type": "string"}, "kind": {"enum": ["head", "worker"]}, "note": {"type": "string"}},
    }
    node = {"$ref": "#/components/schemas/Node"}
    added = {
        "ratio": ({"type": "number", "minimum": 1.5}, 1.5),
        "rank": ({"type": "integer", "minimum": -1}, 0),
        "is_new": ({"type": "boolean"}, False),
        "label": ({"type": "string"}, ""),
        "fixed": ({"const": "x"}, "x"),
        "seen_at": ({"type": "string", "format": "date-time"}, "1970-01-01T00:00:00Z"),
        "day": ({"type": "string", "format": "date"}, "1970-01-01"),
        "uid": ({"type": "string", "format": "uuid"}, "00000000-0000-0000-0000-000000000000"),
        "head": (node, {"id": "", "kind": "head"}),
        "labels": ({"type": "object", "additionalProperties": {"type": "string"}}, {}),
        "nodes": ({"type": "array", "items": node}, []),
        "pair": ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["", ""]),
    }
    schemas["Session"]["properties"] |= {name: schema for name, (schema, _) in added.items()}
    schemas["Session"]["required"] += added
    with serve(document=document, validate_responses=True) as sandbox:
        session = visit(sandbox).create()
    assert {name: session[name] for name in added} == {name: value for name, (_, value) in added.items()}


def test_fields_may_be_taken_over_from_another_schema(document: Any, visit: Any) -> None:
    """By `allOf`, in requests and responses: they are read with their defaults, shown, and told if they are missing."""
    schemas = document["components"]["schemas"]
    sent, shown = schemas["CreateSession"], schemas["Session"]
    names = ("name", "project_id", "idle_timeout")
    schemas["Named"] = {
        "type": "object",
        "required": ["name", "project_id"],
        "properties": {name: sent["properties"].pop(name) for name in names},
    }
    sent["required"] = []
    sent["allOf"].append({"$ref": "#/components/schemas/Named"})
    sent["unevaluatedProperties"] = sent.pop("additionalProperties")
    schemas["ShownName"] = {"properties": {"name": shown["properties"].pop("name")}, "required": ["name"]}
    shown["allOf"] = [{"$ref": "#/components/schemas/ShownName"}]
    shown["required"].remove("name")
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.create(name="taken-over")
        assert (session["name"], session["idle_timeout"]) == ("taken-over", 120)
        sandbox.seed({"sessions": [{"name": "seeded", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}]})
        [seeded] = api.call("GET", "/sessions/?project_id=p").body["results"]
        assert seeded["idle_timeout"] == 120
        body = {"project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
        assert ("body.name", "value_error.missing") in api.problems("POST", "/sessions/", body)


def test_a_default_beside_a_reference_counts(document: Any, visit: Any) -> None:
    """Of a parameter, whose type stands elsewhere."""
    document["components"]["schemas"]["Few"] = {"type": "integer", "minimum": 1}
    operation = document["paths"]["/sessions/"]["get"]
    operation["parameters"][-1] = {
        "name": "count", "in": "query", "schema": {"$ref": "#/components/schemas/Few", "default": 1}
    }  # fmt: skip
    with serve(document=document) as sandbox:
        api = visit(sandbox)
        for _ in range(2):
            api.create()
        assert len(api.call("GET", f"/sessions/?project_id={api.project_id}").body["results"]) == 1


def test_what_a_request_adds_to_an_open_schema_is_not_taken_over(document: Any, visit: Any) -> None:
    """A caller cannot set what the server sets."""
    document["components"]["schemas"]["CreateSession"]["additionalProperties"] = True
    with serve(document=document, validate_responses=True) as sandbox:
        session = visit(sandbox).create(state="Running", id="ses_mine", host_name="elsewhere")
        assert session["state"] == "Stopped"
        assert session["id"] != "ses_mine"
        assert session["host_name"] is None


def test_a_path_without_parameters_wins_over_one_with(document: Any, visit: Any) -> None:
    """Whatever their order in the spec; other methods still reach the one with a parameter."""
    document["paths"]["/sessions/summary"] = {"get": {"operationId": "get_summary", "responses": OK}}
    with serve(document=document) as sandbox:
        api = visit(sandbox)
        assert api.call("GET", "/sessions/summary").status == 501
        assert api.call("PUT", "/sessions/summary", {}).status == 404


def test_an_operation_that_the_spec_leaves_open_needs_no_token(document: Any, visit: Any) -> None:
    """Empty `security` says so; an operation without an id goes by its method and path."""
    document["paths"]["/health"] = {"get": {"security": [], "responses": OK}}
    with serve(document=document) as sandbox:
        response = visit(sandbox).call("GET", "/health", headers={})
        assert response.status == 501
        assert "get /health" in response.body["error"]["detail"]


def test_a_parameter_of_an_operation_wins_over_that_of_its_path(document: Any, visit: Any) -> None:
    """And parameters elsewhere than in path and query are nobody's business here."""
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
    """A redirect would carry the token along."""
    response = api.call("GET", path)
    assert response.status == 404
    assert response.body == {"error": {"detail": "Not Found."}}


def test_a_line_break_after_a_path_is_part_of_it(api: Any) -> None:
    """Also where the path ends in a word of the spec."""
    assert api.call("POST", "/sessions/a/start%0A", {}).status == 404
    assert api.call("POST", "/sessions/%0A", {}).status == 405
    assert {place for place, _ in api.problems("GET", "/sessions/%0A")} == {"path.session_id"}


def test_other_methods_are_answered_with_405(api: Any) -> None:
    """Saying which ones there are."""
    assert {api.call(method, "/sessions/").status for method in ("PATCH", "OPTIONS", "TRACE", "BREW")} == {405}
    response = api.call("PATCH", "/sessions/ses_1")
    assert response.status == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "PUT", "DELETE"}
    assert response.body == {"error": {"detail": "Method Not Allowed."}}


def test_nothing_is_served_outside_the_api(api: Any) -> None:
    """Everything is below /v0."""
    assert api.http.get(api.sandbox.url + "/sessions/").status_code == 404


def test_head_is_answered_as_get_without_the_body(api: Any) -> None:
    """As HTTP has it."""
    session = api.create()
    response = api.call("HEAD", f"/sessions/{session['id']}")
    assert (response.status, response.body) == (200, None)
    assert response.headers["content-type"] == "application/json"


def test_every_answer_has_an_id_of_its_own_and_is_json(api: Any) -> None:
    """Found and not found, refused and not routed."""
    session = api.create()
    paths = [f"/sessions/{session['id']}", "/sessions/nope", "/sessions/", "/nothing"]
    responses = [api.call("GET", path) for path in paths]
    assert [response.status for response in responses] == [200, 404, 422, 404]
    assert len({uuid.UUID(response.headers["x-request-id"]) for response in responses}) == len(paths)
    assert {response.headers["content-type"] for response in responses} == {"application/json"}


def test_a_nullable_parameter_or_body_is_read_by_its_other_type(document: Any, visit: Any) -> None:
    """However the spec writes "this or null"; defaults of the body's fields are filled in."""
    kinds = [
        {"type": ["null", "integer"]},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Size"}]},
    ]
    document["components"]["schemas"]["Size"] = {"type": "integer"}
    operation = document["paths"]["/sessions/"]["get"]
    operation["parameters"] += [{"name": f"s{n}", "in": "query", "schema": kind} for n, kind in enumerate(kinds)]
    operation["parameters"].append({"name": "ratio", "in": "query", "schema": {"type": "number"}})
    operation["parameters"].append({"name": "any", "in": "query", "schema": {"anyOf": [{"type": "string"}, {}]}})
    body = document["paths"]["/sessions/"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"] = {"anyOf": [body["schema"], {"type": "null"}]}
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        assert api.create()["idle_timeout"] == 120
        good = {"project_id": "p", "s0": "1", "s1": "-2", "s2": "3", "ratio": "-0.5", "any": "x"}
        assert api.call("GET", "/sessions/", params=good).status == 200
        bad = {"project_id": "p", "s0": "x", "s2": "1.5", "ratio": "1e9"}
        assert api.problems("GET", "/sessions/", params=bad) == [
            ("query.s0", "type_error.integer"),
            ("query.s2", "value_error.oneOf"),
            ("query.ratio", "type_error.float"),
        ]


def test_a_field_may_be_made_nullable_in_any_way(document: Any, visit: Any) -> None:
    """A value is cut to the other branch; one that is not set is null."""
    schemas = document["components"]["schemas"]
    schemas["SessionEvent"]["properties"]["cause"] = {
        "oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/SessionEventCause"}]
    }
    schemas["SessionEventCause"]["properties"].pop("cause_system")
    schemas["SessionEventCause"]["properties"]["cause_script"] = {"oneOf": [{"type": "string"}, {"type": "null"}]}
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        assert api.events(api.create())[0]["cause"] == {"cause_user": "usr_sandbox", "cause_script": None}


def test_a_document_read_from_yaml_will_do(document: Any, visit: Any) -> None:
    """There, statuses can be numbers and examples dates."""
    for item in document["paths"].values():
        for operation in item.values():
            if "responses" in operation:
                operation["responses"] = {int(status): response for status, response in operation["responses"].items()}
    document["components"]["schemas"]["Session"]["properties"]["created_at"]["example"] = datetime.now(UTC)
    with serve(document=document, validate_responses=True) as sandbox:
        assert visit(sandbox).create()["state"] == "Stopped"


def test_an_operation_without_a_numbered_success_is_answered_with_200(document: Any, visit: Any) -> None:
    """As where the spec has a default response only."""
    operation = document["paths"]["/sessions/{session_id}"]["get"]
    operation["responses"] = {"default": {"description": "whatever comes"}, "2XX": {"description": "good"}}
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        assert api.get(api.create())["state"] == "Stopped"
