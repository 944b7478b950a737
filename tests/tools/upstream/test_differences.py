"""tools/upstream/differences.py: what differs between a spec and releases of the SDK is said in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from upstream.differences import differences
from upstream.release import Field, Operation, Release, read_release

Spec = dict[str, Any]


def json_of(name: str) -> Spec:
    """A body or a response that is this model as JSON."""
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


SPEC: Spec = {
    "paths": {
        "/sessions/{session_id}": {
            "get": {
                "operationId": "get_session",
                "parameters": [{"name": "session_id", "in": "path", "required": True}],
                "responses": {
                    "200": json_of("SessionResponse"),
                    "404": {},
                },
            }
        },
        "/sessions/search": {
            "post": {
                "operationId": "search_sessions",
                "parameters": [{"name": "count", "in": "query"}],
                "requestBody": json_of("SessionsQuery"),
                "responses": {"204": {"description": "Done."}},
            }
        },
    },
    "components": {
        "schemas": {
            "Name": {"type": "string", "minLength": 1},
            "Session": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"$ref": "#/components/schemas/Name"},
                    "state": {"anyOf": [{"$ref": "#/components/schemas/SessionState"}, {"type": "null"}]},
                    "idle_timeout": {"type": ["integer", "null"], "default": 120},
                    "created_at": {"type": "string", "format": "date-time"},
                    "hosts": {"type": "array", "items": {"type": "string"}, "default": []},
                },
            },
            "SessionState": {"type": "string", "enum": ["Stopped", "Running"]},
        }
    },
}


@pytest.fixture
def spec() -> Spec:
    """A spec that says the same as the wheel, to change."""
    return copy.deepcopy(SPEC)


@pytest.fixture
def release(write_wheel: Callable[..., Path]) -> Release:
    """The release in the wheel."""
    return read_release(write_wheel())


def found(spec: Spec, *releases: Release) -> list[tuple[str, str, str]]:
    """The differences as tuples."""
    return [tuple(difference) for difference in differences(spec, releases)]


def test_same_surface_has_no_difference(spec: Spec, release: Release) -> None:
    """A spec that has what the release has differs in nothing."""
    assert found(spec, release) == []


def test_removed_field_is_named(spec: Spec, release: Release) -> None:
    """A field that the spec lacks is named with its type, its presence and its default."""
    del spec["components"]["schemas"]["Session"]["properties"]["idle_timeout"]
    words = "openapi.yaml lacks the field Session.idle_timeout (int, optional, default 120), which anyscale 1.0.0 has"
    assert found(spec, release) == [("Session.idle_timeout", "lacks", words)]


def test_required_field_is_named_as_such(spec: Spec, release: Release) -> None:
    """A required field that the spec lacks is called required."""
    del spec["components"]["schemas"]["Session"]["properties"]["name"]
    ((_, _, words),) = found(spec, release)
    assert words == "openapi.yaml lacks the field Session.name (str, required), which anyscale 1.0.0 has"


def test_field_beyond_is_named(spec: Spec, release: Release) -> None:
    """A field that only the spec has is named."""
    spec["components"]["schemas"]["Session"]["properties"]["region"] = {"type": "string"}
    words = "openapi.yaml has the field Session.region, which anyscale 1.0.0 does not have"
    assert found(spec, release) == [("Session.region", "beyond", words)]


@pytest.mark.parametrize(
    ("field", "schema", "type_"),
    [
        ("name", {"type": "integer"}, "int"),
        ("name", {"anyOf": [{"type": "string"}, {"type": "number"}]}, "str | float"),
        ("name", {}, "object"),
        ("name", {"$ref": "#/components/schemas/SessionState"}, "SessionState"),
        ("created_at", {"type": "string"}, "str"),
        ("hosts", {"type": "array", "items": {"type": "boolean"}, "default": []}, "list[bool]"),
    ],
)
def test_other_type_is_said(spec: Spec, release: Release, field: str, schema: Spec, type_: str) -> None:
    """A field of another type is named with both types."""
    spec["components"]["schemas"]["Session"]["properties"][field] = schema
    theirs = release.models["Session"][field].type
    words = f"openapi.yaml has the type of Session.{field} as {type_}; anyscale 1.0.0 has {theirs}"
    assert found(spec, release) == [(f"Session.{field}", "type", words)]


def test_other_presence_is_said(spec: Spec, release: Release) -> None:
    """A field that is required on one side only is named."""
    spec["components"]["schemas"]["Session"]["required"] = []
    words = "openapi.yaml has Session.name as optional; anyscale 1.0.0 has it as required"
    assert found(spec, release) == [("Session.name", "required", words)]


def test_other_default_is_said(spec: Spec, release: Release) -> None:
    """A field with another default is named with both defaults."""
    spec["components"]["schemas"]["Session"]["properties"]["idle_timeout"]["default"] = 60
    words = "openapi.yaml has the default of Session.idle_timeout as 60; anyscale 1.0.0 has 120"
    assert found(spec, release) == [("Session.idle_timeout", "default", words)]


def test_values_of_enums_are_compared(spec: Spec, release: Release) -> None:
    """A value that one side lacks is named."""
    spec["components"]["schemas"]["SessionState"]["enum"] = ["Stopped", "Lost"]
    lacks = "openapi.yaml lacks the value SessionState.Running, which anyscale 1.0.0 has"
    assert found(spec, release) == [
        ("SessionState.Running", "lacks", lacks),
        (
            "SessionState.Lost",
            "beyond",
            "openapi.yaml has the value SessionState.Lost, which anyscale 1.0.0 does not have",
        ),
    ]


def test_missing_model_is_named(spec: Spec, release: Release) -> None:
    """A model on sessions that the spec lacks is named; other models are of no concern."""
    release.models["SessionCommand"] = {}
    release.models["Cloud"] = {}
    assert found(spec, release) == [
        ("SessionCommand", "lacks", "openapi.yaml lacks SessionCommand, which anyscale 1.0.0 has")
    ]


def test_model_beyond_is_named(spec: Spec, release: Release) -> None:
    """A class that only the spec has is named; a text with a limit, which upstream has no class for, is not."""
    spec["components"]["schemas"]["Snapshot"] = {"type": "object", "properties": {}}
    assert found(spec, release) == [("Snapshot", "beyond", "openapi.yaml has Snapshot, which upstream does not have")]


def test_older_release_has_what_the_newest_dropped(spec: Spec, release: Release) -> None:
    """What the newest release has counts; an older one is compared for what the newest one dropped."""
    newest = Release("2.0.0", {"Session": {"name": Field("str", is_required=True, default=None)}})
    places = {(place, words.partition("anyscale ")[2][:5]) for place, _, words in found(spec, newest, release)}
    assert places == {(f"Session.{name}", "2.0.0") for name in ("state", "idle_timeout", "created_at", "hosts")}


def test_missing_operation_is_named(spec: Spec, release: Release) -> None:
    """An operation on sessions that the spec lacks is named with its method and path."""
    del spec["paths"]["/sessions/search"]
    words = "openapi.yaml lacks the operation search_sessions (POST /sessions/search), which anyscale 1.0.0 has"
    assert found(spec, release) == [("search_sessions", "lacks", words)]


def test_operation_beyond_is_named(spec: Spec, release: Release) -> None:
    """An operation that only the spec has is named."""
    spec["paths"]["/snapshots/"] = {"get": {"operationId": "list_snapshots", "responses": {}}}
    words = "openapi.yaml has the operation list_snapshots, which upstream does not have"
    assert found(spec, release) == [("list_snapshots", "beyond", words)]


def test_other_request_and_response_are_said(spec: Spec, release: Release) -> None:
    """An operation with another parameter or response is named with both; optional parameters are in brackets."""
    release.operations["get_session"] = Operation(
        "GET", "/sessions/{session_id}", ("session_id",), ("full",), frozenset({"session_id"}), None, "Session"
    )
    request = "GET /sessions/{session_id} (session_id)"
    assert found(spec, release) == [
        (
            "get_session",
            "request",
            f"openapi.yaml has the request of get_session as {request}; anyscale 1.0.0 has {request[:-1]}, [full])",
        ),
        (
            "get_session",
            "response",
            "openapi.yaml has the response of get_session as SessionResponse; anyscale 1.0.0 has Session",
        ),
    ]
