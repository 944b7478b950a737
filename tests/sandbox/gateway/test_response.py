"""Responses have the shape that the OpenAPI document declares."""

from __future__ import annotations

from typing import Any

from anyscale_sessions_sandbox import serve


def test_a_field_added_to_the_spec_is_checked_stored_and_shown(document: Any, visit: Any) -> None:
    """A new field is validated, stored, defaulted and returned without a change of the sandbox."""
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
    """A new required field of a response has a placeholder of its type, format and range."""
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
    """Fields from `allOf` are validated, defaulted and returned like others."""
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


def test_a_field_may_be_made_nullable_in_any_way(document: Any, visit: Any) -> None:
    """A nullable field has the shape of its other branch, and is null if it is not set."""
    schemas = document["components"]["schemas"]
    schemas["SessionEvent"]["properties"]["cause"] = {
        "oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/SessionEventCause"}]
    }
    schemas["SessionEventCause"]["properties"].pop("cause_system")
    schemas["SessionEventCause"]["properties"]["cause_script"] = {"oneOf": [{"type": "string"}, {"type": "null"}]}
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        assert api.events(api.create())[0]["cause"] == {"cause_user": "usr_sandbox", "cause_script": None}
