"""openapi.yaml keeps to its own conventions; what it says of upstream is compared in tests/upstream."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import pytest
from jsonschema import Draft202012Validator

Spec = dict[str, Any]

SECRETS = {"access_token", "connect_url", "ssh_private_key", "user_service_token", "webterminal_auth_url"}
REQUESTS = {
    "CreateSession",
    "CreateSessionCommand",
    "PageQuery",
    "SessionsQuery",
    "StartSessionOptions",
    "TerminateSessionOptions",
    "TextQuery",
    "UpdateSession",
}


SCHEMA_REF = r'"#/components/schemas/(\w+)"'


def validator(spec: Spec, name: str) -> Draft202012Validator:
    """A validator of one schema of the spec."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": spec["components"]})


def admits_null(schema: Spec) -> bool:
    """Whether null is a value of a property."""
    return "null" in schema.get("type", ()) or {"type": "null"} in schema.get("anyOf", ())


def objects(spec: Spec) -> dict[str, Spec]:
    """The schemas of objects, by name."""
    return {name: schema for name, schema in spec["components"]["schemas"].items() if "properties" in schema}


def requests(spec: Spec) -> set[str]:
    """The schemas of request bodies, and those that they refer to."""
    operations = [operation for item in spec["paths"].values() for operation in item.values()]
    bodies = [operation.get("requestBody") for operation in operations if "operationId" in operation]
    found: set[str] = set()
    waiting = set(re.findall(SCHEMA_REF, json.dumps(bodies)))
    while waiting:
        found |= waiting
        referred = json.dumps([spec["components"]["schemas"][name] for name in waiting])
        waiting = set(re.findall(SCHEMA_REF, referred)) - found
    assert found >= REQUESTS
    return found


def test_only_optional_fields_of_responses_admit_null(spec: Spec) -> None:
    """In a response every optional field admits null; in a request none does, and no required one anywhere."""
    for name, schema in objects(spec).items():
        for field, inner in schema["properties"].items():
            optional = field not in schema.get("required", [])
            assert admits_null(inner) is (optional and name not in requests(spec)), f"{name}.{field}"


def test_requests_are_closed_and_responses_are_open(spec: Spec) -> None:
    """A misspelt field of a request is refused, and a new field of a response is not."""
    for name, schema in objects(spec).items():
        assert (schema.get("additionalProperties") is False) is (name in requests(spec)), name


def test_secrets_are_marked(spec: Spec) -> None:
    """Every known secret is marked as a password wherever it stands."""
    marked = [
        (field, inner.get("format"))
        for schema in objects(spec).values()
        for field, inner in schema["properties"].items()
        if field in SECRETS
    ]
    assert {field for field, _ in marked} == SECRETS
    assert {form for _, form in marked} == {"password"}


def test_every_request_body_has_valid_examples(spec: Spec) -> None:
    """Each request body has at least one example, and each example keeps every rule of its schema."""
    bodies = [
        medium
        for item in spec["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
        for medium in operation["requestBody"]["content"].values()
    ]
    assert len(bodies) >= 6
    for medium in bodies:
        name = medium["schema"]["$ref"].rpartition("/")[2]
        assert medium["examples"]
        for example in medium["examples"].values():
            validator(spec, name).validate(example["value"])


def test_every_response_example_is_valid(spec: Spec) -> None:
    """Each example of a response keeps to the schema of that response."""
    seen = 0
    for item in spec["paths"].values():
        for operation in item.values():
            for response in operation.get("responses", {}).values() if isinstance(operation, dict) else ():
                for medium in response.get("content", {}).values():
                    name = medium["schema"]["$ref"].rpartition("/")[2]
                    for example in medium.get("examples", {}).values():
                        reference = example.get("$ref", "").rpartition("/")[2]
                        value = spec["components"]["examples"][reference]["value"] if reference else example["value"]
                        validator(spec, name).validate(value)
                        seen += 1
    assert seen >= 14


def test_everything_is_described(spec: Spec) -> None:
    """Every operation, parameter, schema and property says what it is."""
    for name, schema in objects(spec).items():
        assert schema["description"], name
        for field, inner in schema["properties"].items():
            assert inner["description"], f"{name}.{field}"
    for parameter in spec["components"]["parameters"].values():
        assert parameter["description"]
        assert "example" in parameter
    for item in spec["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert operation["description"]
                assert operation["summary"]


NAMED = {"name": "a", "project_id": "p"}
APP = {"build_id": "b", "compute_template_id": "c"}
CLUSTER = {"cluster_config": "x", "cloud_id": "c"}


@pytest.mark.parametrize(
    ("body", "is_valid"),
    [
        (APP | {"uses_app_config": True}, True),
        (CLUSTER, True),
        (CLUSTER | {"uses_app_config": False}, True),
        (APP | CLUSTER, True),
        (APP | CLUSTER | {"uses_app_config": True}, True),
        ({}, False),
        (APP, False),
        (APP | {"uses_app_config": False}, False),
        (CLUSTER | {"uses_app_config": True}, False),
        ({"uses_app_config": True, "build_id": "b"}, False),
        (APP | {"uses_app_config": True, "build_id": " "}, False),
        (CLUSTER | {"cloud_id": "\u3000"}, False),
        (CLUSTER | {"cloud_id": None}, False),
        (CLUSTER | {"user_service_token": "short"}, False),
        (CLUSTER | {"user_service_token": "short", "user_service_access": "public"}, False),
        (CLUSTER | {"user_service_token": "short", "user_service_access": "private"}, True),
        (CLUSTER | {"user_service_access": "Public"}, False),
        (CLUSTER | {"idle_timeout": -1}, True),
        (CLUSTER | {"idle_timeout": -2}, False),
        (CLUSTER | {"cluster_configs": "x"}, False),
    ],
)
def test_rule_of_create_session(spec: Spec, body: Spec, is_valid: bool) -> None:
    """An app-config session needs its pair, any other the other pair; an absent uses_app_config counts as false."""
    assert validator(spec, "CreateSession").is_valid(NAMED | body) is is_valid


def test_rule_needs_the_key_it_asks_about(spec: Spec) -> None:
    """`required` stands inside the `if`: without it, an absent uses_app_config would make the `if` true."""
    assert spec["components"]["schemas"]["CreateSession"]["if"]["required"] == ["uses_app_config"]


def test_tokens_pattern_is_what_token_urlsafe_makes(spec: Spec) -> None:
    """The pattern of a user service token takes what `secrets.token_urlsafe(32)` makes, and no other length."""
    pattern = re.compile(spec["components"]["schemas"]["UserServiceToken"]["pattern"])
    for _ in range(100):
        assert pattern.fullmatch(secrets.token_urlsafe(32))
    for size in (31, 33):
        assert not pattern.fullmatch(secrets.token_urlsafe(size))
    assert not pattern.fullmatch("A" * 42 + "B")


def test_every_operation_says_how_it_can_fail(spec: Spec) -> None:
    """Each operation names the responses to a missing token, a wrong one, bad input and too many requests."""
    for item in spec["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert {"401", "403", "422", "429"} <= set(operation["responses"])
