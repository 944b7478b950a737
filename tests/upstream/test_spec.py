"""The spec laid beside the upstream SDK, which was made from the vendor's own document, name for name."""

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
MODELS = sorted(name for name, schema in SCHEMAS.items() if schema.get("type") == "object")
ENUMS = sorted(name for name, schema in SCHEMAS.items() if "enum" in schema)
# By model, the types that the spec states and upstream does not.
TYPED_HERE = {
    "SessionEvent": {"event_type": "SessionEventTypes"},  # plain text upstream, though it knows the values too
    "ValidationError": {"loc": "list[str | int]"},  # a position in a list comes back as an integer
}
# By model, the defaults that the spec states and upstream leaves to the server.
DEFAULTED_HERE = {"CreateSession": {"idle_timeout": 120}}
PRIMITIVES = {"string": "str", "integer": "int", "boolean": "bool", "object": "object"}


@pytest.mark.parametrize("name", MODELS)
def test_model_has_upstreams_fields(name: str) -> None:
    """Each model has exactly the fields that upstream's has, each of the same type."""
    upstream = getattr(upstream_models, name)
    theirs = {upstream.attribute_map[field]: kind for field, kind in upstream.openapi_types.items()}
    ours = {field: type_of(schema) for field, schema in SCHEMAS[name]["properties"].items()}
    assert ours == theirs | TYPED_HERE.get(name, {})


@pytest.mark.parametrize("name", MODELS)
def test_model_requires_what_upstream_requires(name: str) -> None:
    """Each model requires exactly the fields that upstream's does."""
    upstream = getattr(upstream_models, name)
    theirs = {
        upstream.attribute_map[field]
        for field in upstream.openapi_types
        if "must not be `None`" in inspect.getsource(getattr(upstream, field).fset)
    }
    assert set(SCHEMAS[name].get("required", [])) == theirs


@pytest.mark.parametrize("name", MODELS)
def test_model_has_upstreams_defaults(name: str) -> None:
    """Each field's default is upstream's, but for those that upstream leaves to the server."""
    upstream = getattr(upstream_models, name)
    signature = inspect.signature(upstream)
    theirs = {upstream.attribute_map[field]: signature.parameters[field].default for field in upstream.openapi_types}
    ours = {field: schema.get("default") for field, schema in SCHEMAS[name]["properties"].items()}
    assert ours == theirs | DEFAULTED_HERE.get(name, {})


@pytest.mark.parametrize("name", ENUMS)
def test_enum_has_upstreams_values(name: str) -> None:
    """Each enum has exactly upstream's values."""
    assert set(SCHEMAS[name]["enum"]) == set(getattr(upstream_models, name).allowable_values)


def test_every_operation_on_sessions_is_there() -> None:
    """The spec has every operation of upstream's whose path starts at sessions, or that gives a job's session."""
    paths = re.compile(r"call_api\(\s*'(/session\w*/.*?|/production_jobs/\{production_job_id\}/session)', '\w+'")
    members = inspect.getmembers(DefaultApi, inspect.isfunction)
    sources = {name.removesuffix("_with_http_info"): inspect.getsource(member) for name, member in members}
    assert set(OPERATIONS) == {name for name, source in sources.items() if paths.search(source)}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_operation_is_upstreams(name: str) -> None:
    """Each operation has upstream's method, path, parameters, body and response."""
    method, path, operation, shared = OPERATIONS[name]
    source = inspect.getsource(getattr(DefaultApi, f"{name}_with_http_info"))
    parameters = [resolve(parameter) for parameter in (*shared, *operation.get("parameters", []))]
    queries = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
    paths = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    required = [parameter["name"] for parameter in parameters if parameter.get("required")]
    bodies = {snake(body_of(operation))} if "requestBody" in operation else set()

    assert re.search(r"call_api\(\s*'(.*?)', '(\w+)'", source).groups() == (path, method)  # type: ignore[union-attr]
    assert re.findall(r"query_params\.append\(\('(\w+)'", source) == queries
    assert re.findall(r"path_params\['(\w+)'\] =", source) == paths
    assert set(re.findall(r"Missing the required parameter `(\w+)`", source)) == {*required, *bodies}
    assert re.findall(r"response_type=('\w+'|None)", source) == [response_of(operation)]


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
