"""The OpenAPI document: operations, references, parameters and defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from anyscale_sessions_sandbox import serve


def test_a_default_beside_a_reference_counts(document: Any, visit: Any) -> None:
    """A default beside the reference of a parameter's schema is used."""
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


def test_a_nullable_parameter_or_body_is_read_by_its_other_type(document: Any, visit: Any) -> None:
    """A nullable parameter or body is parsed by its other type, however the document writes it."""
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


def test_a_document_read_from_yaml_will_do(document: Any, visit: Any) -> None:
    """A document read from YAML works, with numbers as statuses and dates in examples."""
    for item in document["paths"].values():
        for operation in item.values():
            if "responses" in operation:
                operation["responses"] = {int(status): response for status, response in operation["responses"].items()}
    document["components"]["schemas"]["Session"]["properties"]["created_at"]["example"] = datetime.now(UTC)
    with serve(document=document, validate_responses=True) as sandbox:
        assert visit(sandbox).create()["state"] == "Stopped"


def test_an_operation_without_a_numbered_success_is_answered_with_200(document: Any, visit: Any) -> None:
    """An operation with only a default response is answered with 200."""
    operation = document["paths"]["/sessions/{session_id}"]["get"]
    operation["responses"] = {"default": {"description": "whatever comes"}, "2XX": {"description": "good"}}
    with serve(document=document, validate_responses=True) as sandbox:
        api = visit(sandbox)
        assert api.get(api.create())["state"] == "Stopped"
