"""The spec beside the upstream SDK, which was made from the vendor's own document: everything of it is in the spec.

What the spec has beyond this version of the SDK comes from later versions, or is new: `tox -e upstream-watch` lists it.
"""

from __future__ import annotations

import inspect
import json
import re
from importlib.resources import files
from typing import Any, TypeAlias

import anyscale.sdk.anyscale_client.models as upstream_models
import pytest
from anyscale.sdk.anyscale_client.api.default_api import DefaultApi

Schema: TypeAlias = dict[str, Any]

SPEC: Schema = json.loads((files("anyscale_sessions_api") / "openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Schema] = SPEC["components"]["schemas"]
METHODS = ("get", "put", "post", "delete")
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation, item.get("parameters", []))
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
# Schemas of one string, named here so that several fields can share them; upstream knows them as plain text.
TEXT = {name for name, schema in SCHEMAS.items() if schema.get("type") == "string" and "enum" not in schema}
OBJECTS = {name for name, schema in SCHEMAS.items() if schema.get("type") == "object"}
MODELS = sorted(name for name in OBJECTS if hasattr(upstream_models, name))
ENUMS = sorted(name for name, schema in SCHEMAS.items() if "enum" in schema and hasattr(upstream_models, name))
# By model, the types that the spec states and upstream does not.
TYPED_HERE = {
    "SessionEvent": {"event_type": "SessionEventTypes"},  # plain text upstream, though it knows the values too
    "ValidationError": {"loc": "list[str | int]"},  # a position in a list comes back as an integer
}
# By model, the defaults that the spec states and upstream leaves to the server.
DEFAULTED_HERE = {"CreateSession": {"idle_timeout": 120}}
# The source of each operation of upstream's whose path starts at sessions, or that gives a job's session, by name.
PATHS = re.compile(r"call_api\(\s*'(/session\w*/.*?|/production_jobs/\{production_job_id\}/session)', '\w+'")
UPSTREAM_OPERATIONS = {
    name.removesuffix("_with_http_info"): source
    for name, member in inspect.getmembers(DefaultApi, inspect.isfunction)
    if PATHS.search(source := inspect.getsource(member))
}
PRIMITIVES = {"string": "str", "integer": "int", "boolean": "bool", "object": "object"}


@pytest.mark.parametrize("name", MODELS)
def test_model_has_upstreams_fields(name: str) -> None:
    """Each model has every field that upstream's has, of the same type."""
    theirs = {field: kind for field, (kind, _, _) in fields_of(name).items()}
    ours = {field: type_of(schema) for field, schema in SCHEMAS[name]["properties"].items() if field in theirs}
    assert ours == theirs | TYPED_HERE.get(name, {})


@pytest.mark.parametrize("name", MODELS)
def test_model_requires_what_upstream_requires(name: str) -> None:
    """Of the fields that upstream's model has, each model requires exactly those that upstream requires."""
    theirs = {field for field, (_, is_required, _) in fields_of(name).items() if is_required}
    assert set(SCHEMAS[name].get("required", [])) & set(fields_of(name)) == theirs


@pytest.mark.parametrize("name", MODELS)
def test_model_has_upstreams_defaults(name: str) -> None:
    """Each field of upstream's has upstream's default, but for those that upstream leaves to the server."""
    theirs = {field: default for field, (_, _, default) in fields_of(name).items()}
    ours = {field: SCHEMAS[name]["properties"][field].get("default") for field in theirs}
    assert ours == theirs | DEFAULTED_HERE.get(name, {})


@pytest.mark.parametrize("name", ENUMS)
def test_enum_has_upstreams_values(name: str) -> None:
    """Each enum has every value of upstream's."""
    assert set(SCHEMAS[name]["enum"]) >= set(getattr(upstream_models, name).allowable_values)


def test_every_model_of_an_operation_is_there() -> None:
    """Every class that is named by a field of one of the models, or that starts at Session, is in the spec."""
    classes = {name for name, member in inspect.getmembers(upstream_models, inspect.isclass)}
    kinds = {re.sub(r"^list\[(.*)\]$", r"\1", kind) for name in MODELS for kind, _, _ in fields_of(name).values()}
    assert classes & kinds <= set(SCHEMAS)
    assert {name for name in classes if name.startswith(("Session", "CreateSession"))} <= set(SCHEMAS)


def test_every_operation_on_sessions_is_there() -> None:
    """The spec has every operation of upstream's whose path starts at sessions, or that gives a job's session."""
    assert UPSTREAM_OPERATIONS
    assert set(UPSTREAM_OPERATIONS) <= set(OPERATIONS)


@pytest.mark.parametrize("name", sorted(UPSTREAM_OPERATIONS))
def test_operation_is_upstreams(name: str) -> None:
    """Each operation of upstream's has upstream's method, path, parameters, body and response."""
    method, path, operation, shared = OPERATIONS[name]
    source = UPSTREAM_OPERATIONS[name]
    their_queries = re.findall(r"query_params\.append\(\('(\w+)'", source)
    their_paths = re.findall(r"path_params\['(\w+)'\] =", source)
    parameters = [resolve(parameter) for parameter in (*shared, *operation.get("parameters", []))]
    parameters = [parameter for parameter in parameters if parameter["name"] in (*their_queries, *their_paths)]
    queries = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
    paths = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    required = [parameter["name"] for parameter in parameters if parameter.get("required")]
    bodies = {snake(body_of(operation))} if "requestBody" in operation else set()

    assert re.search(r"call_api\(\s*'(.*?)', '(\w+)'", source).groups() == (path, method)  # type: ignore[union-attr]
    assert their_queries == queries
    assert their_paths == paths
    assert set(re.findall(r"Missing the required parameter `(\w+)`", source)) == {*required, *bodies}
    assert re.findall(r"response_type=('\w+'|None)", source) == [response_of(operation)]


def fields_of(name: str) -> dict[str, tuple[str, bool, object]]:
    """The fields of a model of upstream's, each with its type, whether it is required, and its default."""
    upstream = getattr(upstream_models, name)
    signature = inspect.signature(upstream)
    return {
        upstream.attribute_map[field]: (
            kind,
            "must not be `None`" in inspect.getsource(getattr(upstream, field).fset),
            signature.parameters[field].default,
        )
        for field, kind in upstream.openapi_types.items()
    }


def type_of(schema: Schema) -> str:
    """The type as upstream writes it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "str" if name in TEXT else name
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"] if part != {"type": "null"})
    kinds = schema["type"]
    (kind,) = [kinds] if isinstance(kinds, str) else (kind for kind in kinds if kind != "null")
    if kind == "array":
        return f"list[{type_of(schema['items'])}]"
    return "datetime" if schema.get("format") == "date-time" else PRIMITIVES[kind]


def resolve(node: Schema) -> Schema:
    """What a node stands for, which may be a reference into the document."""
    if "$ref" not in node:
        return node
    target = SPEC
    for key in node["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    return target


def body_of(operation: Schema) -> str:
    """The name of the model that the operation sends."""
    name: str = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return name


def response_of(operation: Schema) -> str:
    """The model that the operation's success responses with, as upstream's source writes it."""
    (response,) = (response for status, response in operation["responses"].items() if status.startswith("2"))
    if "content" not in response:
        return "None"
    return repr(response["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2])


def snake(name: str) -> str:
    """A model's name as upstream names the argument that takes it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
